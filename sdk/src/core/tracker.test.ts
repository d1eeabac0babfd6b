import { readFileSync } from 'node:fs'

import { describe, expect, test, vi } from 'vitest'

import { collect, type Collected } from '../testing/collect'
import { createVirtualTime } from '../testing/virtualTime'
import type { Environment } from './environment'
import type { Level } from './event'
import { fieldsJSON } from './line'
import type { Handle, Host } from './plugin'
import { createTracker, type Tracker } from './tracker'

/** A console that keeps what it was asked. */
const createConsole = () => {
  const lines: [string, ...unknown[]][] = []
  const methods = ['debug', 'log', 'info', 'warn', 'error', 'groupCollapsed', 'table', 'groupEnd'] as const
  const console = Object.fromEntries(methods.map((name) => [name, Function.prototype.bind.call((...args: unknown[]) => lines.push([name, ...args]), null)])) // so that they look native
  return { lines, console: console as unknown as Console }
}

const setUp = async (more: Partial<Environment> = {}) => {
  const time = createVirtualTime()
  const T = createTracker({ ...time.env, console: undefined, client: () => 'device-1', session: () => 'visit-1', page: () => '/desk', ...more })
  const { items, events } = T.$use(collect, {})
  await time.pass(1) // the early events are handed over
  return { T, time, items, events }
}

const last = (items: Collected[]): unknown => items[items.length - 1]

describe('an event', () => {
  test('has its number, time, level, label, form, context, text and data', async () => {
    const { T, items, time } = await setUp()
    new T('call').$log('ringing', { callId: 'c-1' })
    expect(items).toEqual([{
      seq: 1, time: expect.closeTo(time.now(), -1) as number, level: 'info', label: 'call', form: 'text',
      session: 'visit-1', device: 'device-1', page: '/desk', msg: 'ringing', data: { callId: 'c-1' },
    }])
  })

  test('has names that the server knows', () => {
    const vectors = JSON.parse(readFileSync('../event/testdata/wire.json', 'utf8')) as { name: string; want: Record<string, unknown> }[]
    const known = vectors.find(({ name }) => name === 'every field comes back')?.want ?? {}
    const every = Object.fromEntries(Object.keys(known).map((name) => [name, 'x']))
    const ours = Object.keys(JSON.parse(`{${fieldsJSON(every).slice(1)}}`) as object)
    expect(ours.length).toBeGreaterThan(20)
    expect(Object.keys(known)).toEqual(expect.arrayContaining([...ours, 'time', 'level', 'label', 'form', 'msg', 'data']))
  })

  test('has a level that the server knows', async () => {
    const vectors = JSON.parse(readFileSync('../event/testdata/levels.json', 'utf8')) as { in: string; level: string }[]
    const { T, items } = await setUp()
    T.$level('debug')
    for (const level of ['debug', 'info', 'notice', 'warn', 'error', 'fatal'] as Level[]) {
      new T('call').$log('x', undefined, level)
      expect(last(items)).toMatchObject({ level })
      expect(vectors).toContainEqual({ in: level, level })
    }
  })

  test('is what the arguments were at the time of the call', async () => {
    const { T, items } = await setUp()
    const state = { leg: 'ringing' }
    new T('call').$log('state', state)
    state.leg = 'gone'
    expect(last(items)).toMatchObject({ data: { leg: 'ringing' } })
  })

  test('takes fields of its own over the context, each name once', async () => {
    const { T, events } = await setUp()
    T.$context({ account: 'a', callId: 'c-1' })
    const t = new T({ label: 'call', staff: 7 })
    t.$context({ callId: 'c-2', session: 's' })
    t.$log('x', undefined, { callId: 'c-3', category: 'request', timeCost: 12.5, level: 'warn', traceId: 'abc', page: '/p' })
    expect(events[0]?.line.match(/"callId"/g)).toHaveLength(1)
    expect(JSON.parse(events[0]?.line ?? '')).toMatchObject({
      account: 'a', staff: '7', callId: 'c-3', session: 's', category: 'request', timeCost: 12.5, level: 'warn', traceId: 'abc', page: '/p',
    })
  })

  test('loses a value of the context that is taken away', async () => {
    const { T, items } = await setUp()
    T.$context({ account: 'a', user: 'u' })
    const t = new T('call')
    t.$log('x')
    T.$context({ account: null, user: '' })
    t.$log('y')
    expect(items[0]).toMatchObject({ account: 'a', user: 'u' })
    expect(items[1]).not.toHaveProperty('account')
    expect(items[1]).not.toHaveProperty('user')
  })

  test('of a call with the shape of console.log keeps every argument', async () => {
    const { T, items } = await setUp()
    const log = new T('call').$log as (...args: unknown[]) => void
    log('a', 1, 'two', [3])
    expect(last(items)).toMatchObject({ msg: 'a', data: { value: 1, more: ['two', [3]] } })
    log({ only: 'an object' })
    expect(last(items)).toMatchObject({ data: { only: 'an object' } })
    log()
    expect(last(items)).not.toHaveProperty('msg')
  })
})

