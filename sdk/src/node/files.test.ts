import { execFileSync } from 'node:child_process'
import * as nodeFs from 'node:fs'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { Driver, KeyRange, Row } from '../data/driver'
import { openMemory } from '../data/memory'
import { runOf, streamKey } from '../data/rows'
import { createFiles } from './files'
import type { FileSystem } from './folder'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'clewline-files-')) })
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

const stream = `20261120${'a'.repeat(24)}`
const other = `20261121${'b'.repeat(24)}`
const everything: KeyRange = ['', '~']
const lost = (): void => {}

const line = (seq: number): string => `{"seq":${seq},"msg":"${seq} 文 😀 \\n"}`
const lines = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, i) => line(from + i)).join('\n')
/** A row of events as the store writes it. */
const loose = (from: number, to: number, id = stream): Row => [runOf(id, from, to, lines(from, to).length).key, [lines(from, to), []]]
/** The same, sealed. */
const sealed = (from: number, to: number, id = stream, omitted: object[] = []): Row => {
  const zipped = new Uint8Array(gzipSync(lines(from, to)))
  return [runOf(id, from, to, zipped.length).key, [zipped, omitted]]
}
const plain = (rows: readonly Row[]): unknown => JSON.parse(JSON.stringify(rows, (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)))
const open = (more: Parameters<typeof createFiles>[1] = {}): Promise<Driver> => createFiles(folder, more).open(lost)

test('a stream is one file of lines and records, and sealed chunks that any gzip reads', async () => {
  const driver = await open()
  await driver.write([loose(1, 2), [streamKey(stream), { owner: 'me' }]])
  await driver.write([loose(3, 3)])
  const text = readFileSync(join(folder, `${stream}.log`), 'utf8')
  expect(text.split('\n').filter((one) => one && !one.startsWith('#'))).toEqual([1, 2, 3].map(line))

  await driver.write([sealed(1, 3, stream, [{ from: 2, to: 2, reason: 'mode' }])], [loose(1, 2), loose(3, 3)].map(([key]) => [key, key]))
  const [name] = readdirSync(folder).filter((one) => one.endsWith('.gz'))
  expect(name).toMatch(new RegExp(`^${stream}\\.0000000001\\.0000000003\\.\\d+\\.gz$`))
  expect(execFileSync('gzip', ['-dc', join(folder, name as string)]).toString()).toBe(lines(1, 3))
  expect(plain(await (await open()).rows(['d', 'd~']))).toEqual(plain([sealed(1, 3, stream, [{ from: 2, to: 2, reason: 'mode' }])]))
})

test('what is left out of a chunk comes back, also where it is a great deal', async () => {
  const omitted = Array.from({ length: 3000 }, (_, i) => ({ from: 10 * i + 1, to: 10 * i + 3, reason: 'level' }))
  const driver = await open()
  await driver.write([sealed(1, 2, stream, omitted)])
  expect(plain(await driver.rows(['d', 'd~']))).toEqual(plain([sealed(1, 2, stream, omitted)]))
  const [name = ''] = readdirSync(folder).filter((one) => one.endsWith('.gz'))
  expect(execFileSync('gzip', ['-dc', join(folder, name)]).toString()).toBe(lines(1, 2))
})

test('files and folder are for their user alone', async () => {
  const inner = join(folder, 'a', 'b')
  const driver = await createFiles(inner).open(lost)
  await driver.write([loose(1, 1), sealed(2, 2)])
  expect(statSync(inner).mode & 0o777).toBe(0o700)
  for (const name of readdirSync(inner)) expect([name, statSync(join(inner, name)).mode & 0o077]).toEqual([name, 0])
})

