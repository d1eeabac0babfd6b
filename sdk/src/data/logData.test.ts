import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import type { Environment } from '../core/environment'
import type { Host } from '../core/plugin'
import type { LocalStore, StoredStream } from '../core/store'
import { createFakeStorage } from '../testing/fakeStorage'
import { createOpenDatabase } from '../testing/openDatabase'
import { createProfile } from '../testing/profile'
import { createVirtualTime } from '../testing/virtualTime'
import { logData, type DataOptions } from './logData'

beforeEach(() => { vi.stubGlobal('localStorage', createFakeStorage()) })
afterEach(() => { vi.unstubAllGlobals() })

const DAY = 24 * 3_600_000

const setUp = (options: DataOptions = {}, more: Partial<Environment> = {}) => {
  const time = createVirtualTime()
  const profile = createProfile(time, undefined)
  const page = profile.open(more)
  const data = page.T.$use(logData, { drivers: [page.driver], ...options })
  let store: LocalStore | undefined
  page.T.$use((host: Host) => {
    store = host.store
    return { name: 'peek', stop() {} }
  }, undefined)
  const t = new page.T('call')
  const keys = (prefix = 'd'): string[] => [...profile.rows.keys()].filter((key) => key.startsWith(prefix)).sort()
  return { ...page, time, profile, data, t, keys, store: store as LocalStore }
}

/** What is kept of all streams, as messages. */
const messages = async (store: LocalStore): Promise<string[]> => {
  const found: string[] = []
  for (const { id } of await store.streams()) {
    for (let from = 1; from < Infinity;) {
      const { lines, next } = await store.read(id, from)
      found.push(...lines.map((line) => (JSON.parse(line) as { msg: string }).msg))
      from = next
    }
  }
  return found
}

/** Lets time pass until the promise is settled. */
const settle = async <Result>(time: { pass(ms: number): Promise<void> }, promise: Promise<Result>): Promise<Result> => {
  const state = { done: false }
  const watched = promise.finally(() => { state.done = true })
  for (let i = 0; i < 1000 && !state.done; i++) await time.pass(10)
  return watched
}

describe('a commit', () => {
  test('follows the first event after a pause within 30 ms, and is one row for all', async () => {
    const { t, time, keys, data } = setUp()
    t.$log('a')
    await time.pass(10)
    t.$log('b')
    await time.pass(19)
    expect(keys()).toEqual([])
    await time.pass(13 + 10) // opening takes a moment the first time
    expect(keys()).toHaveLength(1)
    expect(data.status()).toMatchObject({ kind: 'indexeddb', committed: 2, pending: 0 })
  })

  test('comes ten times a second under load', async () => {
    const { t, time, keys } = setUp({}, { gzip: undefined })
    t.$log('first')
    await time.pass(1000)
    for (let i = 0; i < 1000; i++) {
      t.$log(`${i}`)
      await time.pass(1)
    }
    expect(keys().length).toBeGreaterThanOrEqual(9)
    expect(keys().length).toBeLessThanOrEqual(12)
  })

  test('of an alarm or error comes at once', async () => {
    const { t, time, keys } = setUp()
    t.$log('a')
    await time.pass(1000)
    t.$error('b')
    await time.pass(3)
    expect(keys()).toHaveLength(2)
  })

  test('is what $flush(\'disk\') waits for', async () => {
    const { T, t, time, data } = setUp()
    t.$log('a')
    expect(await settle(time, T.$flush('disk'))).toBe(true)
    expect(data.status().committed).toBe(1)
  })

  test('is begun when the page is hidden or goes, and put aside until it is done', async () => {
    const { t, time, hide, keys, close } = setUp()
    t.$log('first')
    await time.pass(1000)
    t.$log('a')
    hide()
    expect(Object.keys(localStorage)).toEqual([expect.stringMatching(/^clewline\.spill\./)])
    await time.pass(2)
    expect(keys()).toHaveLength(2)
    t.$log('b')
    close()
    await time.pass(2)
    expect(keys()).toHaveLength(3)
    expect([...keys('s')]).toHaveLength(1)
  })
})

