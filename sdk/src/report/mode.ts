import type { LogEvent, Reason } from '../core/event'
import type { Stream } from '../core/stream'

/** What is sent: everything, what led to an alarm or error, what is asked for, or nothing at all. */
export type Mode = 'live' | 'onError' | 'pull' | 'off'

/** After an alarm or error everything is sent for so long, in ms. */
const AFTER = 60_000

/** Where events go. */
export interface Ways {
  send(event: LogEvent): void
  /** It may be sent later. */
  hold(event: LogEvent): void
  /** It was held, and is sent after all. */
  after(event: LogEvent): void
  omit(stream: Stream, from: number, to: number, reason: Reason): void
}

/** The way that each number takes, in order. */
export interface Modes {
  mode(): Mode
  change(mode: Mode): void
  take(event: LogEvent): void
  omit(stream: Stream, from: number, to: number, reason: Reason): void
  /** The stream ends: what is held is left out. */
  end(): void
}

/** What is held: an event, or numbers without one. */
type Held = LogEvent | readonly [stream: Stream, from: number, to: number, reason: Reason]

/** In mode onError events of so many ms are held, at most so many. */
export const createModes = (first: Mode, history: number, most: number, ways: Ways): Modes => {
  let mode = first
  let held: Held[] = []
  let until = -Infinity

  const skip = (one: Held): void => {
    if ('seq' in one) ways.omit(one.stream, one.seq, one.seq, 'mode')
    else ways.omit(...one)
  }

  const end = (): void => {
    const old = held
    held = []
    old.forEach(skip)
  }

  /** Leaves out what is too old or too much; seldom, for taking from the front moves all the others. */
  const forget = (now: number): void => {
    if (held.length % 64 && held.length < most) return
    const old = held.findIndex((one) => 'seq' in one && one.time >= now - history)
    held.splice(0, Math.max(old, held.length - Math.floor(most * 0.9), 0)).forEach(skip)
  }

  return {
    mode: () => mode,
    change(to) {
      end()
      mode = to
    },
    end,
    omit(stream, from, to, reason) {
      if (mode === 'off') return
      if (held.length) held.push([stream, from, to, reason])
      else ways.omit(stream, from, to, reason)
    },
    take(event) {
      if (mode === 'off') return
      if (mode === 'live') return ways.send(event)
      if (mode === 'pull') return skip(event)
      if (event.urgent) {
        until = event.time + AFTER
        forget(event.time)
        const before = held
        held = []
        for (const one of before) {
          if ('seq' in one && one.time >= event.time - history) {
            ways.after(one)
            ways.send(one)
          } else skip(one)
        }
      }
      if (event.time <= until) return ways.send(event)
      ways.hold(event)
      held.push(event)
      forget(event.time)
    },
  }
}
