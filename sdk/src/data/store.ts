import type { Environment } from '../core/environment'
import type { LocalStore } from '../core/store'
import type { Stream } from '../core/stream'
import type { Connection } from './connection'
import type { Driver, KeyRange, Row } from './driver'
import type { Owner } from './owner'
import { chunkOf, type Chunk, type Own, type Part } from './parts'
import { readPart } from './read'
import { createRoom, type Room, type RoomLimits } from './room'
import { runOf, streamKey, type Known, type Lines } from './rows'
import type { Parting } from './spill'

/** The first event after a pause waits this long for others, in ms. */
const SOON = 30
/** Under load there is a commit this often, in ms: one costs about a millisecond, whatever it holds. */
const OFTEN = 100
/** So many characters become one zipped chunk. */
const CHUNK = 192 * 1024
/** Characters that wait in memory while nothing can be written. */
const MOST_PENDING = 8 << 20
/** The longest wait after a failure, in ms. */
const MOST_RETRY = 30_000

/** What went on disk and what did not. */
export interface StoreStatus {
  /** indexeddb, websql, localstorage, memory or file; none until the first is open. */
  kind: string
  /** What is kept, in bytes, by all pages. */
  bytes: number
  /** Runs of events that are not committed yet. */
  pending: number
  /** Events that were committed since the page began. */
  committed: number
  /** Numbers that were given up, by reason. The server is told of those that it was to have. */
  dropped: { quota: number; expired: number; memory: number }
  /** What went wrong last; it stays until a commit succeeds. */
  lastError?: string
}

export interface Store extends LocalStore {
  status(): StoreStatus
  /** The stream ended with its last number. */
  closed(stream: Stream): void
  /** The page goes, now or perhaps: begins to write what there is, and puts a copy aside. */
  leave(): void
  readonly room: Room
}

const isQuota = (error: unknown): boolean => (error as { name?: unknown } | null)?.name === 'QuotaExceededError'

