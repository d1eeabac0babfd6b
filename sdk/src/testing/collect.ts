import type { LogEvent, Reason } from '../core/event'
import type { Handle, Host } from '../core/plugin'

/** What a sink was given, in order: events as objects, omissions as [from, to, reason]. */
export type Collected = Record<string, unknown> | [from: number, to: number, reason: Reason]

export interface Collector extends Handle {
  readonly items: Collected[]
  readonly events: LogEvent[]
}

/** A plugin that keeps what it is given. */
export const collect = (host: Host, { destination = 'report' as 'report' | 'store' } = {}): Collector => {
  const items: Collected[] = []
  const events: LogEvent[] = []
  const remove = host.sink({
    destination,
    take(event) {
      events.push(event)
      items.push(JSON.parse(event.line) as Record<string, unknown>)
    },
    omit: (_, from, to, reason) => items.push([from, to, reason]),
  })
  return { name: 'collect', items, events, stop: remove }
}