// What two processes do one after the other is what one map does.
test('any writing, deleting and changing by two processes gives what a map gives', async () => {
  const id = fc.constantFrom(stream, other)
  const key = fc.oneof(
    fc.tuple(id, fc.integer({ min: 1, max: 9 })).map(([of, n]) => runOf(of, n, n, 5).key), // events as lines
    fc.tuple(id, fc.integer({ min: 1, max: 9 })).map(([of, n]) => runOf(of, n, n, 60).key), // as a chunk, whose key has another size
   
    id.map(streamKey), fc.constantFrom('oabc', 'a/1', 'a/2', 'b'),
  )
  const valueOf = (name: string) => name[0] === 'd'
    ? name.endsWith('/5')
      ? fc.tuple(fc.constantFrom('', line(1), lines(1, 3)), fc.constantFrom([], [{ from: 1, to: 1, reason: 'level' }]))
      : fc.constantFrom([], [{ from: 2, to: 2, reason: 'quota' }]).map((omitted) => [new Uint8Array(gzipSync(line(7))), omitted])
    : fc.oneof(fc.string(), fc.record({ owner: fc.string(), n: fc.nat() }), fc.uint8Array({ maxLength: 4 }))
  const row = key.chain((name) => valueOf(name).map((value): Row => [name, value]))
  const range = fc.oneof(key.map((one): KeyRange => [one, one]), fc.constantFrom<KeyRange>(['a/', 'a/~'], ['d', 'd~'], ['', '~'], [`d${stream}`, `d${stream}~`]))
  const step = fc.record({ by: fc.nat(1), rows: fc.array(row, { maxLength: 4 }), gone: fc.array(range, { maxLength: 2 }), change: fc.option(key) })
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name))
    const two = [await open({ fsync: 'never' }), await open({ fsync: 'never' })] as const
    const model = await openMemory(lost)
    for (const { by, rows, gone, change } of steps) {
      const driver = two[by] as Driver
      await Promise.all([driver.write(rows, gone), model.write(rows, gone)])
      if (change !== null && change[0] !== 'd') {
        const onto = (old: unknown): unknown => (old === undefined ? undefined : { was: JSON.stringify(old), by })
        expect(await driver.change(change, onto)).toBe(await model.change(change, onto))
      }
      for (const one of two) {
        expect(plain(await one.rows(everything))).toEqual(plain(await model.rows(everything)))
        expect(await one.keys(['d', 'd~'])).toEqual(await model.keys(['d', 'd~']))
      }
    }
    expect(plain(await (await open()).rows(everything))).toEqual(plain(await model.rows(everything)))
  }), { numRuns: 60 })
}, 60_000)

test('a record that a kill tore off at any byte is passed over, all before it is read, and more can be written behind it', async () => {
  const driver = await open()
  const known: Row = [streamKey(stream), { owner: 'me' }]
  await driver.write([known, loose(1, 2)])
  const file = join(folder, `${stream}.log`)
  const first = statSync(file).size
  await driver.write([loose(3, 4)])
  const whole = readFileSync(file)
  for (let end = first; end < whole.length - 1; end++) { // the last line feed is also the next record's first
    writeFileSync(file, whole.subarray(0, end))
    const next = createFiles(folder)
    const after = await next.open(lost)
    expect(await after.rows(['d', 'd~'])).toEqual([loose(1, 2)])
    expect(await after.change(streamKey(stream), (old) => ({ ...(old as object), owner: 'next' }))).toBe(true)
    expect(await (await open()).rows(['s', 's~'])).toEqual([[streamKey(stream), { owner: 'next' }]])
    expect(await (await open()).rows(['d', 'd~'])).toEqual([loose(1, 2)])
  }
})

test('a byte that turned on the disk costs its own record, and is counted', async () => {
  const driver = await open()
  await driver.write([loose(1, 1)])
  await driver.write([loose(2, 2)])
  await driver.write([loose(3, 3)])
  const file = join(folder, `${stream}.log`)
  const bytes = readFileSync(file)
  const at = bytes.indexOf('"msg":"2')
  bytes[at + 7] = 57
  writeFileSync(file, bytes)
  const files = createFiles(folder)
  expect(await (await files.open(lost)).keys(['d', 'd~'])).toEqual([loose(1, 1), loose(3, 3)].map(([key]) => key))
  expect(files.damaged()).toBe(1)
  appendFileSync(file, 'somebody else\'s words\n')
  expect(await (await open()).keys(['d', 'd~'])).toHaveLength(2)
})

test('of many that take over one stream one wins', async () => {
  for (let round = 0; round < 10; round++) {
    const key = streamKey(`20261122${String(round).padStart(24, '0')}`)
    const drivers = await Promise.all(Array.from({ length: 5 }, () => open()))
    await drivers[0]?.write([[key, { owner: 'dead' }]])
    const won = await Promise.all(drivers.map((driver, me) => driver.change(key, (old) => ((old as { owner: unknown }).owner === 'dead' ? { owner: me } : undefined))))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await drivers[1]?.rows([key, key])).toEqual([[key, { owner: won.indexOf(true) }]])
  }
})

test('an open file does not grow with what is of no use any more', async () => {
  const driver = await open({ fsync: 'never' })
  const known = (acked: number): Row => [streamKey(stream), { owner: 'me', acked, filler: 'x'.repeat(2000) }]
  await driver.write([known(0), loose(1, 9)])
  for (let i = 1; i <= 400; i++) await driver.write([known(i)])
  expect(statSync(join(folder, `${stream}.log`)).size).toBeLessThan(500_000)
  expect(await (await open()).rows(everything)).toEqual([loose(1, 9), known(400)])
  await driver.write([], [['', '~']])
  expect(readdirSync(folder).filter((name) => name.includes(stream))).toEqual([])
})

test('where a file was deleted under us, what was known of its stream is written once more', async () => {
  const driver = await open()
  await driver.write([[streamKey(stream), { owner: 'me' }], loose(1, 1)])
  rmSync(join(folder, `${stream}.log`))
  await driver.write([loose(2, 2)])
  expect(await (await open()).rows(everything)).toEqual([loose(2, 2), [streamKey(stream), { owner: 'me' }]])
})

