import { expect, test, vi } from 'vitest'

import { createTracker } from '../core/tracker'
import { collect } from '../testing/collect'
import { createVirtualTime } from '../testing/virtualTime'
import { captureConsole, type ConsoleOptions } from './captureConsole'

const setUp = (options?: ConsoleOptions) => {
  const lines: unknown[][] = []
  const console = Object.fromEntries(['debug', 'log', 'info', 'warn', 'error', 'table', 'group', 'groupCollapsed', 'groupEnd'].map((name) => [name, Function.prototype.bind.call((...args: unknown[]) => { lines.push([name, ...args]) }, null)])) as unknown as Console
  const T = createTracker({ ...createVirtualTime().env, console, callSites: true, page: () => undefined })
  const { items } = T.$use(collect, {})
  T.$level('debug')
  const capture = T.$use(captureConsole, options ?? {})
  return { T, console, lines, items, capture }
}

test('what the page prints is kept, by its level, and printed as it was', () => {
  const { console, lines, items } = setUp()
  const error = new RangeError('far')
  console.log('a', { b: 1 })
  console.debug('d')
  console.info('i')
  console.warn('w')
  console.error('e', error)
  expect(items).toMatchObject([
    { label: 'console', level: 'info', msg: 'a', data: { b: 1 } },
    { level: 'debug', msg: 'd' }, { level: 'notice', msg: 'i' }, { level: 'warn', msg: 'w' },
    { level: 'error', form: 'error', msg: 'e', errorMsg: 'far' },
  ])
  expect(lines).toEqual([['log', 'a', { b: 1 }], ['debug', 'd'], ['info', 'i'], ['warn', 'w'], ['error', 'e', error]])
})

test('formats are filled in, and their colours kept beside the text', () => {
  const { console, items } = setUp()
  console.log('%cred%c %s is %d%%', 'color:red', '', 'load', '95')
  console.log('100% of %s')
  console.log('%o', { a: 1 })
  expect(items.map((item) => (item as { msg?: string }).msg)).toEqual(['red load is 95%', '100% of %s', undefined])
  expect(items[0]).toMatchObject({ data: { console: { css: [[0, 'color:red'], [3, '']] } } })
  expect(items[2]).toMatchObject({ data: { a: 1 } })
})

test('groups are told by their depth, tables are lists, and data keeps its names', () => {
  const { console, items } = setUp()
  console.group('outer')
  console.log('in', { a: 1 })
  console.groupCollapsed('inner')
  console.warn({ b: 2 })
  console.log(['x'], 'y')
  console.error('e', new RangeError('far'))
  console.groupEnd()
  console.groupEnd()
  console.groupEnd()
  console.table([{ codec: 'opus' }])
  console.log('out')
  expect(items.map((item) => (item as { msg?: string }).msg)).toEqual(['outer', 'in', 'inner', undefined, undefined, 'e', 'table', 'out'])
  expect(items.map((item) => (item as { data?: object }).data)).toMatchObject([
    undefined, { a: 1, console: { group: 1 } }, { console: { group: 1 } }, { b: 2, console: { group: 2 } },
    { items: [['x'], 'y'], console: { group: 2 } }, { message: 'far' }, { items: [{ codec: 'opus' }] }, undefined,
  ])
  expect(items[6]).toMatchObject({ form: 'list' })
})

test('what the SDK prints itself is not kept twice', () => {
  const { T, lines, items } = setUp()
  new T('call').$log('once')
  expect([lines.length, items.length]).toEqual([1, 1])
})

test('a console that somebody wrapped before us, and that logs in turn, does not go round', () => {
  const { console, items } = setUp({ methods: ['warn'] })
  const before = console.warn
  const outer = vi.fn((...args: unknown[]) => before(...args))
  console.warn = outer
  console.warn('a')
  expect([outer.mock.calls.length, items.length]).toEqual([1, 1])
})

test('stop puts back what is still ours', async () => {
  const { console, lines, items, capture } = setUp()
  const mine = vi.fn()
  console.info = mine
  await capture.stop()
  console.log('a')
  console.info('b')
  expect(items).toEqual([])
  expect([lines, mine.mock.calls]).toEqual([[['log', 'a']], [['b']]])
})

test('arguments that throw reach nobody', () => {
  const { T, console } = setUp()
  const bad = { toString() { throw new Error('no') }, get a() { throw new Error('no') } }
  expect(() => console.log('%s %d', bad, bad)).not.toThrow()
  expect(T.$status().faults).toBe(0)
})

test('without a console there is nothing to do', () => {
  const T = createTracker({ console: undefined })
  expect(() => T.$use(captureConsole, {}).stop()).not.toThrow()
})
