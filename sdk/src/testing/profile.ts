import { gunzipSync, gzipSync } from 'node:zlib'

import type { Environment } from '../core/environment'
import { createTracker, type TrackerClass } from '../core/tracker'
import type { Driver, OpenDriver } from '../data/driver'
import { parseKey } from '../data/rows'
import type { VirtualTime } from './virtualTime'

/** A browser's storage and locks, as several pages share them. */
export interface Profile {
  /** What is committed. */
  readonly rows: Map<string, unknown>
  /** Asked before each write; an error fails it. */
  fault: (() => Error | undefined) | undefined
  /** The highest committed number of each stream that ever was. */
  readonly durable: Map<string, number>
  open(more?: Partial<Environment>): Page
  /** Somebody clears the site's data: connections are lost, and what is stored. */
  clear(): void
}

/** A page that can be killed at any moment. */
export interface Page {
  readonly T: TrackerClass
  readonly driver: OpenDriver
  readonly window: EventTarget
  readonly document: EventTarget & { visibilityState: string }
  /** Its process ends: no timer, no answer and no write of it has an effect any more. */
  kill(): void
  /** It goes in order: it is told, then it ends. */
  close(): void
  /** It is put into the cache: told, frozen, and its locks are given up by itself. */
  cache(): void
  hide(): void
}

/** A write takes so long, in ms. */
const WRITE = 2

export const createProfile = (time: VirtualTime, fetch: Environment['fetch'], withLocks = true): Profile => {
  const held = new Map<string, object>()
  const rows = new Map<string, unknown>()
  const durable = new Map<string, number>()
  const connections = new Set<() => void>()

  const profile: Profile = {
    rows,
    durable,
    fault: undefined,
    clear() {
      rows.clear()
      durable.clear()
      const all = [...connections]
      connections.clear()
      all.forEach((lost) => lost())
    },
    open(more = {}) {
      const page = {}
      let alive = true
      const never = new Promise<never>(() => {})

      const driver: OpenDriver = async (lost) => {
        let open = true
        connections.add(() => {
          open = false
          lost()
        })
        const keys = ([from, to]: readonly [string, string]): string[] => [...rows.keys()].filter((key) => key >= from && key <= to).sort()
        /** Resolves after the while that a transaction takes, and never in a page that is dead. */
        const step = <Result>(body: () => Result): Promise<Result> =>
          new Promise((resolve, reject) => {
            const fault = profile.fault?.()
            if (!open) return reject(new DOMException('closed', 'InvalidStateError'))
            time.env.timer(() => {
              if (!alive) return
              if (fault) reject(fault)
              else if (!open) reject(new DOMException('lost', 'UnknownError'))
              else resolve(body())
            }, WRITE)
          })
        const it: Driver = {
          kind: 'indexeddb',
          binary: true,
          write: (puts, gone = []) =>
            step(() => {
              for (const range of gone) keys(range).forEach((key) => rows.delete(key))
              for (const [key, value] of puts) {
                rows.set(key, structuredClone(value))
                const parsed = key[0] === 'd' ? parseKey(key) : undefined
                if (parsed) durable.set(parsed[0], Math.max(durable.get(parsed[0]) ?? 0, parsed[1].to))
              }
            }),
          rows: (range) => step(() => keys(range).map((key) => [key, structuredClone(rows.get(key))])),
          keys: (range) => step(() => keys(range)),
          change: (key, change) =>
            step(() => {
              const value = change(rows.get(key))
              if (value !== undefined) rows.set(key, value)
              return value !== undefined
            }),
          close() { open = false },
        }
        return it
      }

      const locks = {
        request(name: string, body: () => Promise<unknown>) {
          held.set(name, page)
          return body().then(() => { if (held.get(name) === page) held.delete(name) })
        },
        query: () => Promise.resolve({ held: [...held.keys()].map((name) => ({ name })), pending: [] }),
      } as unknown as LockManager

      const window = new EventTarget()
      const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
      const T = createTracker({
        ...time.env,
        timer: (callback, ms) => time.env.timer(() => { if (alive) callback() }, ms),
        fetch: (url, init) => {
          if (!alive) return never
          const answer = fetch?.(url, init) ?? never
          return answer.then((response) => (alive ? response : never), (error: unknown) => { if (alive) throw error; return never })
        },
        gzip: async (bytes) => new Uint8Array(gzipSync(bytes)), // at once: real time stands still here
        gunzip: async (bytes) => new Uint8Array(gunzipSync(bytes)),
        locks: withLocks ? locks : undefined,
        console: undefined, client: () => 'c'.repeat(24), window, document, ...more,
      })
      const kill = (): void => {
        alive = false
        for (const [name, by] of held) if (by === page) held.delete(name)
      }
      const pagehide = (persisted: boolean): void => { window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted })) }
      return {
        T, driver, window, document, kill,
        close() {
          pagehide(false)
          // What has begun goes on without the page.
          time.env.timer(kill, WRITE)
        },
        cache: () => pagehide(true),
        hide() {
          document.visibilityState = 'hidden'
          document.dispatchEvent(new Event('visibilitychange'))
        },
      }
    },
  }
  return profile
}
