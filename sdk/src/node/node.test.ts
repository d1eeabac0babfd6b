import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { createTracker } from '../core/tracker'
import { node, type NodeOptions } from './node'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'clewline-program-')) })
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

const names = ['exit', 'beforeExit', 'uncaughtExceptionMonitor', 'unhandledRejection', 'newListener', 'removeListener']
const listeners = (): number[] => names.map((name) => process.listenerCount(name))

const begin = (options: NodeOptions) => {
  const T = createTracker({ console: undefined })
  const program = T.$use(node, options)
  return { T, program, t: new T('x') }
}

test('another process of the folder reads what one has written, under the same device', async () => {
  const one = begin({ folder })
  one.t.$log('a')
  expect(await one.T.$flush('disk')).toBe(true)
  expect(one.program.status()).toMatchObject({ kind: 'file', committed: 1, folder })
  const two = begin({ folder })
  two.t.$log('b')
  expect(await two.T.$flush('disk')).toBe(true)
  const events = readdirSync(folder).filter((name) => name.endsWith('.log'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter((line) => line.startsWith('{')))
    .map((line) => JSON.parse(line) as { msg: string; device: string; host: string })
  expect(events.map(({ msg }) => msg).sort()).toEqual(['a', 'b'])
  expect(new Set(events.map(({ device }) => device)).size).toBe(1)
  expect(events[0]?.host).toBe(hostname())
  await Promise.all([one.T.$stop(), two.T.$stop()])
  expect(readdirSync(folder).filter((name) => name.endsWith('.alive'))).toEqual([])
  expect(readdirSync(folder).filter((name) => name.endsWith('.log'))).toHaveLength(2)
})

test('stopping lets go of the process, and used again it takes the place of the first', async () => {
  const before = listeners()
  const { T, t } = begin({ folder })
  t.$log('a')
  T.$use(node, { folder, days: 3 })
  t.$log('b')
  expect(await T.$flush('disk')).toBe(true)
  expect(T.$status()).toMatchObject({ faults: 0, plugins: { node: { kind: 'file', pending: 0 } } })
  await T.$stop()
  await vi.waitFor(() => expect(listeners()).toEqual(before))
})

test.each([undefined, ''])('a folder that is %j, as of a variable that nobody set, is said', async (unset) => {
  const { T, t } = begin({ folder: unset })
  t.$log('a')
  expect(T.$status().warnings).toEqual(['the folder for logs has no name; they wait in memory only'])
  expect(T.$status().plugins['node']).toEqual({ folder: undefined, damaged: undefined })
  await T.$stop()
})

test('without a folder it is about the process alone, and says nothing', async () => {
  const { T } = begin({})
  expect([T.$status().warnings, await T.$flush()]).toEqual([[], true])
  await T.$stop()
})

test('rejections are listened to as long as somebody else does', async () => {
  const count = (): number => process.listenerCount('unhandledRejection')
  const before = count() // vitest's own
  const { T } = begin({ folder })
  const others = (): void => {}
  const mine = before ? 1 : 0
  expect(count()).toBe(before + mine)
  process.on('unhandledRejection', others)
  expect(count()).toBe(before + 2)
  process.off('unhandledRejection', others)
  expect(count()).toBe(before + mine)
  await T.$stop()
  expect(count()).toBe(before)
})
