import type { Environment } from '../core/environment'

/** A clock, timers and chance that a test turns itself. */
export interface VirtualTime {
  readonly env: Pick<Environment, 'now' | 'mono' | 'timer' | 'bytes' | 'chance'>
  /** Lets promises settle, then so much time pass, timer by timer. */
  pass(ms: number): Promise<void>
  /** Lets time pass until no timer is left, or so much has passed. */
  passUntilIdle(most: number): Promise<void>
  /** Somebody sets the wall clock. */
  setBy(ms: number): void
  /** Sleeps: the wall clock goes on, the monotonic one does not. */
  sleep(ms: number): void
  now(): number
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Noon of a day in 2026. */
export const noon = Date.UTC(2026, 10, 20, 12)

const settled = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

export const createVirtualTime = (seed = 1): VirtualTime => {
  const chance = seeded(seed)
  let mono = 5000.25
  let wall = noon - mono
  let timers: { at: number; callback: () => void }[] = []

  const runUntil = async (end: number): Promise<void> => {
    await settled()
    for (;;) {
      const next = timers.reduce<(typeof timers)[number] | undefined>((first, timer) => (!first || timer.at < first.at ? timer : first), undefined)
      if (!next || next.at > end) break
      timers = timers.filter((timer) => timer !== next)
      mono = Math.max(mono, next.at)
      next.callback()
      await settled()
    }
  }

  return {
    env: {
      now: () => Math.floor(wall + mono),
      mono: () => mono,
      timer(callback, ms) {
        const timer = { at: mono + ms, callback }
        timers.push(timer)
        return () => { timers = timers.filter((one) => one !== timer) }
      },
      bytes: (count) => Uint8Array.from({ length: count }, () => chance() * 256),
      chance,
    },
    async pass(ms) {
      const end = mono + ms
      await runUntil(end)
      mono = Math.max(mono, end)
    },
    passUntilIdle: (most) => runUntil(mono + most),
    setBy(ms) { wall += ms },
    sleep(ms) { wall += ms },
    now: () => wall + mono,
  }
}
