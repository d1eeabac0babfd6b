import type { LogEvent, Reason } from './event'
import type { Thresholds } from './level'
import type { Stream } from './stream'

/** How much is kept for sinks that are yet to come: modules log before main calls T.$use. */
const CHARACTERS = 256 * 1024
/** What an event costs beside its line. */
const OVERHEAD = 200

/** Numbers without an event. */
export interface Run {
  readonly stream: Stream
  readonly from: number
  to: number
  readonly reason: Reason
}

/** An event, and the levels of the instance that logged it. */
export interface Waiting {
  readonly event: LogEvent
  readonly own: Partial<Thresholds>
}

/** What was logged before there was a sink, oldest first, bounded. */
export interface Early {
  /** Whether there is room for another event. */
  room(): boolean
  add(waiting: Waiting): void
  skip(stream: Stream, seq: number): void
  replay(take: (waiting: Waiting) => void, omit: (run: Run) => void): void
}

export const createEarly = (): Early => {
  const items: (Waiting | Run)[] = []
  let characters = CHARACTERS
  const room = (): boolean => characters > 0

  return {
    room,
    add(waiting) {
      characters -= waiting.event.size + OVERHEAD
      items.push(waiting)
    },
    skip(stream, seq) {
      const reason = room() ? 'level' : 'quota'
      const last = items[items.length - 1]
      if (last && 'to' in last && last.stream === stream && last.reason === reason) last.to = seq
      else items.push({ stream, from: seq, to: seq, reason })
    },
    replay(take, omit) {
      for (const item of items) {
        if ('to' in item) omit(item)
        else take(item)
      }
    },
  }
}
