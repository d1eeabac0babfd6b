export { logReport as default, logReport } from './report/logReport'
export type { Report, ReportOptions, ReportStatus } from './report/logReport'
export type { Mode } from './report/mode'
export type { Outcome } from './report/reply'
