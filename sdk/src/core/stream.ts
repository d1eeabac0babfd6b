import type { Environment } from './environment'
import { hex } from './environment'

/**
 * One sender's sequence of events. Its id carries its UTC day, so that the server
 * finds the day of a late retry.
 */
export interface Stream {
  /** YYYYMMDD and 96 random bits. */
  readonly id: string
  /** The highest number given out; 0 before the first. */
  readonly last: number
  /** No number will follow. */
  readonly closed: boolean
  /** The client's clock as this stream knows it: ms since the epoch, never backwards. */
  now(): number
}

/** Where a new event stands. */
export interface Place {
  readonly stream: Stream
  readonly seq: number
  readonly time: number
}

/** Gives out places. */
export interface Streams {
  /**
   * Reads the clock; whether a millisecond has begun since it was read last. Within
   * one all have the same time: reading the finer clock costs more than the log.
   */
  read(): boolean
  /** By the clock as it was read last, or, unless told so, as it is. */
  next(isRead?: boolean): Place
  /** Closes the stream under way, if there is one; the next event begins another. */
  close(): void
  current(): Stream | undefined
}

const DAY = 24 * 60 * 60 * 1000

/** How far the wall clock may leave the monotonic one before it is believed. */
const JUMP = 1000

/** To the microsecond, which is all that a double holds of today's date. */
export const microseconds = (ms: number): number => Math.round(ms * 1000) / 1000

/**
 * Streams on the monotonic clock, anchored to the wall clock. A jump forward (sleep,
 * or somebody set the clock) moves the anchor; one backward begins a new stream, and
 * older streams go on in their own time, so that what they still send is measured by
 * the clock that dated their events.
 */
export const createStreams = (env: Environment, closed: (stream: Stream) => void, wasSetBack: (ms: number) => void = () => {}): Streams => {
  let anchor = env.now() - env.mono()
  let setBack = 0 // the sum of all backward jumps
  let open: { stream: Stream & { last: number; closed: boolean }; start: number } | undefined

  let wall = -1 // as it was read last
  let clock = 0
  let time = 0 // the same, rounded

  const read = (): boolean => {
    const now = env.now()
    if (now === wall) return false
    wall = now
    const mono = env.mono()
    const jump = now - (anchor + mono)
    if (jump > JUMP) anchor += jump
    else if (jump < -JUMP) {
      anchor += jump
      setBack -= jump
      close()
      wasSetBack(-jump)
    }
    clock = anchor + mono
    time = microseconds(clock)
    return true
  }

  const begin = (start: number): NonNullable<typeof open> => {
    const setBackBefore = setBack
    const day = new Date(start).toISOString().slice(0, 10).replace(/-/g, '')
    const stream = {
      id: day + hex(env.bytes(12)),
      last: 0,
      closed: false,
      now() {
        read()
        return microseconds(clock + setBack - setBackBefore)
      },
    }
    return { stream, start }
  }

  const close = (): void => {
    if (!open) return
    const { stream } = open
    stream.closed = true
    open = undefined
    closed(stream)
  }

  return {
    read,
    next(isRead) {
      if (!isRead) read()
      if (open && clock - open.start >= DAY) close()
      open ??= begin(clock)
      const { stream } = open
      return { stream, seq: ++stream.last, time }
    },
    close,
    current: () => open?.stream,
  }
}
