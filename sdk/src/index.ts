import { createTracker, type Tracker } from './core/tracker'

/**
 * The tracker of this page or process.
 *
 * @example
 * const t = new T('call')
 * t.$log('ringing', { callId })
 */
const T = /* @__PURE__ */ createTracker()
type T = Tracker

export default T
export { getRandomColor } from './core/colour'
export { createTracker } from './core/tracker'
export type { Category, Context, Destination, Fields, Form, Level, LogEvent, Reason } from './core/event'
export type { Environment } from './core/environment'
export type { LevelOption } from './core/level'
export type { Handle, Host, Plugin, Sink, StateName } from './core/plugin'
export type { LocalStore, Omission, StoredPart, StoredStream } from './core/store'
export type { Stream } from './core/stream'
export type { LogFunction, Tracker, TrackerClass, TrackerOptions, TrackerStatus } from './core/tracker'