describe('chunks', () => {
  test('are zipped once there are 192 K characters, and read like anything else', async () => {
    const { t, time, keys, store } = setUp()
    for (let i = 0; i < 660; i++) {
      t.$log(`${i} ${'word '.repeat(100)}`)
      await time.pass(20)
    }
    await time.pass(1000)
    expect(keys().length).toBeLessThan(25)
    const found = await settle(time, messages(store))
    expect(found.map((msg) => Number.parseInt(msg, 10))).toEqual(Array.from({ length: 660 }, (_, i) => i))
  })

  test('are not made where there is no gzip', async () => {
    const { t, time, keys, store } = setUp({}, { gzip: undefined })
    for (let i = 0; i < 20; i++) {
      t.$log('x'.repeat(7000))
      await time.pass(200)
    }
    expect(keys()).toHaveLength(20)
    expect(await settle(time, messages(store))).toHaveLength(20)
  })

  test('that are damaged are left out, and the others read', async () => {
    const { t, time, keys, profile, store } = setUp()
    for (let i = 0; i < 30; i++) t.$log('x'.repeat(7000))
    await time.pass(1000)
    t.$log('after')
    await time.pass(1000)
    const [chunk = ''] = keys()
    profile.rows.set(chunk, [new Uint8Array([1, 2, 3]), []])
    expect(await settle(time, messages(store))).toEqual(['after'])
  })
})

describe('room', () => {
  test('events older than some days go, at most an hour late', async () => {
    const { t, time, store, profile } = setUp({ days: 2 })
    t.$log('old')
    await time.pass(1000)
    await time.pass(4 * DAY)
    t.$log('new')
    await time.pass(2 * 3_600_000)
    t.$log('newest')
    await time.pass(1000)
    expect(await settle(time, messages(store))).toEqual(['new', 'newest'])
    expect([...profile.rows.keys()].filter((key) => key[0] === 's')).toHaveLength(1)
  })

  test('what is more than the bytes goes from the oldest on', async () => {
    const { t, time, store, data } = setUp({ maxBytes: 20_000 }, { gzip: undefined })
    for (let i = 0; i < 50; i++) {
      t.$log(`${i} ${'x'.repeat(1000)}`)
      await time.pass(200)
    }
    await time.pass(1000)
    expect(data.status().bytes).toBeLessThanOrEqual(20_000)
    const found = await settle(time, messages(store))
    expect(found.length).toBeGreaterThan(10)
    expect(found[found.length - 1]).toMatch(/^49 /)
  })

  test('a quota that is used up costs the oldest first', async () => {
    const { t, time, profile, store, data } = setUp({ maxBytes: 100_000 })
    for (let i = 0; i < 10; i++) {
      t.$log(`${i} ${'x'.repeat(2000)}`)
      await time.pass(200)
    }
    let full = 1
    profile.fault = () => (full-- > 0 ? new DOMException('full', 'QuotaExceededError') : undefined)
    t.$log('new')
    await time.pass(10_000)
    const found = await settle(time, messages(store))
    expect(found).toContain('new')
    expect(found.length).toBeLessThan(11)
    expect(data.status().lastError).toBeUndefined()
  })

  test('a quota of nothing is said once, and nothing is thrown', async () => {
    const { T, t, time, profile, data } = setUp()
    profile.fault = () => new DOMException('full', 'QuotaExceededError')
    for (let i = 0; i < 10; i++) {
      t.$log(`${i}`)
      await time.pass(1000)
    }
    expect(T.$status().warnings).toEqual(['there is no room on this device for logs; they are kept in memory'])
    expect(data.status()).toMatchObject({ committed: 0, lastError: expect.stringContaining('full') as string })
    expect(await settle(time, T.$flush('disk'))).toBe(false)
  })

  test('what waits in memory is bounded, and counted when it goes', async () => {
    const { t, time, profile, data } = setUp()
    profile.fault = () => new DOMException('no', 'UnknownError')
    for (let i = 0; i < 400; i++) {
      for (let k = 0; k < 4; k++) t.$log('x'.repeat(8000))
      await time.pass(1000)
    }
    expect(data.status().dropped.memory).toBeGreaterThan(100)
    profile.fault = undefined
    await time.pass(60_000)
    expect(data.status()).toMatchObject({ pending: 0, lastError: undefined })
    expect(data.status().committed + data.status().dropped.memory).toBe(1600)
  })

  test('days 0 keeps events only until the server has them', async () => {
    const { T, t, time, store, keys } = setUp({ days: 0 })
    store.target('someone')
    t.$log('a')
    await time.pass(1000)
    expect(keys()).toHaveLength(1)
    store.acknowledged(T.$status().stream ?? '', 1)
    await time.pass(1000)
    expect(keys()).toEqual([])
  })
})

