/** The first retry waits at most this long, in ms; each further one twice as long. */
const RETRY = 1000
const MOST_RETRY = 5 * 60 * 1000

/** As RETRY, after the key or the origin was refused: somebody has to change something first. */
const REFUSED = 60 * 1000
const MOST_REFUSED = 15 * 60 * 1000

const doubled = (base: number, most: number, failures: number): number =>
  Math.min(most, base * 2 ** Math.min(failures - 1, 30))

/** Full jitter: anything up to the bound, so that clients that failed together do not come back together. */
export const retryDelay = (failures: number, chance: number): number => doubled(RETRY, MOST_RETRY, failures) * chance

/** At least half the bound. */
export const refusedDelay = (failures: number, chance: number): number =>
  doubled(REFUSED, MOST_REFUSED, failures) * (0.5 + chance / 2)

/** A bucket of tokens that fills at a rate, by the events' own times; each event takes one. */
export const createRate = (perSecond: number, burst: number): ((time: number) => boolean) => {
  let tokens = burst
  let at = -Infinity
  return (time) => {
    // A stream that begins after the clock was set back begins in the past.
    if (time > at) tokens = Math.min(burst, tokens + ((time - at) / 1000) * perSecond)
    at = time
    if (tokens < 1) return false
    tokens--
    return true
  }
}
