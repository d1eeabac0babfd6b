export { logPush as default, logPush } from './push/logPush'
export type { Ask, Push, PushOptions, PushStatus } from './push/logPush'
export type { PullResult } from './push/pull'