describe('when the process exits', () => {
  test('what is under way is written at once, and once', async () => {
    const files = createFiles(folder)
    const driver = await files.open(lost)
    const under = [driver.write([loose(1, 1)]), driver.write([loose(2, 2), [streamKey(stream), { n: 1 }]])]
    files.leave()
    // A chunk that was to go with it waits for another process; its lines are kept as they are.
    void driver.write([loose(3, 3), [streamKey(stream), { n: 2 }], sealed(1, 2)], [loose(1, 1), loose(2, 2)].map(([key]) => [key, key]))
    const now = readFileSync(join(folder, `${stream}.log`), 'utf8') // nobody has waited for anything
    for (const seq of [1, 2, 3]) expect(now).toContain(line(seq))
    await Promise.all(under) // the process lived on after all
    expect(await (await open()).rows(everything)).toEqual([loose(1, 1), loose(2, 2), loose(3, 3), [streamKey(stream), { n: 2 }]])
  })

  test('before the folder was ever opened it is made', async () => {
    const files = createFiles(join(folder, 'new'))
    files.leave()
    files.spill([loose(1, 1), [streamKey(stream), { n: 1 }]])
    expect(await (await createFiles(join(folder, 'new')).open(lost)).rows(everything)).toEqual([loose(1, 1), [streamKey(stream), { n: 1 }]])
  })
})

describe('a full disk', () => {
  /** So many bytes, in all files. */
  const smallDisk = (room: number): FileSystem => {
    const left = (): number => room - readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    const full = (): Error => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    return {
      ...nodeFs,
      promises: {
        ...nodeFs.promises,
        async writeFile(path: string, bytes: Buffer, options: object) {
          if (bytes.length > left()) throw full()
          return nodeFs.promises.writeFile(path, bytes, options)
        },
        async open(path: string, flags: string, mode: number) {
          const file = await nodeFs.promises.open(path, flags, mode)
          const write = file.write.bind(file) as (bytes: Buffer) => ReturnType<typeof file.write>
          // As the system does it: as much as fits, and an error when nothing does.
          return Object.assign(file, {
            async write(bytes: Buffer) {
              const fits = Math.min(left(), bytes.length)
              if (fits <= 0) throw full()
              return write(bytes.subarray(0, fits))
            },
          })
        },
      },
    } as unknown as FileSystem
  }

  test('takes all of a record or nothing, and says that there is no room', async () => {
    const driver = await open({ fs: smallDisk(80_000) })
    await driver.write([loose(1, 1)])
    await expect(driver.write([loose(2, 2000)])).rejects.toMatchObject({ name: 'QuotaExceededError', message: expect.stringContaining('ENOSPC') as string })
    await expect(driver.write([sealed(2, 9000)])).rejects.toMatchObject({ name: 'QuotaExceededError' })
    await driver.write([loose(2, 2)])
    expect(await (await open()).rows(everything)).toEqual([loose(1, 1), loose(2, 2)])
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('keeps a reserve to make room with', async () => {
    const driver = await open({ fs: smallDisk(90_000) })
    await driver.write([sealed(1, 40), [streamKey(stream), { last: 1 }]])
    const { size } = statSync(join(folder, `${stream}.log`))
    writeFileSync(join(folder, 'somebody'), Buffer.alloc(90_000 - 65_536 - size - statSync(join(folder, readdirSync(folder).find((name) => name.endsWith('.gz')) as string)).size))
    await expect(driver.write([loose(41, 41)])).rejects.toMatchObject({ name: 'QuotaExceededError' })
    expect(await driver.change(streamKey(stream), () => ({ last: 40 }))).toBe(true)
    await driver.write([], [sealed(1, 40)].map(([key]) => [key, key]))
    await driver.write([loose(41, 41)])
    expect((await driver.rows(everything)).map(([key]) => key)).toEqual([loose(41, 41)[0], streamKey(stream)])
  })
})

test('the file of a process that is long gone goes with its last row', async () => {
  await (await open()).write([loose(1, 1), [streamKey(stream), {}]])
  nodeFs.utimesSync(join(folder, `${stream}.log`), 1, 1)
  await (await open()).write([], [loose(1, 1), [streamKey(stream), 0] as const].map(([key]) => [key, key]))
  expect(readdirSync(folder)).toEqual(['reserve'])
})

test('unfinished parts of files are removed an hour later', async () => {
  writeFileSync(join(folder, 'x.log.1-1.part'), 'old')
  nodeFs.utimesSync(join(folder, 'x.log.1-1.part'), 1, 1)
  writeFileSync(join(folder, 'x.log.1-2.part'), 'new')
  await open()
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual(['x.log.1-2.part'])
  truncateSync(join(folder, 'x.log.1-2.part'), 0)
})
