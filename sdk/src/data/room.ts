import type { Environment } from '../core/environment'
import type { StoredStream } from '../core/store'
import type { Connection } from './connection'
import type { Driver, KeyRange } from './driver'
import { all, parseKey, runKeys, streamKey, type Known, type Run } from './rows'

const DAY = 24 * 60 * 60 * 1000
/** Expiry is looked after this often, in ms. */
const HOUR = DAY / 24
/** What is known of a stream whose events expired unsent is kept this much longer, to be declared. */
const GRACE = 31 * DAY

export interface RoomLimits {
  /** How long events are kept, in days; 0 keeps them only until they are acknowledged. */
  readonly days: number
  readonly maxBytes: number
}

/** What lies on the device, by stream; who may stay, and who has to go. */
export interface Room {
  readonly known: Map<string, Known>
  readonly dropped: { quota: number; expired: number }
  bytes(): number
  runs(stream: string): readonly Run[]
  /** A stream that is known. */
  stream(id: string): StoredStream
  streams(): StoredStream[]
  add(stream: string, run: Run): void
  has(stream: string, runs: readonly Run[]): boolean
  replace(stream: string, gone: readonly Run[], run: Run): void
  /** Looks what there is, other pages' included. */
  look(): Promise<void>
  /** Looks what there is of one stream. */
  lookAt(driver: Driver, stream: string): Promise<void>
  /** Takes away what is too old or too much. */
  keepWithin(): Promise<void>
  /** Takes away so many bytes: the oldest of what was uploaded, then the oldest. */
  make(bytes: number, why: 'quota' | 'expired', evenUnsent: boolean): Promise<void>
}

/** The day of so many ms ago, as stream ids begin. */
const dayBefore = (now: number, ms: number): string => new Date(now - ms).toISOString().slice(0, 10).replace(/-/g, '')

/** The same, but known to have had such a number, and acknowledged that far. */
export const reaching = (known: Known, last: number, acked = 0): Known =>
  ({ ...known, last: Math.max(known.last, last), acked: Math.max(known.acked, acked) })

