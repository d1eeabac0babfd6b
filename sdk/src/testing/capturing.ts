import { createTracker } from '../core/tracker'
import type { Handle, Plugin, StateName } from '../core/plugin'
import { collect } from './collect'
import { createVirtualTime } from './virtualTime'

/** An event as it was logged. */
export interface Told {
  label: string
  level: string
  form: string
  category: string
  msg: string
  data?: Record<string, unknown>
  [field: string]: unknown
}

/** A tracker with one capture, on a window that the test gives, in virtual time. */
export const capturing = <Options, Installed extends Handle>(plugin: Plugin<Options, Installed>, options: Options, window: object = new EventTarget(), parts: object = {}) => {
  const time = createVirtualTime()
  const T = createTracker({
    ...time.env, console: undefined, page: () => (window as { location?: Location }).location?.pathname,
    window: window as EventTarget, document: (window as { document?: Document }).document, ...parts,
  })
  const { items } = T.$use(collect, {})
  T.$level('debug')
  const states: Partial<Record<StateName, string>>[] = []
  T.$use((host): Handle => ({ name: 'states', stop() {}, changed: () => states.push({ ...host.states }) }), {})
  const capture = T.$use(plugin, options)
  const told = items as unknown as Told[]
  return {
    T, time, told, states, capture,
    /** The messages so far. */
    msgs: () => told.map(({ msg }) => msg),
    last: () => told[told.length - 1] as Told,
  }
}