export const createStore = (
  env: Environment, connection: Connection, owner: Owner, limits: RoomLimits, warn: (message: string) => void, { spill, absorb }: Parting,
): Store => {
  const owns = new Map<string, Own>()
  const dirty = new Set<string>() // streams whose known is to be written
  const inFlight = new Set<Part>()
  let chunks: Chunk[] = [] // zipped, and to go with the next commit
  const writing = new Set<Promise<unknown>>()
  let unwritten: Part[] = []
  let pendingSize = 0
  let committed = 0
  let gaveUp = 0
  let target: string | undefined
  let lastCommit = -OFTEN
  let dueAt = Infinity
  let cancelTimer: (() => void) | undefined
  let failures = 0
  let lastError: string | undefined
  const room = createRoom(env, connection, limits, dirty)

  const ownOf = ({ id }: Stream): Own => {
    let own = owns.get(id)
    if (!own) {
      const known: Known = { owner: owner.id, target, acked: 0, last: 0 }
      own = { id, known, events: [], omitted: [], from: 0, to: 0, last: 0, loose: [], looseSize: 0 }
      owns.set(id, own)
      room.known.set(id, known)
      dirty.add(id)
    }
    return own
  }

  const extend = (own: Own, from: number, to: number): void => {
    if (!own.to) own.from = from
    own.to = Math.max(own.to, to)
    own.known.last = Math.max(own.known.last, to)
  }

  const arm = (ms: number): void => {
    const at = env.mono() + ms
    if (at >= dueAt) return
    dueAt = at
    cancelTimer?.()
    cancelTimer = env.timer(() => { void commit() }, ms, true)
  }

  /** Soon after a pause, seldom under load. */
  const armSoon = (): void => {
    if (dueAt === Infinity) arm(failures ? Math.min(MOST_RETRY, OFTEN * 2 ** failures) : Math.max(SOON, lastCommit + OFTEN - env.mono()))
  }

  /** What has gathered becomes rows. */
  const gather = (): void => {
    for (const own of owns.values()) {
      if (!own.to) continue
      const text = own.events.map((event) => event.line).join('\n')
      pendingSize += text.length - own.events.reduce((sum, { size }) => sum + size, 0)
      unwritten.push({ own, run: runOf(own.id, own.from, own.to, text.length), text, omitted: own.omitted, events: own.events.length })
      own.events = []
      own.omitted = []
      own.to = 0
    }
  }

  const rowsOf = (parts: Iterable<Part>, streams: Iterable<string>): Row[] => [
    ...[...parts].map(({ run, text, omitted }): Row => [run.key, [text, omitted] satisfies Lines]),
    ...[...streams].map((id): Row => [streamKey(id), { ...room.known.get(id) }]),
  ]

  const succeeded = (parts: readonly Part[]): void => {
    failures = 0
    lastError = undefined
    for (const part of parts) {
      const { own } = part
      pendingSize -= part.text.length
      committed += part.events
      room.add(own.id, part.run)
      own.loose.push(part)
      own.looseSize += part.text.length
      if (own.looseSize >= CHUNK) void seal(own)
    }
  }

  const failed = (parts: readonly Part[], streams: readonly string[], error: unknown): void => {
    failures++
    lastError = String(error)
    unwritten = [...parts, ...unwritten]
    streams.forEach((id) => dirty.add(id))
    while (pendingSize > MOST_PENDING && unwritten.length) {
      const oldest = unwritten.shift() as Part
      pendingSize -= oldest.text.length
      gaveUp += oldest.events
    }
    if (!isQuota(error)) connection.lost() // retries on a lost connection are of no use
    else if (failures > 1) warn('there is no room on this device for logs; they are kept in memory')
    if (failures === 3 && !isQuota(error)) warn(`logs cannot be written on this device: ${lastError}; they are kept in memory`)
    armSoon()
  }

  const commit = async (strict?: boolean): Promise<void> => {
    cancelTimer?.()
    dueAt = Infinity
    lastCommit = env.mono()
    gather()
    const { driver } = connection
    if (!driver) return reopen()
    const parts = unwritten
    const streams = [...dirty]
    const sealed = chunks.filter(({ own, gone }) => room.has(own.id, gone)) // else taken away meanwhile, to make room
    if (!parts.length && !streams.length && !sealed.length) return
    unwritten = []
    chunks = []
    dirty.clear()
    parts.forEach((part) => inFlight.add(part))
    const written = driver.write(
      [...rowsOf(parts, streams), ...sealed.map(({ run, value }): Row => [run.key, value])],
      sealed.flatMap(({ gone }) => gone.map(({ key }): KeyRange => [key, key])), strict,
    )
    writing.add(written)
    try {
      await written
      sealed.forEach(({ own, gone, run }) => room.replace(own.id, gone, run)) // if it fails they stay as they are
      succeeded(parts)
    } catch (error) {
      if (isQuota(error)) await room.make(limits.maxBytes / 10, 'quota', true).catch(() => {})
      failed(parts, streams, error)
    } finally {
      parts.forEach((part) => inFlight.delete(part))
      writing.delete(written)
    }
    if (!failures) await room.keepWithin().catch(() => {})
  }

  const reopen = async (): Promise<void> => {
    try {
      await connection.open()
      await room.look()
      for (const own of owns.values()) dirty.add(own.id) // it may be another one, or emptied
    } catch (error) {
      return failed([], [], error)
    }
    return commit()
  }

  /** Small rows become one zipped chunk. If that fails they stay as they are. */
  const seal = async (own: Own): Promise<void> => {
    const { loose } = own
    own.loose = []
    own.looseSize = 0
    if (!env.gzip || !connection.driver?.binary) return
    try {
      chunks.push(await chunkOf(own, loose, env.gzip))
      armSoon()
    } catch {
      // They can be read all the same.
    }
  }

  /** Resolves to whether all is committed; it has begun before it returns. */
  const flush = async (strict?: boolean): Promise<boolean> => {
    void commit(strict)
    for (let tries = 0; (writing.size || (!connection.driver && unwritten.length)) && tries < 3; tries++) {
      await (writing.size ? Promise.allSettled(writing) : connection.open().then(() => commit(), () => {}))
      await Promise.resolve()
    }
    return !unwritten.length && !inFlight.size
  }

  return {
    get kind() {
      return connection.driver?.kind ?? 'none'
    },
    room,
    append(event) {
      const own = ownOf(event.stream)
      if (event.seq <= own.last) return
      own.last = event.seq
      own.events.push(event)
      pendingSize += event.size
      extend(own, event.seq, event.seq)
      if (event.urgent && env.mono() - lastCommit >= SOON) arm(0)
      else armSoon()
    },
    omit(stream, from, to, reason) {
      const own = ownOf(stream)
      const before = own.omitted[own.omitted.length - 1]
      if (before && before.reason === reason && before.to + 1 === from) own.omitted[own.omitted.length - 1] = { ...before, to }
      else own.omitted.push({ from, to, reason })
      extend(own, from, to)
      armSoon()
    },
    unomit(stream, from, to) {
      const { known } = ownOf(stream)
      ;(known.sent ??= []).push([from, to])
      dirty.add(stream.id)
      armSoon()
    },
    target(to) {
      if (target === to) return
      target = to
      for (const { id, known } of owns.values()) {
        if (known.closed !== undefined) continue
        known.target = to
        dirty.add(id)
      }
    },
    closed(stream) {
      const own = owns.get(stream.id)
      if (!own) return
      own.known.closed = stream.last
      dirty.add(stream.id)
      armSoon()
    },
    durable(stream) {
      const own = owns.get(stream.id)
      if (!own) return 0
      let low = own.to ? own.from : Infinity
      for (const part of [...inFlight, ...unwritten]) if (part.own === own) low = Math.min(low, part.run.from)
      return low === Infinity ? own.known.last : low - 1
    },
    flush: () => flush(true),
    leave() {
      gather()
      const parts = [...inFlight, ...unwritten]
      if (parts.length) spill(owner.id, rowsOf(parts, new Set(parts.map(({ own }) => own.id))))
      void commit()
    },
    acknowledged(stream, upTo, offset, ended) {
      const known = room.known.get(stream)
      if (!known || (upTo <= known.acked && offset === known.offset && ended === known.ended)) return
      known.ended ||= ended
      known.acked = Math.max(known.acked, upTo)
      known.offset ??= offset
      dirty.add(stream)
      armSoon()
    },
    async streams() {
      await connection.open()
      await flush()
      await room.look()
      return room.streams()
    },
    read: async (stream, from, characters) => {
      await connection.open()
      return readPart(env, connection.driver as Driver, room.runs(stream), room.known.get(stream), from, characters)
    },
    alive: () => owner.alive(),
    async adopt(stream, from) {
      let adopted: Known | undefined
      const driver = await connection.open()
      await absorb(driver)
      await room.lookAt(driver, stream) // its owner may have written on until its death
      await driver.change(streamKey(stream), (value) => {
        const known = value as Known | undefined
        adopted = known?.owner === from ? { ...known, owner: owner.id } : undefined
        return adopted
      })
      if (adopted) room.known.set(stream, adopted)
      return adopted && room.stream(stream)
    },
    status: () => ({
      kind: connection.driver?.kind ?? 'none',
      bytes: room.bytes(),
      pending: unwritten.length + inFlight.size + [...owns.values()].filter(({ to }) => to).length,
      committed,
      dropped: { ...room.dropped, memory: gaveUp },
      lastError,
    }),
  }
}