export const createRoom = (env: Environment, connection: Connection, limits: RoomLimits, dirty: Set<string>): Room => {
  const index = new Map<string, Run[]>()
  let total = 0
  let lookedAfter = -HOUR
  const looks = new Set<(() => void)[]>() // what this page wrote and took away while it looks
  const known = new Map<string, Known>()
  const dropped = { quota: 0, expired: 0 }

  const runsOf = (stream: string): Run[] => {
    let runs = index.get(stream)
    if (!runs) index.set(stream, (runs = []))
    return runs
  }

  const has = (stream: string, { key }: Run): boolean => runsOf(stream).some((run) => run.key === key)

  const add = (stream: string, run: Run): void => {
    looks.forEach((meanwhile) => meanwhile.push(() => { if (!has(stream, run)) add(stream, run) }))
    runsOf(stream).push(run)
    total += run.bytes
  }

  const forget = (stream: string, gone: readonly Run[]): void => {
    looks.forEach((meanwhile) => meanwhile.push(() => forget(stream, gone)))
    const keys = new Set(gone.map(({ key }) => key))
    index.set(stream, runsOf(stream).filter((run) => {
      if (keys.has(run.key)) total -= run.bytes
      return !keys.has(run.key)
    }))
  }

  /** Looks which runs there are among these keys. */
  const lookAt = async (driver: Driver, keys: KeyRange): Promise<void> => {
    const meanwhile: (() => void)[] = []
    looks.add(meanwhile)
    const there = await driver.keys(keys).finally(() => looks.delete(meanwhile))
    for (const [stream, runs] of index) forget(stream, runs.filter(({ key }) => keys[0] <= key && key <= keys[1]))
    for (const key of there) {
      const parsed = parseKey(key)
      if (parsed) add(...parsed)
    }
    meanwhile.forEach((change) => change())
  }

  /** Whether the server has the run, or was never to have it. */
  const isSent = (stream: string, run: Run): boolean => {
    const about = known.get(stream)
    return !about?.target || run.to <= about.acked
  }

  const drop = async (gone: readonly (readonly [stream: string, run: Run])[], why: 'quota' | 'expired', streams: readonly string[] = []): Promise<void> => {
    const { driver } = connection
    if (!driver || !(gone.length + streams.length)) return
    const highest = new Map<string, number>()
    for (const [stream, run] of gone) {
      highest.set(stream, Math.max(highest.get(stream) ?? 0, run.to))
      if (!isSent(stream, run)) dropped[why] += run.to - Math.max(run.from, (known.get(stream)?.acked ?? 0) + 1) + 1
    }
    // Whoever sends the stream shall know that there was something. It may be another page's, which knows more of it.
    for (const [stream, last] of highest) await driver.change(streamKey(stream), (value) => value && reaching(value as Known, last, known.get(stream)?.acked))
    await driver.write([], [...gone.map(([, { key }]): KeyRange => [key, key]), ...streams.map((id): KeyRange => [streamKey(id), streamKey(id)])])
    for (const [stream, run] of gone) forget(stream, [run])
    streams.forEach((id) => known.delete(id))
  }

  const oldestFirst = (): (readonly [string, Run])[] =>
    [...index.keys()].sort().flatMap((stream) => runsOf(stream).map((run) => [stream, run] as const))

  const make: Room['make'] = async (bytes, why, evenUnsent) => {
    const runs = oldestFirst()
    const gone: (readonly [string, Run])[] = []
    let wanted = bytes
    for (const sent of evenUnsent ? [true, false] : [true]) {
      for (const one of runs) {
        if (wanted <= 0) break
        if (isSent(...one) !== sent) continue
        wanted -= one[1].bytes
        gone.push(one)
      }
    }
    await drop(gone, why)
  }

  const expire = async (): Promise<void> => {
    const now = env.now()
    const oldest = dayBefore(now, Math.max(limits.days, 1) * DAY)
    await drop(oldestFirst().filter(([stream]) => stream < oldest), 'expired')
    const done = [...known].filter(([stream, { acked, last, target }]) =>
      !runsOf(stream).length && stream < (target && acked < last ? dayBefore(now, GRACE) : oldest))
    await drop([], 'expired', done.map(([stream]) => stream))
  }

  const streamOf = (id: string): StoredStream => {
    const { last = 0, ended, ...about } = known.get(id) as Known
    const runs = runsOf(id)
    const highest = runs.reduce((high, run) => Math.max(high, run.to), last)
    return {
      ...about,
      id,
      first: runs.reduce((low, run) => Math.min(low, run.from), Infinity),
      last: highest,
      bytes: runs.reduce((sum, run) => sum + run.bytes, 0),
      ended: ended && about.acked >= highest, // what its page could still write is sent too
    }
  }

  return {
    known,
    dropped,
    bytes: () => total,
    runs: runsOf,
    add,
    has: (stream, runs) => runs.every((run) => has(stream, run)),
    replace(stream, gone, run) {
      forget(stream, gone)
      add(stream, run)
    },
    make,
    async look() {
      const { driver } = connection
      if (!driver) return
      const rows = driver.rows(all('s'))
      await Promise.all([rows, lookAt(driver, all('d'))])
      for (const [key, value] of await rows) {
        const stream = key.slice(1)
        const there = known.get(stream)
        // What this page knows of its own streams is newer than what it has written.
        if (!there || !dirty.has(stream)) known.set(stream, Object.assign(there ?? {}, value as Known))
      }
    },
    lookAt: (driver, stream) => lookAt(driver, runKeys(stream)),
    async keepWithin() {
      if (env.mono() - lookedAfter >= HOUR) {
        lookedAfter = env.mono()
        await this.look()
        await expire()
      }
      if (limits.days === 0) await drop(oldestFirst().filter(([stream, run]) => isSent(stream, run) && known.get(stream)?.target), 'expired')
      if (total > limits.maxBytes) await make(total - limits.maxBytes * 0.9, 'quota', true)
    },
    stream: streamOf,
    streams: () => [...known.keys()].sort().map(streamOf),
  }
}