describe('the six forms', () => {
  const error = Object.assign(new RangeError('too far'), { code: 'E_RANGE' })
  test.each<[string, (t: Tracker) => void, object]>([
    ['$log', (t) => t.$log('text', { a: 1 }), { form: 'text', level: 'info', msg: 'text', data: { a: 1 } }],
    ['$data', (t) => t.$data('seat', { id: 7 }), { form: 'data', level: 'info', msg: 'seat', data: { id: 7 } }],
    ['$tag', (t) => t.$tag('state', 'connected'), { form: 'tag', level: 'info', msg: 'state', data: { value: 'connected' } }],
    ['$list', (t) => t.$list('calls', [{ id: 1 }, { id: 2 }]), { form: 'list', level: 'info', msg: 'calls', data: { items: [{ id: 1 }, { id: 2 }] } }],
    ['$alarm', (t) => t.$alarm('no answer', { s: 30 }), { form: 'alarm', level: 'warn', msg: 'no answer', data: { s: 30 } }],
    ['$error', (t) => t.$error(error, { order: 7 }), {
      form: 'error', level: 'error', msg: 'RangeError: too far', errorMsg: 'too far', errorCode: 'E_RANGE',
      data: { name: 'RangeError', stack: expect.stringContaining('tracker.test') as string, order: 7 },
    }],
    ['$error with words', (t) => t.$error('cannot refresh', error), { form: 'error', msg: 'cannot refresh', errorMsg: 'too far', data: { name: 'RangeError' } }],
    ['$error without an error', (t) => t.$error('no ticket'), { form: 'error', msg: 'no ticket', errorMsg: 'no ticket' }],
  ])('%s', async (_, log, want) => {
    const { T, items } = await setUp()
    log(new T('call'))
    expect(last(items)).toMatchObject(want)
  })
})

describe('levels', () => {
  test('what no destination takes has no number', async () => {
    const { T, items } = await setUp()
    const t = new T('call')
    t.$log('a', undefined, 'debug')
    t.$log('b')
    expect(items).toEqual([expect.objectContaining({ seq: 1, msg: 'b' })])
  })

  test('what only the console takes is numbered, and declared to the others', async () => {
    const { console, lines } = createConsole()
    const { T, items } = await setUp({ console })
    const t = new T({ label: 'call', level: { console: 'debug', report: 'warn' } })
    t.$log('a')
    t.$log('b', undefined, 'warn')
    expect(items).toEqual([[1, 1, 'level'], expect.objectContaining({ seq: 2, msg: 'b' })])
    expect(lines.map(([name]) => name)).toEqual(['log', 'warn'])
  })

  test('an instance has its own, and what it does not say is the tracker\'s', async () => {
    const { T, items } = await setUp()
    const loud = new T({ label: 'loud', level: 'debug' })
    const silent = new T({ label: 'silent', level: 'off' })
    const same = new T({ label: 'same', level: { console: 'error' } })
    for (const t of [loud, silent, same]) t.$log(t.label, undefined, 'debug')
    silent.$error('even so')
    T.$level({ report: 'debug' })
    same.$log('now', undefined, 'debug')
    expect(items.map((item) => (item as { msg?: string }).msg)).toEqual(['loud', 'now'])
  })
})

