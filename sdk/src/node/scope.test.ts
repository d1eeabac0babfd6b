import { EventEmitter } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

import { describe, expect, test } from 'vitest'

import type { LogEvent } from '../core/event'
import type { Host } from '../core/plugin'
import { createTracker } from '../core/tracker'
import { currentScope, run, type Scope } from './scope'
import { fromTraceparent, traceparent } from './traceparent'

const setUp = () => {
  const events: LogEvent[] = []
  const T = createTracker({ console: undefined })
  T.$use((host: Host) => {
    const stop = host.sink({ destination: 'report', take: (event) => events.push(event), omit() {} })
    return { name: 'collect', stop }
  }, undefined)
  const logged = (): Record<string, unknown>[] => events.map(({ line }) => JSON.parse(line) as Record<string, unknown>)
  return { T, t: new T('request'), logged }
}

test('every event inside has the fields: across awaits, timers, promises and emitters', async () => {
  const { t, logged } = setUp()
  const emitter = new EventEmitter()
  await Promise.all(['a', 'b', 'c'].map((callId, i) => run({ callId, account: 'acme' }, async () => {
    t.$log('begins')
    await wait(i)
    t.$log('after a timer')
    await new Promise<void>((resolve) => { setImmediate(() => { t.$log('in a callback'); resolve() }) })
    queueMicrotask(() => t.$log('in a microtask'))
    emitter.once(callId, () => t.$log('in a listener'))
    emitter.emit(callId)
    await Promise.resolve()
    t.$log('in a call', { n: 1 }, { errorCode: 'X' })
  })))
  t.$log('outside')
  for (const callId of ['a', 'b', 'c']) {
    const mine = logged().filter((event) => event['callId'] === callId)
    expect(mine.map(({ msg }) => msg)).toEqual(['begins', 'after a timer', 'in a callback', 'in a listener', 'in a microtask', 'in a call'])
    for (const event of mine) expect(event).toMatchObject({ account: 'acme' })
  }
  expect(logged().find(({ msg }) => msg === 'outside')).not.toHaveProperty('callId')
})

test('a run inside of a run adds to its fields, and an event\'s own fields win over all', () => {
  const { T, logged } = setUp()
  T.$context({ account: 'common', staff: '1' })
  const t = new T({ label: 'x', number: '100', account: 'instance' })
  run({ account: 'outer', callId: 'c-1' }, () => {
    run({ callId: 'c-2', traceId: 'f'.repeat(32) }, () => {
      t.$log('inner')
      t.$log('own', undefined, { callId: 'c-3' })
    })
    t.$log('outer')
  })
  expect(logged().map(({ account, staff, number, callId, traceId }) => ({ account, staff, number, callId, traceId }))).toEqual([
    { account: 'outer', staff: '1', number: '100', callId: 'c-2', traceId: 'f'.repeat(32) },
    { account: 'outer', staff: '1', number: '100', callId: 'c-3', traceId: 'f'.repeat(32) },
    { account: 'outer', staff: '1', number: '100', callId: 'c-1', traceId: undefined },
  ])
})

test('what is run gives back and throws as if nobody stood between, and the scope may change afterwards', () => {
  const { t, logged } = setUp()
  const scope: Scope = { callId: 'c-1' }
  expect(run(scope, () => {
    scope.callId = 'changed'
    t.$log('a')
    return 7
  })).toBe(7)
  expect(() => run({}, () => { throw new Error('mine') })).toThrow('mine')
  const broken = Object.defineProperty({}, 'callId', { enumerable: true, get() { throw new Error('getter') } })
  expect(run(broken, () => 8)).toBe(8)
  expect(run(null as unknown as Scope, () => 9)).toBe(9)
  expect(logged()[0]).toMatchObject({ callId: 'c-1' })
  expect(currentScope()).toEqual({})
})

test('context that changes meanwhile is seen inside', () => {
  const { T, t, logged } = setUp()
  run({ callId: 'c' }, () => {
    t.$log('before')
    T.$context({ staff: '7' })
    t.$log('after')
  })
  expect(logged().map(({ staff }) => staff)).toEqual([undefined, '7'])
})

describe('traceparent', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const span = 'b7ad6b7169203331'

  test.each([
    ['00', '01', true], ['00', '00', false], ['00', '03', true], ['cc', '01', true],
  ])('version %s with flags %s joins the trace of the caller', (version, flags, sampled) => {
    const scope = fromTraceparent(`${version}-${trace}-${span}-${flags}`)
    expect(scope).toEqual({ traceId: trace, childOf: span, spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string, sampled })
    expect(scope.spanId).not.toBe(span)
    expect(traceparent(scope)).toBe(`00-${trace}-${scope.spanId}-0${Number(sampled)}`)
  })

  test.each<[string, string | string[] | undefined]>([
    ['none', undefined], ['two', ['a', 'b']], ['an empty one', ''],
    ['version ff', `ff-${trace}-${span}-01`], ['a longer version 00', `00-${trace}-${span}-01-more`],
    ['an all-zero trace', `00-${'0'.repeat(32)}-${span}-01`], ['an all-zero span', `00-${trace}-${'0'.repeat(16)}-01`],
    ['capital letters', `00-${trace.toUpperCase()}-${span}-01`], ['something else', 'Bearer token'],
  ])('%s begins a new trace', (_, header) => {
    const scope = fromTraceparent(header)
    expect(scope).toEqual({ traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string, spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string, sampled: true })
    expect(scope.traceId).not.toBe(trace)
  })

  test('of the work under way goes out, in the form that the header wants', () => {
    expect(traceparent()).toBeUndefined()
    run({ traceId: '0AF76519-16CD-43DD-8448-EB211C80319C', spanId: span }, () => expect(traceparent()).toBe(`00-${trace}-${span}-01`))
    expect(traceparent({ traceId: trace })).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`))
    expect(traceparent({ traceId: 'logid-17' })).toBeUndefined()
  })
})
