import type { LogEvent, Reason } from '../core/event'
import type { Omission, StoredPart } from '../core/store'
import { seqOf } from '../core/store'
import type { Stream } from '../core/stream'

/** Numbers that lie on this device and are read when their turn comes. */
interface Stored {
  readonly from: number
  readonly to: number
  readonly reason: ''
}

/** From and to, both included. */
export type Range = readonly [from: number, to: number]

/** One request's share of a stream: each number of from..to is an event or lies in omitted. */
export interface Batch {
  readonly outbox: Outbox
  readonly from: number
  readonly to: number
  readonly events: readonly LogEvent[]
  readonly omitted: readonly Omission[]
  /** The stream's last number is among them, and none will follow. */
  readonly closes: boolean
}

/** How much one batch may hold. */
export interface BatchLimits {
  readonly events: number
  /** In units of measure. */
  readonly size: number
  readonly measure: (event: LogEvent) => number
}

/** Runs of omitted numbers in one batch; the server takes 64 KiB of envelope. */
const RUNS = 1000

/** What waits of one stream, in the order of its numbers. */
export interface Outbox {
  readonly stream: Stream
  /** Who says where the stream ends: its page, or who took over from it. */
  readonly endedBy: 'self' | 'adopter'
  /** The clock offset that the server measured, in ms; kept and echoed. */
  offset: number | undefined
  /** Events that wait, the ones under way included. */
  readonly events: number
  /** Their characters. */
  readonly characters: number
  /** Characters of those that are not under way. */
  waiting(): number
  add(event: LogEvent): void
  omit(from: number, to: number, reason: Reason): void
  /** The first number that waits; Infinity when nothing does. */
  first(): number
  /** The highest number that waits; 0 when nothing does. */
  reaches(): number
  /** Whether there is something to say: an event, or that a closed stream has ended. */
  ready(): boolean
  /** Everything was said and acknowledged, the end included. */
  done(): boolean
  /** Up to which number everything was acknowledged. */
  acknowledged(): number
  /** The end of the closed stream was acknowledged. */
  ended(): boolean
  /** Gives up the memory of what is not under way and lies on the device up to the number. */
  spill(upTo: number): void
  /** These numbers lie on the device. */
  stored(from: number, to: number): void
  /** What is to be read before the next batch can be taken. */
  wants(): Range | undefined
  /** What was read from the device for wants. What it lacks is declared. Gives how many numbers that were. */
  supply(part: StoredPart): number
  /** The next batch, which is under way until it is settled; undefined when there is nothing to say. */
  take(limits: BatchLimits): Batch | undefined
  /** Ends the batch under way. What a range covers is forgotten, the rest waits again. Gives how many numbers were covered. */
  settle(acknowledged: readonly Range[]): number
  /** Declares the oldest event that is not under way omitted; false when there is none. */
  dropOldest(): boolean
  /** Declares every event below the number omitted, also those under way. Gives how many. */
  dropBelow(seq: number): number
  /** Declares the oldest events omitted until the rest fits into one batch. Gives how many. */
  keepNewest(limits: BatchLimits): number
}

type Item = LogEvent | Omission | Stored

const isStored = (item: Item | undefined): item is Stored => item !== undefined && 'reason' in item && !item.reason
const isEvent = (item: Item | undefined): item is LogEvent => item !== undefined && 'line' in item
const start = (item: Item): number => (isEvent(item) ? item.seq : item.from)
const end = (item: Item): number => (isEvent(item) ? item.seq : item.to)
const omission = <Why extends Reason | ''>(item: Item, reason: Why): { from: number; to: number; reason: Why } => ({ from: start(item), to: end(item), reason })

/** An event as it was read from the device. */
const storedEvent = (stream: Stream, line: string): LogEvent =>
  ({ stream, seq: seqOf(line), time: 0, severity: 0, form: 'text', urgent: false, size: line.length, line })