describe('what was logged before there was a sink', () => {
  const early = () => {
    const time = createVirtualTime()
    const T = createTracker({ ...time.env, console: undefined })
    return { T, time, t: new T('boot') }
  }

  test('is handed over, in order, to all that come in the same breath', async () => {
    const { T, t } = early()
    t.$log('a')
    t.$log('b', undefined, 'debug')
    const report = T.$use((host: Host, options: object) => collect(host, options), {})
    const store = T.$use((host: Host) => collect(host, { destination: 'store' }), undefined)
    t.$log('c')
    expect(report.items).toEqual([expect.objectContaining({ msg: 'a' }), [2, 2, 'level'], expect.objectContaining({ msg: 'c' })])
    expect(store.items.map((item) => (item as { msg: string }).msg)).toEqual(['a', 'b', 'c'])
  })

  test('is bounded, and the rest is declared', async () => {
    const { T, t } = early()
    for (let i = 0; i < 5000; i++) t.$log('x'.repeat(100))
    const { items } = T.$use(collect, {})
    expect(items.length).toBeLessThan(1000)
    expect(last(items)).toEqual([items.length, 5000, 'quota'])
    t.$log('y')
    expect(last(items)).toMatchObject({ seq: 5001, msg: 'y' })
  })
})

describe('nothing reaches the host', () => {
  const throwing = { get length(): number { throw new Error('no') }, toString() { throw new Error('no') } }
  test.each<[string, unknown[]]>([
    ['an object without a string', [Object.create(null), Object.create(null)]],
    ['throwing toString', [throwing, throwing, throwing]],
    ['a symbol', [Symbol('a')]],
    ['a proxy that throws', [new Proxy({}, { get() { throw new Error('no') } })]],
    ['fields that throw', ['a', {}, { get callId() { throw new Error('no') } }]],
    ['a context value without a string', ['a', {}, { callId: Object.create(null) }]],
    ['no arguments', []],
  ])('%s', async (_, args) => {
    const { console } = createConsole()
    for (const callSites of [true, false]) {
      const { T } = await setUp({ console, callSites })
      const t = new T('call') as unknown as Record<string, (...args: unknown[]) => void>
      for (const form of ['$log', '$data', '$tag', '$list', '$alarm', '$error']) expect(() => t[form]?.(...args)).not.toThrow()
    }
  })

  test('a console that throws, a label that is none', async () => {
    const console = { log() { throw new Error('no') } } as unknown as Console
    const { T, items } = await setUp({ console, callSites: false })
    expect(() => new T(undefined as unknown as string).$log('a')).not.toThrow()
    expect(() => new T({} as never).$log('b')).not.toThrow()
    expect(items).toHaveLength(2)
  })

  test('a getter that logs gets a number of its own', async () => {
    const { T, items } = await setUp({ console: createConsole().console, callSites: true })
    const t = new T('call')
    t.$log('outer', { get inner() { t.$log('inner'); return 1 } })
    expect(items).toMatchObject([{ seq: 1, msg: 'inner' }, { seq: 2, msg: 'outer' }])
    expect(T.$status().faults).toBe(0)
  })
})

describe('the console', () => {
  const seen = async (log: (t: Tracker) => void, callSites: boolean, options: object = {}) => {
    const { console, lines } = createConsole()
    const { T } = await setUp({ console, callSites })
    log(new T({ label: '100%call', color: 'red', ...options }))
    return lines
  }

  test.each([true, false])('shows the label in colour, and the arguments as they came (native calls: %s)', async (callSites) => {
    const data = { a: 1 }
    const css = 'color:red;font-weight:bold'
    const error = new Error('bad')
    expect(await seen((t) => t.$log('50% off', data, { callId: 'c' }), callSites)).toEqual([['log', '%c100%%call%c', css, '', '50% off', data]])
    expect(await seen((t) => t.$log('x', data, 'debug'), callSites)).toEqual([['debug', '%c100%%call%c', css, '', 'x', data]])
    expect(await seen((t) => t.$error('x', error), callSites)).toEqual([['error', '%c100%%call%c', css, '', 'x', error]])
    expect(await seen((t) => t.$alarm('x'), callSites)).toEqual([['warn', '%c100%%call%c', css, '', '⚠', 'x']])
    expect(await seen((t) => t.$tag('5%', 7), callSites)).toEqual([['log', '%c100%%call%c %c5%%%c', css, '', expect.stringContaining('border'), '', 7]])
    expect((await seen((t) => t.$list('calls', [{ id: 1 }]), callSites)).map(([name]) => name)).toEqual(['groupCollapsed', 'table', 'groupEnd'])
    expect((await seen((t) => t.$list('names', ['a']), callSites))).toEqual([['log', '%c100%%call%c', css, '', 'names', ['a']]])
    expect(await seen((t) => t.$log('x'), callSites, { level: { console: 'warn' } })).toEqual([])
    expect(await seen((t) => t.$log('x', 1, 'warn'), callSites, { level: { console: 'warn' } })).toHaveLength(1)
  })
})

