import type { LogEvent, Reason } from '../core/event'
import type { Stream } from '../core/stream'

/** A run of numbers that carry no event. */
export interface Omission {
  readonly from: number
  readonly to: number
  readonly reason: Reason
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
  /** The clock offset that the server measured, in ms; kept and echoed. */
  offset: number | undefined
  /** Events that wait, the ones under way included. */
  readonly events: number
  /** Their characters. */
  readonly characters: number
  add(event: LogEvent): void
  omit(from: number, to: number, reason: Reason): void
  /** The first number that waits; undefined when nothing does. */
  first(): number | undefined
  /** Whether there is something to say: an event, or that a closed stream has ended. */
  ready(): boolean
  /** Everything was said and acknowledged, the end included. */
  done(): boolean
  /** The next batch, which is under way until it is settled; undefined when there is nothing to say. */
  take(limits: BatchLimits): Batch | undefined
  /** Ends the batch under way. What the ranges cover is forgotten, the rest waits again. Gives how many numbers they covered. */
  settle(acknowledged: readonly Range[]): number
  /** Declares the oldest event that is not under way omitted; false when there is none. */
  dropOldest(): boolean
  /** Declares every event below the number omitted, also those under way. Gives how many. */
  dropBelow(seq: number): number
  /** Declares the oldest events omitted until the rest fits into one batch. Gives how many. */
  keepNewest(limits: BatchLimits): number
}

type Item = LogEvent | Omission

const isEvent = (item: Item): item is LogEvent => 'line' in item
const start = (item: Item): number => (isEvent(item) ? item.seq : item.from)
const end = (item: Item): number => (isEvent(item) ? item.seq : item.to)

/** What is left of the run [from, to] after ranges, in order, were taken out of it. */
const subtract = (from: number, to: number, ranges: readonly Range[]): Range[] => {
  const left: Range[] = []
  for (const [low, high] of ranges) {
    if (high < from || low > to) continue
    if (low > from) left.push([from, low - 1])
    from = Math.max(from, high + 1)
  }
  if (from <= to) left.push([from, to])
  return left
}

export const createOutbox = (stream: Stream, mostRuns: number): Outbox => {
  let items: Item[] = []
  let flying: Batch | undefined
  let runs = 0 // items that are omissions
  let endKnown = false // to the server
  let last: Item | undefined // kept to send it once more, with the end of the stream

  const append = (list: Item[], item: Item): void => {
    const before = list[list.length - 1]
    if (before && !isEvent(before) && !isEvent(item) && before.reason === item.reason && before.to + 1 === item.from) {
      list[list.length - 1] = { from: before.from, to: item.to, reason: item.reason }
    } else list.push(item)
  }

  /** Replaces the items, neighbours joined, and counts them again. */
  const replace = (list: readonly Item[]): void => {
    items = []
    runs = 0
    self.events = 0
    self.characters = 0
    for (const item of list) append(items, item)
    for (const item of items) {
      if (isEvent(item)) {
        self.events++
        self.characters += item.line.length
      } else runs++
    }
  }

  /** Bounds the memory of omissions: neighbours are joined whatever their reasons, as quota. */
  const joinRuns = (): void =>
    replace(items.map((item, i) => {
      const next = items[i + 1]
      const before = items[i - 1]
      const joins = (other: Item | undefined): boolean => other !== undefined && !isEvent(other)
      return !isEvent(item) && (joins(next) || joins(before)) ? { ...item, reason: 'quota' } : item
    }))

  const asQuota = (event: LogEvent): Omission => ({ from: event.seq, to: event.seq, reason: 'quota' })

  const self: Outbox & { events: number; characters: number } = {
    stream,
    offset: undefined,
    events: 0,
    characters: 0,

    add(event) {
      items.push(event)
      self.events++
      self.characters += event.line.length
    },

    omit(from, to, reason) {
      const before = items.length
      append(items, { from, to, reason })
      runs += items.length - before
      if (runs > mostRuns) joinRuns()
    },

    first: () => (items[0] ? start(items[0]) : undefined),

    ready: () => self.events > 0 || (stream.closed && !self.done()),

    done: () => stream.closed && !items.length && (endKnown || !last),

    take({ events: most, size, measure }) {
      const list = items.length || !stream.closed || endKnown || !last ? items : [last]
      const first = list[0]
      if (!first) return undefined
      const events: LogEvent[] = []
      const omitted: Omission[] = []
      let room = size
      let to = start(first) - 1
      for (const item of list) {
        if (start(item) !== to + 1) break // acknowledged in between
        if (isEvent(item)) {
          room -= measure(item)
          if (events.length && (events.length >= most || room < 0)) break
          events.push(item)
        } else if (omitted.push(item) > RUNS) {
          omitted.pop()
          break
        }
        to = end(item)
      }
      flying = { outbox: self, from: start(first), to, events, omitted, closes: stream.closed && to === stream.last }
      return flying
    },

    settle(acknowledged) {
      const batch = flying
      flying = undefined
      if (!batch || !acknowledged.length) return 0
      const ranges = within(batch, acknowledged)
      const covers = (seq: number): boolean => ranges.some(([low, high]) => low <= seq && seq <= high)
      const left: Item[] = []
      for (const item of items) {
        if (start(item) > batch.to) left.push(item)
        else if (!isEvent(item)) {
          for (const [from, to] of subtract(item.from, item.to, ranges)) left.push({ from, to, reason: item.reason })
        } else if (!covers(item.seq)) left.push(item)
      }
      const final = items.length ? items[items.length - 1] : last
      replace(left)
      if (final && !items.length) last = isEvent(final) ? final : { from: final.to, to: final.to, reason: final.reason }
      if (batch.closes && covers(batch.to)) endKnown = true
      return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)
    },

    dropOldest() {
      const at = items.findIndex((item) => isEvent(item) && !(flying && item.seq <= flying.to))
      const event = items[at]
      if (!event || !isEvent(event)) return false
      const run = asQuota(event)
      const before = items[at - 1]
      self.events--
      self.characters -= event.line.length
      if (before && !isEvent(before) && before.reason === 'quota' && !(flying && before.from <= flying.to)) {
        items.splice(at - 1, 2, { ...before, to: run.to })
      } else {
        items[at] = run
        if (++runs > mostRuns) joinRuns()
      }
      return true
    },

    dropBelow(seq) {
      flying = undefined
      const before = self.events
      replace(items.map((item) => (isEvent(item) && item.seq < seq ? asQuota(item) : item)))
      return before - self.events
    },

    keepNewest({ events: most, size, measure }) {
      let room = size
      let count = 0
      for (let i = items.length - 1; i >= 0; i--) {
        const item = items[i]
        if (!item || !isEvent(item)) continue
        room -= measure(item)
        if (room < 0 || ++count > most) return self.dropBelow(item.seq + 1)
      }
      return 0
    },
  }
  return self
}

/** The acknowledged ranges as far as they concern the batch, in order, without overlap. */
const within = ({ from, to }: Batch, acknowledged: readonly Range[]): Range[] => {
  const ranges: Range[] = []
  let next = from
  for (const [low, high] of [...acknowledged].sort((a, b) => a[0] - b[0])) {
    const range: Range = [Math.max(low, next), Math.min(high, to)]
    if (range[0] > range[1]) continue
    ranges.push(range)
    next = range[1] + 1
  }
  return ranges
}