describe('a connection', () => {
  test('that is lost is opened again, and nothing is lost with it', async () => {
    const { t, time, profile, store } = setUp()
    t.$log('a')
    await time.pass(1000)
    let bad = 3
    profile.fault = () => (bad-- > 0 ? new DOMException('Connection to Indexed Database server lost', 'UnknownError') : undefined)
    t.$log('b')
    await time.pass(5000)
    t.$log('c')
    await time.pass(1000)
    expect(await settle(time, messages(store))).toEqual(['a', 'b', 'c'])
  })

  test('that is lost with all that was stored begins anew', async () => {
    const { T, t, time, profile, store } = setUp()
    t.$log('a')
    await time.pass(1000)
    profile.clear()
    t.$log('b')
    await time.pass(5000)
    expect(await settle(time, messages(store))).toEqual(['b'])
    expect((await settle(time, store.streams())).map(({ id }) => id)).toEqual([T.$status().stream])
  })

  test('that never opens gives way to the next best', async () => {
    const time = createVirtualTime()
    const page = createProfile(time, undefined).open()
    const data = page.T.$use(logData, { drivers: [() => new Promise<never>(() => {}), () => Promise.reject(new Error('private')), page.driver] })
    new page.T('call').$log('a')
    await time.pass(3200)
    expect(data.status()).toMatchObject({ kind: 'indexeddb', committed: 1 })
  })
})

test.each([
  ['localstorage', false, true], ['websql', true, true], ['memory', false, false],
])('without IndexedDB, %s holds the logs', async (kind, hasSQL, hasStorage) => {
  vi.stubGlobal('indexedDB', undefined)
  if (hasSQL) vi.stubGlobal('openDatabase', await createOpenDatabase())
  if (!hasStorage) vi.stubGlobal('localStorage', undefined)
  const { T, t, data, store } = setUp({ drivers: undefined }, { timer: (callback, ms) => { const id = setTimeout(callback, ms); return () => clearTimeout(id) } })
  t.$log('a')
  expect(await data.flush()).toBe(true)
  expect(data.status()).toMatchObject({ kind, committed: 1 })
  expect(T.$status().warnings).toEqual(kind === 'memory' ? [expect.stringContaining('nothing can be stored')] : [])
  expect(await messages(store)).toEqual(['a'])
  await data.stop()
})

describe('another page', () => {
  test('finds what a killed page put aside as it was being written', async () => {
    const { t, time, profile, hide, kill } = setUp()
    t.$log('first')
    await time.pass(1000)
    t.$log('last words')
    hide()
    kill()
    const next = profile.open()
    next.T.$use(logData, { drivers: [next.driver] })
    let store: LocalStore | undefined
    next.T.$use((host: Host) => { store = host.store; return { name: 'peek', stop() {} } }, undefined)
    expect(await settle(time, messages(store as LocalStore))).toEqual(['first', 'last words'])
    expect(Object.keys(localStorage)).toEqual([])
  })

  test('takes over from one that is gone, once', async () => {
    const { T, t, time, profile, store, kill } = setUp()
    t.$log('a')
    await time.pass(1000)
    const [stream] = await settle(time, store.streams())
    expect([...(await store.alive())]).toEqual([stream?.owner])
    kill()
    const next = profile.open()
    next.T.$use(logData, { drivers: [next.driver] })
    let other: LocalStore | undefined
    next.T.$use((host: Host) => { other = host.store; return { name: 'peek', stop() {} } }, undefined)
    expect((await other?.alive())?.has(stream?.owner ?? '')).toBe(false)
    const adopt = (): Promise<StoredStream | undefined> =>
      settle(time, other?.adopt(T.$status().stream ?? '', stream?.owner ?? '') ?? Promise.resolve(undefined))
    expect([await adopt(), await adopt()]).toEqual([expect.objectContaining({ id: stream?.id, last: 1 }), undefined])
  })
})

test('a level of its own decides what is kept, and stop lets go of everything', async () => {
  const { T, t, time, data, store } = setUp({ level: 'warn' })
  t.$log('a')
  t.$alarm('b')
  expect(await settle(time, messages(store))).toEqual(['b'])
  await settle(time, data.stop())
  expect(() => t.$alarm('c')).not.toThrow()
  expect(T.$status().plugins['logData']).toMatchObject({ kind: 'none', pending: 0 })
})