describe('plugins', () => {
  test('the same one again takes the place of the first', async () => {
    const { T, items } = await setUp()
    new T('call').$log('a')
    const second = T.$use(collect, {})
    new T('call').$log('b')
    expect(items).toHaveLength(1)
    expect(second.items).toEqual([expect.objectContaining({ seq: 1, msg: 'b' })]) // of a stream of its own
  })

  test('one that throws is reported, and the page goes on', async () => {
    const warn = vi.fn()
    const { T } = await setUp({ console: { log() {}, warn } as unknown as Console })
    const handle = T.$use((): Handle => { throw new Error('no') }, undefined)
    expect(handle.name).toBe('none')
    expect(T.$status()).toMatchObject({ faults: 1, warnings: ['a plugin could not be installed: Error: no'] })
    expect(warn).toHaveBeenCalledTimes(1)
  })

  test('a sink that throws takes nothing from the others', async () => {
    const { T, items } = await setUp()
    T.$use((host: Host) => {
      const no = (): never => { throw new Error('no') }
      return { name: 'bad', stop: host.sink({ destination: 'report', take: no, omit: no, closed: no }) }
    }, undefined)
    const second = T.$use((host: Host) => collect(host, {}), undefined)
    new T('call').$log('a')
    expect([items.length, second.items.length, T.$status().faults]).toEqual([1, 1, 1])
  })

  test('log with instances of their own, find each other by name, and are told the server\'s commands', async () => {
    const { T, items } = await setUp()
    const commands: unknown[] = []
    let host: Host | undefined
    const one = T.$use((given: Host) => {
      host = given
      return { name: 'one', stop() {}, command: (command: unknown) => { commands.push(command) }, pull: (message: unknown) => Promise.resolve({ message }) }
    }, undefined)
    T.$use(() => ({ name: 'two', stop() {}, command() { throw new Error('no') } }), undefined)
    host?.create({ label: 'socket', level: { console: 'off' } }).$log('open', undefined, { category: 'websocket' })
    expect(last(items)).toMatchObject({ label: 'socket', category: 'websocket' })
    expect(host?.handle('one')).toBe(one)
    expect(host?.handle('none')).toBeUndefined()
    host?.command({ level: 'debug' })
    expect(commands).toEqual([{ level: 'debug' }])
    expect(await T.$pull({ ticket: 't' })).toEqual({ message: { ticket: 't' } })
  })

  test('are all stopped by $stop, and nobody answers a pull then', async () => {
    const { T, items } = await setUp()
    const stop = vi.fn()
    T.$use(() => ({ name: 'one', stop }), undefined)
    await T.$stop()
    new T('call').$log('a')
    expect([stop.mock.calls.length, items.length, T.$status().plugins]).toEqual([1, 0, {}])
    expect(await T.$pull({})).toEqual({ error: 'no plugin answers pulls' })
  })

  test('status and flush ask each of them', async () => {
    const { T } = await setUp()
    T.$use(() => ({ name: 'one', stop() {}, flush: () => Promise.resolve(false), status: () => ({ ok: 1 }) }), undefined)
    expect(await T.$flush()).toBe(false)
    new T('call').$log('a')
    expect(T.$status()).toMatchObject({ logged: 1, faults: 0, stream: expect.stringMatching(/^20261120/) as string, plugins: { collect: {}, one: { ok: 1 } } })
  })
})