export const createOutbox = (stream: Stream, mostRuns: number, endedBy: Outbox['endedBy'] = 'self'): Outbox => {
  let items: Item[] = []
  let flying: Batch | undefined
  let flyingSize = 0
  let endKnown = false // to the server
  let last: Item | undefined // kept to send it once more, with the end of the stream

  /** Both runs as one, where they are neighbours and have one reason. */
  const joined = (before: Item | undefined, run: Omission | Stored): Omission | Stored | undefined =>
    before && !isEvent(before) && before.reason === run.reason && before.to + 1 === run.from
      ? { ...before, to: run.to }
      : undefined

  const append = (item: Item): void => {
    const at = items.length - 1
    const run = isEvent(item) ? undefined : joined(items[at], item)
    if (run) items[at] = run
    else items.push(item)
    if (isEvent(item)) {
      self.events++
      self.characters += item.size
    }
  }

  const replace = (list: readonly Item[]): void => {
    items = []
    self.events = self.characters = 0
    list.forEach(append)
  }

  /** Bounds the memory of omissions: neighbours become one, whatever their reasons were. */
  const joinRuns = (): void => {
    if (items.length - self.events > mostRuns) replace(items.map((item) => (isEvent(item) || isStored(item) ? item : omission(item, 'quota'))))
  }

  const self: Outbox & { events: number; characters: number } = {
    stream,
    endedBy,
    offset: undefined,
    events: 0,
    characters: 0,

    waiting: () => self.characters - (flying ? flyingSize : 0),

    add: append,

    omit(from, to, reason) {
      append({ from, to, reason })
      joinRuns()
    },

    first: () => (items[0] ? start(items[0]) : Infinity),

    reaches: () => {
      const item = items[items.length - 1]
      return item ? end(item) : 0
    },

    ready: () => self.events > 0 || items.some(isStored) || (stream.closed && !self.done()),

    done: () => stream.closed && !items.length && (endKnown || !last),

    acknowledged: () => (items[0] ? start(items[0]) - 1 : last ? end(last) : 0),

    ended: () => endKnown,

    spill(upTo) {
      const under = flying ? flying.to : 0
      replace(items.map((item) => (start(item) > under && end(item) <= upTo ? omission(item, '') : item)))
    },

    stored: (from, to) => append({ from, to, reason: '' }),

    wants() {
      const [first] = items
      return isStored(first) ? [first.from, first.to] : undefined
    },

    supply({ lines, omitted, next }) {
      const [first, ...rest] = items
      if (!isStored(first)) return 0
      const upTo = Math.min(first.to, next - 1)
      // Omissions come before lines of the same number, which are kept for others than the server.
      const found: Item[] = [
        ...omitted.map((run) => ({ ...run, to: Math.min(run.to, upTo) })),
        ...lines.map((line) => storedEvent(stream, line)),
      ].sort((a, b) => start(a) - start(b) || end(b) - end(a))
      const list: Item[] = []
      let at = first.from
      let missing = 0
      for (const item of [...found, { from: upTo + 1, to: upTo + 1, reason: '' } as const]) {
        if (start(item) > at) {
          list.push({ from: at, to: start(item) - 1, reason: 'quota' })
          missing += start(item) - at
        }
        if (start(item) > upTo) break
        if (end(item) < at) continue
        list.push(start(item) < at && !isEvent(item) ? { ...item, from: at } as Omission : item)
        at = end(item) + 1
      }
      replace([...list, ...(upTo < first.to ? [{ ...first, from: upTo + 1 }] : []), ...rest])
      return missing
    },

    take({ events: most, size, measure }) {
      const list = items.length || !last || self.done() || !stream.closed ? items : [last]
      const events: LogEvent[] = []
      const omitted: Omission[] = []
      let room = size
      let to: number | undefined
      for (const item of list) {
        if (isStored(item)) break
        if (to !== undefined && start(item) !== to + 1) break // acknowledged in between
        if (isEvent(item)) {
          room -= measure(item)
          if (events.length && (events.length >= most || room < 0)) break
          events.push(item)
        } else {
          if (omitted.length >= RUNS) break
          omitted.push(item)
        }
        to = end(item)
      }
      const [first] = list
      if (!first || to === undefined) return undefined
      flyingSize = events.reduce((sum, { size: characters }) => sum + characters, 0)
      flying = { outbox: self, from: start(first), to, events, omitted, closes: stream.closed && to === stream.last }
      return flying
    },

    settle(acknowledged) {
      const batch = flying
      flying = undefined
      if (!batch) return 0
      // An omission that is covered in part is declared once more as a whole.
      const covered = (from: number, to: number): boolean =>
        to <= batch.to && acknowledged.some(([low, high]) => low <= from && to <= high)
      const left: Item[] = []
      let count = 0
      for (const item of items) {
        if (isStored(item) || !covered(start(item), end(item))) left.push(item)
        else {
          count += end(item) - start(item) + 1
          if (!last || end(item) > end(last)) last = item
        }
      }
      if (count) replace(left)
      endKnown ||= batch.closes && covered(batch.to, batch.to)
      return count || Number(endKnown)
    },

    dropOldest() {
      const at = items.findIndex((item) => isEvent(item) && !(flying && item.seq <= flying.to))
      const event = items[at]
      if (!isEvent(event)) return false
      self.events--
      self.characters -= event.size
      const dropped = omission(event, 'quota')
      const run = joined(items[at - 1], dropped)
      if (run) items.splice(at - 1, 2, run)
      else items[at] = dropped
      joinRuns()
      return true
    },

    dropBelow(seq) {
      const before = self.events
      replace(items.map((item) => (isEvent(item) && item.seq < seq ? omission(item, 'quota') : item)))
      return before - self.events
    },

    keepNewest({ events: most, size, measure }) {
      let room = size
      let count = 0
      for (const item of [...items].reverse()) {
        if (!isEvent(item)) continue
        room -= measure(item)
        if (room < 0 || ++count > most) return self.dropBelow(item.seq + 1)
      }
      return 0
    },
  }
  return self
}
