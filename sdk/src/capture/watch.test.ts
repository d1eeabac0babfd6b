import { expect, test } from 'vitest'

import type { Host } from '../core/plugin'
import { capturing } from '../testing/capturing'
import { createWatch, type Capture, type CaptureOptions, type Watch } from './watch'

const setUp = (options: CaptureOptions = {}, window: object = new EventTarget()) => {
  let watch: Watch | undefined
  const run = capturing((host: Host) => {
    watch = createWatch(host, 'page', options)
    return watch.handle<Capture>('test')
  }, {}, window)
  return { ...run, watch: watch as Watch }
}

test('what comes too thick is left out, counted, and told of when it is over', async () => {
  const { watch, msgs, told, time, capture } = setUp({ rate: { perSecond: 2, burst: 3 } })
  for (let i = 0; i < 10; i++) watch.log('$log', `event ${i}`)
  expect(msgs()).toEqual(['event 0', 'event 1', 'event 2'])
  await time.pass(1000)
  expect(told[3]).toMatchObject({ msg: '7 events of page left out', level: 'warn', category: 'page', data: { leftOut: 7 } })
  watch.log('$log', 'event 10')
  expect(capture.status()).toEqual({ kept: 5, leftOut: 7, faults: 0 })
})

test('what was left out is told of at the stop at the latest', () => {
  const { watch, msgs, capture } = setUp({ rate: { perSecond: 1, burst: 1 } })
  watch.log('$log', 'a')
  watch.log('$log', 'b')
  capture.stop()
  expect(msgs()).toEqual(['a', '1 events of page left out'])
})

test('a wrapped function looks like the one before it, and is put back', () => {
  const scope = { add(a: number, b: number) { return a + b } }
  const before = scope.add
  const { watch, capture } = setUp()
  const seen: unknown[] = []
  watch.wrap(scope, 'add', (args) => {
    seen.push([...args])
    args[1] = 10
    return (result) => Number(result) * 2
  })
  expect([scope.add.name, scope.add.length, scope.add(1, 2), seen]).toEqual(['add', 2, 22, [[1, 2]]])
  capture.stop()
  expect(scope.add).toBe(before)
})

test('an inherited function is not left behind as an own one', () => {
  class Parent { name() { return 'parent' } }
  const child = new Parent()
  const { watch, capture } = setUp()
  watch.wrap(child, 'name', () => {})
  expect(Object.hasOwn(child, 'name')).toBe(true)
  capture.stop()
  expect([Object.hasOwn(child, 'name'), child.name()]).toEqual([false, 'parent'])
})

test('where another SDK wrapped after us, it keeps its place, and we pass on what comes', () => {
  const scope = { add: (a: number, b: number) => a + b }
  const { watch, capture } = setUp()
  let seen = 0
  watch.wrap(scope, 'add', () => { seen++ })
  const ours = scope.add
  const theirs = (a: number, b: number): number => ours(a, b) + 100
  scope.add = theirs
  expect([scope.add(1, 2), seen]).toEqual([103, 1])
  capture.stop()
  expect([scope.add, scope.add(1, 2), seen]).toEqual([theirs, 103, 1])
})

test('a constructor keeps its class, statics and instances', () => {
  class Socket { static readonly OPEN = 1; constructor(readonly url: string) {} }
  const scope = { Socket }
  const { watch } = setUp()
  const made: unknown[] = []
  watch.wrap(scope, 'Socket', ([url]) => (result) => { made.push([url, result]) })
  class Mine extends scope.Socket {}
  const one = new scope.Socket('a')
  const two = new Mine('b')
  expect([one instanceof Socket, two instanceof Mine, two instanceof Socket, scope.Socket.OPEN, one.url]).toEqual([true, true, true, 1, 'a'])
  expect(made).toEqual([['a', one], ['b', two]])
})

test('hooks that break change nothing for the page; what the page\'s own function throws, it gets', () => {
  const scope = { add: (a: number) => a, fail() { throw new RangeError('theirs') } }
  const { watch, capture } = setUp()
  watch.wrap(scope, 'add', (args) => {
    args[0] = 5
    throw new Error('ours')
  })
  watch.wrap(scope, 'fail', () => () => {})
  expect(scope.add(1)).toBe(1)
  expect(() => scope.fail()).toThrow('theirs')
  expect(capture.status().faults).toBe(1)
})

test('listeners that break, or reject, reach nobody, and are gone after the stop', async () => {
  const { watch, capture } = setUp()
  const target = new EventTarget()
  let heard = 0
  watch.listen(target, 'a b', () => {
    heard++
    throw new Error('ours')
  })
  watch.listen(target, 'c', async () => { throw new Error('ours') })
  for (const type of ['a', 'b', 'c']) target.dispatchEvent(new Event(type))
  await Promise.resolve()
  expect([heard, capture.status().faults]).toEqual([2, 3])
  capture.stop()
  target.dispatchEvent(new Event('a'))
  expect(heard).toBe(2)
})

test('an object that is frozen is left alone', () => {
  const scope = Object.freeze({ add: (a: number) => a })
  const { watch, capture } = setUp()
  expect(() => watch.wrap(scope, 'add', () => {})).not.toThrow()
  expect(() => capture.stop()).not.toThrow()
  expect(scope.add(1)).toBe(1)
})

test('what is told again and again ends with the stop', async () => {
  const { watch, capture, time } = setUp()
  let turns = 0
  watch.every(100, () => { turns++ })
  await time.pass(350)
  capture.stop()
  await time.pass(1000)
  expect(turns).toBe(3)
})
