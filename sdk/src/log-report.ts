export { logReport as default, logReport } from './report/logReport'
export type { Report, ReportOptions } from './report/logReport'
export type { ReportStatus } from './report/sender'
