import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { createFiles } from '../node/files'
import { createFakeStorage } from '../testing/fakeStorage'
import { createOpenDatabase } from '../testing/openDatabase'
import type { OpenDriver, Row } from './driver'
import { openIndexedDB } from './indexedDB'
import { openLocalStorage } from './localStorage'
import { openMemory } from './memory'
import { openWebSQL } from './webSQL'

let root: string
let folder: string

beforeEach(async () => {
  root = folder = mkdtempSync(join(tmpdir(), 'clewline-driver-'))
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('IDBKeyRange', IDBKeyRange)
  vi.stubGlobal('localStorage', createFakeStorage())
  vi.stubGlobal('openDatabase', await createOpenDatabase())
})
afterEach(() => {
  vi.unstubAllGlobals()
  rmSync(root, { recursive: true })
})

const drivers: [string, OpenDriver][] = [
  ['file', (lost) => createFiles(folder).open(lost)], // each a process of its own
  ['indexeddb', openIndexedDB], ['websql', openWebSQL], ['localstorage', openLocalStorage], ['memory', openMemory],
]
const all = ['', '~'] as const
const rows: Row[] = [['a/1', 'one'], ['a/2', ['two 文 😀', [{ from: 1, to: 2, reason: 'level' }]]], ['b', { n: 3 }]]
const open = (driver: OpenDriver) => driver(() => {})

describe.each(drivers)('%s', (kind, openDriver) => {
  test('says what it is', async () => {
    expect((await open(openDriver)).kind).toBe(kind)
  })

  test('gives back what was written, in the order of the keys', async () => {
    const driver = await open(openDriver)
    await driver.write([...rows].reverse())
    expect(await driver.rows(all)).toEqual(rows)
    expect(await driver.rows(['a/', 'a/~'])).toEqual(rows.slice(0, 2))
    expect(await driver.keys(['a/2', 'b'])).toEqual(['a/2', 'b'])
    expect(await driver.keys(['c', 'd'])).toEqual([])
  })

  test('replaces, and takes away before it puts', async () => {
    const driver = await open(openDriver)
    await driver.write(rows)
    await driver.write([['a/1', 'again'], ['b', 'new']], [['a/', 'a/~'], ['b', 'b']], true)
    expect(await driver.rows(all)).toEqual([['a/1', 'again'], ['b', 'new']])
  })

  test('changes a row in one step, or leaves it', async () => {
    const driver = await open(openDriver)
    expect(await driver.change('a', (old) => (old === undefined ? { n: 1 } : undefined))).toBe(true)
    expect(await driver.change('a', (old) => (old === undefined ? { n: 2 } : undefined))).toBe(false)
    expect(await driver.rows(all)).toEqual([['a', { n: 1 }]])
  })

  test('two that change one row at the same time do not both win', async () => {
    const [one, two] = [await open(openDriver), await open(openDriver)]
    const drivers = kind === 'memory' ? [one, one] : [one, two]
    await drivers[0]?.write([['s', { owner: 'dead' }]])
    const take = (me: string) => (old: unknown) => ((old as { owner: string }).owner === 'dead' ? { owner: me } : undefined)
    const won = await Promise.all(drivers.map((driver, i) => driver.change('s', take(`tab ${i}`))))
    expect(won.filter(Boolean)).toHaveLength(1)
  })

  test('keeps bytes where it says so', async () => {
    const driver = await open(openDriver)
    if (!driver.binary) return
    await driver.write([['z', new Uint8Array([1, 2, 3])]])
    const [[, value] = []] = await driver.rows(all)
    expect(Array.from(value as Uint8Array)).toEqual([1, 2, 3])
  })

  test('is there again after a reload, except for memory', async () => {
    const first = await open(openDriver)
    await first.write(rows)
    first.close()
    expect(await (await open(openDriver)).rows(all)).toEqual(kind === 'memory' ? [] : rows)
  })
})

test.each(drivers)('%s fails to open where there is none', async (kind, openDriver) => {
  if (kind === 'memory') return
  folder = join(import.meta.filename, 'folder') // a file is no folder
  for (const name of ['indexedDB', 'openDatabase', 'localStorage']) vi.stubGlobal(name, undefined)
  await expect(Promise.resolve().then(() => open(openDriver))).rejects.toThrow()
})

test('localstorage that is full takes all or nothing', async () => {
  vi.stubGlobal('localStorage', createFakeStorage(200))
  const driver = await open(openLocalStorage)
  await driver.write([['a', 'x']])
  await expect(driver.write([['a', 'y'], ['b', 'z'.repeat(300)]], [['a', 'a']])).rejects.toMatchObject({ name: 'QuotaExceededError' })
  expect(await driver.rows(all)).toEqual([['a', 'x']])
})

test('indexeddb lets go when somebody wants to delete it, and says so', async () => {
  const lost = vi.fn()
  const driver = await openIndexedDB(lost)
  await new Promise((resolve) => { indexedDB.deleteDatabase('clewline-1').onsuccess = resolve })
  expect(lost).toHaveBeenCalledTimes(1)
  await expect(driver.write([['a', 1]])).rejects.toThrow()
})

test('indexeddb: what waits for a transaction that never tells how it ended fails with the connection', async () => {
  const databases: IDBDatabase[] = []
  const factory = new IDBFactory()
  vi.stubGlobal('indexedDB', {
    open(...given: Parameters<IDBFactory['open']>) {
      const request = factory.open(...given)
      request.addEventListener('success', () => databases.push(request.result as unknown as IDBDatabase))
      return request
    },
  })
  const lost = vi.fn()
  const driver = await openIndexedDB(lost)
  const [db] = databases as [IDBDatabase]
  vi.spyOn(db, 'transaction').mockReturnValue({ objectStore: () => ({ put() {}, transaction: {} }) } as unknown as IDBTransaction)
  const written = driver.write(rows)
  db.onclose?.(new Event('close'))
  await expect(written).rejects.toThrow('the connection was lost')
  expect(lost).toHaveBeenCalledOnce()
})
