import type { LogEvent } from '../core/event'
import { readJSON } from '../query/json'
import type { Members } from '../query/match'
import { severityOf } from '../query/level'

/** Where an event is: on the server, on its way, or on this device alone. */
export type Whereabouts = 'stored' | 'waiting' | 'local'

/** What the list knows of an event without reading its line again. */
export interface Row {
  readonly line: string
  /** Everything after the number and the time: neighbours with the same fold into one. */
  readonly rest: string
  readonly stream: string
  readonly seq: number
  /** Epoch ms. */
  readonly time: number
  readonly severity: number
  readonly label: string
  readonly form: string
  readonly category: string
  /** How many console groups it stands in. */
  readonly depth: number
  where: Whereabouts
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** An event's line as it is shown; undefined for what is none. */
export const rowOf = (line: string, where: Whereabouts, stream?: string): Row | undefined => {
  try {
    const event = JSON.parse(line) as Members
    const { time, seq, data } = event
    const ms = typeof time === 'number' ? time : Date.parse(text(time))
    if (!Number.isFinite(ms)) return undefined
    const { group } = ((data as Members | undefined)?.['console'] ?? {}) as { group?: unknown }
    return {
      line, where, time: ms,
      // Of the SDK's own lines; those of a server tell their places in the middle.
      rest: stream ? line.slice(line.indexOf('"level"')) : '',
      stream: stream ?? text(event['stream']),
      seq: typeof seq === 'number' ? seq : 0,
      severity: Math.max(severityOf(text(event['level'])), 0),
      label: text(event['label']) || text(event['app']) || text(event['module']),
      form: text(event['form']) || 'text',
      category: text(event['category']),
      depth: typeof group === 'number' ? Math.min(Math.max(group, 0), 20) : 0,
    }
  } catch {
    return undefined
  }
}

export const rowOfEvent = (event: LogEvent, where: Whereabouts): Row | undefined => rowOf(event.line, where, event.stream.id)

/** The whole event, for a query or to show it. */
export const membersOf = (row: Row): Members => {
  try {
    return { ...(readJSON(row.line) as Members), ...(row.stream && row.seq ? { stream: row.stream, seq: row.seq } : {}) }
  } catch {
    return {}
  }
}

/** The order of events: time, stream, number. */
export const compareRows = (a: Row, b: Row): number => a.time - b.time || (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.seq - b.seq)
