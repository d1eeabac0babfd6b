export { logData as default, logData } from './data/logData'
export type { Data, DataOptions } from './data/logData'
export type { Driver, KeyRange, OpenDriver, Row } from './data/driver'
export type { StoreStatus } from './data/store'
