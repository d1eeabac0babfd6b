import { gzipSync } from 'node:zlib'

import { describe, expect, test, vi } from 'vitest'

import type { Environment } from '../core/environment'
import { systemEnvironment } from '../core/environment'
import { createTracker } from '../core/tracker'
import { createTrackServer } from '../testing/trackServer'
import { createVirtualTime, seeded } from '../testing/virtualTime'
import { logReport, type ReportOptions } from './logReport'
import { trackURL } from './transport'

const setUp = (options: Partial<ReportOptions> = {}, more: Partial<Environment> = {}) => {
  const time = createVirtualTime()
  const server = createTrackServer(time.now)
  const window = new EventTarget()
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const T = createTracker({
    ...time.env, fetch: server.fetch, gzip: undefined, console: undefined, window, document,
    client: () => 'device-1', session: () => 'visit-1', page: () => '/desk', ...more,
  })
  const report = T.$use(logReport, { endpoint: 'https://logs.test/', app: 'phone', key: 'pk_1', ...options })
  const t = new T('call')
  const hide = (): void => {
    document.visibilityState = 'hidden'
    document.dispatchEvent(new Event('visibilitychange'))
  }
  const pagehide = (persisted = false): void => {
    window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted }))
  }
  const texts = (): unknown[] => [...server.streams.values()].flatMap(({ events }) => [...events.values()].map(({ msg }) => msg))
  return { T, t, time, server, report, window, document, hide, pagehide, texts }
}

describe('a request', () => {
  test('is simple, so that the browser asks no permission first', async () => {
    const { t, time, server } = setUp()
    t.$log('a')
    await time.pass(1000)
    const { url, init } = server.requests[0] ?? { url: '', init: {} }
    expect(url).toBe('https://logs.test/v1/track?v=1')
    expect(init).toMatchObject({ method: 'POST', headers: { 'content-type': 'text/plain;charset=UTF-8' }, credentials: 'omit' })
  })

  test('has the envelope in its first line, and an event in each other', async () => {
    const { T, t, time, server } = setUp({ release: '1.2.3', env: 'prod' })
    t.$log('a')
    t.$log('b')
    await time.pass(1000)
    const { stream } = T.$status()
    expect(server.requests[0]?.envelope).toEqual({
      app: 'phone', key: 'pk_1', client: 'device-1', stream, from: 1, to: 2,
      sentAt: expect.closeTo(time.now(), -1) as number, sdk: 'clewline-js/0.1.0',
    })
    expect(server.requests[0]?.lines).toMatchObject([{ seq: 1, msg: 'a', release: '1.2.3', env: 'prod' }, { seq: 2, msg: 'b' }])
  })

  test('echoes the offset that the server measured on the first', async () => {
    const { t, time, server, report } = setUp()
    server.reply = { offset: 3_600_000.25 }
    t.$log('a')
    await time.pass(1000)
    server.reply = { offset: 7 }
    t.$log('b')
    await time.pass(1000)
    t.$log('c')
    await time.pass(1000)
    expect(server.requests.map(({ envelope }) => envelope['offset'])).toEqual([undefined, 3_600_000.25, 3_600_000.25])
    expect(report.status().offset).toBe(3_600_000.25)
  })

  test('is zipped where that is worth it', async () => {
    const { t, time, server } = setUp({}, { gzip: systemEnvironment().gzip })
    t.$log('a')
    await time.pass(1000)
    t.$log('b', { text: 'long '.repeat(1000) })
    await time.pass(1000)
    await vi.waitFor(async () => {
      await time.pass(1)
      expect(server.requests).toHaveLength(2)
    })
    expect(server.requests.map(({ url }) => url.split('?')[1])).toEqual(['v=1', 'v=1&enc=gzip'])
    expect(server.requests[1]?.lines).toMatchObject([{ seq: 2, msg: 'b' }])
    expect((server.requests[1]?.init.body as Uint8Array | undefined)?.length).toBeLessThan(1000)
  })

  test('goes plain where gzip fails', async () => {
    const { t, time, texts } = setUp({}, { gzip: () => Promise.reject(new Error('no')) })
    t.$log('x'.repeat(3000))
    await time.pass(1000)
    expect(texts()).toHaveLength(1)
  })

  test.each([
    ['https://logs.test', 'https://logs.test/v1/track?v=1'],
    ['https://logs.test/a/', 'https://logs.test/a/v1/track?v=1'],
    ['/logs', '/logs/v1/track?v=1'],
    ['https://logs.test/v1/track', 'https://logs.test/v1/track?v=1'],
    ['', '/v1/track?v=1'],
  ])('to %s goes to %s', (endpoint, url) => expect(trackURL(endpoint)).toBe(url))
})

describe('an event leaves', () => {
  test('within a second', async () => {
    const { t, time, server } = setUp()
    t.$log('a')
    await time.pass(999)
    expect(server.requests).toHaveLength(0)
    t.$log('b')
    await time.pass(1)
    expect(server.requests.map(({ lines }) => lines.length)).toEqual([2])
  })

  test('at once with 48 KB of others', async () => {
    const { t, time, server } = setUp()
    for (let i = 0; i < 8; i++) t.$log('x'.repeat(7000))
    await time.pass(1)
    expect(server.requests).toHaveLength(1)
  })

  test('at once with what makes 48 KB as the last was zipped, or eight times as much', async () => {
    const { t, time, server } = setUp({}, { gzip: async (bytes) => new Uint8Array(gzipSync(bytes)) })
    const chance = seeded(1)
    const log = async (count: number, text: () => string): Promise<number> => {
      for (let i = 0; i < count; i++) t.$log(text())
      await time.pass(1)
      return server.requests.length
    }
    const hex = (): string => Array.from({ length: 7000 }, () => Math.floor(chance() * 16).toString(16)).join('') // two to one
    expect([await log(8, hex), await log(8, hex), await log(8, hex)]).toEqual([1, 1, 2])
    const dull = (): string => 'x'.repeat(7000)
    expect(await log(20, dull)).toBe(3)
    expect([await log(50, dull), await log(10, dull)]).toEqual([3, 4])
  })

  test('at once if it is an alarm or an error, but storms of them are gathered', async () => {
    const { t, time, server } = setUp()
    t.$alarm('a')
    await time.pass(0)
    expect(server.requests).toHaveLength(1)
    for (let i = 0; i < 100; i++) {
      t.$error('b')
      await time.pass(10)
    }
    expect(server.requests.length).toBeGreaterThanOrEqual(5)
    expect(server.requests.length).toBeLessThanOrEqual(7)
  })

  test('not while nothing happens: an idle page asks for nothing', async () => {
    const { t, time, server } = setUp()
    t.$log('a')
    await time.pass(3_600_000)
    expect(server.requests).toHaveLength(1)
  })
})

describe('a failure', () => {
  test('is tried again at growing distances, for ever', async () => {
    const { t, time, server, report, texts } = setUp()
    server.fault = () => 'loseRequest'
    t.$log('a')
    await time.pass(3_600_000)
    const first = server.requests.length
    await time.pass(24 * 3_600_000)
    const day = server.requests.length - first
    expect(first).toBeGreaterThan(10)
    expect(first).toBeLessThan(60)
    expect(day).toBeGreaterThan(24 * 60 / 5) // the most is five minutes
    expect(day).toBeLessThan(24 * 60)
    expect(report.status()).toMatchObject({ buffered: 1, failures: server.requests.length, lastError: expect.stringContaining('Failed to fetch') as string, retryIn: expect.any(Number) as number })
    server.fault = undefined
    await time.pass(300_000)
    expect(texts()).toEqual(['a'])
    expect(report.status()).toMatchObject({ buffered: 0, failures: 0, retryIn: undefined, lastError: undefined })
  })

  test('with Retry-After is tried again after it', async () => {
    const { t, time, server } = setUp()
    server.fault = () => 429 // with Retry-After: 2
    t.$log('a')
    await time.pass(1000)
    await time.pass(1999)
    expect(server.requests).toHaveLength(1)
    await time.pass(1001)
    expect(server.requests).toHaveLength(2)
  })

  test('of the key or the origin waits long, and is told once in the console', async () => {
    const warn = vi.fn()
    const { t, time, server, report, window } = setUp({}, { console: { log() {}, warn } as unknown as Console })
    server.fault = () => 401
    t.$log('a')
    await time.pass(25_000)
    window.dispatchEvent(new Event('online'))
    await time.pass(4000)
    expect(server.requests).toHaveLength(1)
    expect(report.status()).toMatchObject({ refused: true, buffered: 1 })
    await time.pass(3_600_000)
    expect(server.requests.length).toBeGreaterThan(3)
    expect(server.requests.length).toBeLessThan(10)
    expect(warn).toHaveBeenCalledTimes(1)
    expect(await report.flush()).toBe(false)
    server.fault = undefined
    await time.pass(900_000)
    expect(report.status()).toMatchObject({ refused: false, buffered: 0 })
  })

  test('ends sooner when the network is back', async () => {
    const { t, time, server, window, texts } = setUp()
    server.fault = () => 'loseRequest'
    t.$log('a')
    await time.pass(3_600_000)
    server.fault = undefined
    window.dispatchEvent(new Event('online'))
    await time.pass(1)
    expect(texts()).toEqual(['a'])
  })

  test('to answer is one after 20 s', async () => {
    const { t, time, server, report } = setUp()
    server.fault = () => 'stall'
    t.$log('a')
    await time.pass(20_999)
    expect(report.status()).toMatchObject({ sending: true, failures: 0 })
    await time.pass(1)
    expect(report.status()).toMatchObject({ failures: 1, lastError: 'no answer within 20 s' })
  })

  test('of fetch itself does not reach the host', async () => {
    const { t, time, report } = setUp({}, { fetch: () => { throw new Error('blocked') } })
    expect(() => t.$error('a')).not.toThrow()
    await time.pass(10)
    expect(report.status()).toMatchObject({ buffered: 1, lastError: 'Error: blocked' })
  })
})

describe('the server\'s wishes', () => {
  test('wait is honoured', async () => {
    const { t, time, server } = setUp()
    server.reply = { wait: 30_000 }
    t.$log('a')
    await time.pass(1000)
    t.$error('b')
    await time.pass(29_000)
    expect(server.requests).toHaveLength(1)
    await time.pass(1000)
    expect(server.requests).toHaveLength(2)
  })

  test('413 halves the batch until it fits, and grows back slowly', async () => {
    const { t, time, server, report } = setUp()
    server.mostBytes = 8000
    for (let i = 0; i < 40; i++) t.$log(`${i}${'x'.repeat(800)}`)
    await time.pass(60_000)
    expect(report.status()).toMatchObject({ buffered: 0, dropped: 0 })
    expect(server.requests.filter(({ body }) => body.length > 8000).length).toBeLessThan(8)
  })

  test('413 for one event alone declares it omitted, and the others go on', async () => {
    const { t, time, server, report } = setUp()
    server.mostBytes = 2000
    t.$log('a')
    t.$log('x'.repeat(5000))
    t.$log('b')
    await time.pass(60_000)
    const [stream] = server.streams.values()
    expect(report.status()).toMatchObject({ buffered: 0, dropped: 1 })
    expect([...(stream?.events.keys() ?? [])]).toEqual([1, 3])
    expect(stream?.omitted).toContainEqual({ from: 2, to: 2, reason: 'quota' })
  })
})

describe('bounds', () => {
  test('what does not fit into memory is dropped from the oldest on, and declared', async () => {
    const { t, time, server, report } = setUp({ maxEvents: 3 })
    server.fault = () => 'loseRequest'
    for (let i = 1; i <= 10; i++) t.$log(`${i}`)
    expect(report.status()).toMatchObject({ buffered: 3, dropped: 7 })
    server.fault = undefined
    await time.pass(2000)
    const [stream] = server.streams.values()
    expect([...(stream?.events.keys() ?? [])]).toEqual([8, 9, 10])
    expect(stream?.omitted).toEqual([{ from: 1, to: 7, reason: 'quota' }])
  })

  test('maxBytes bounds it too', () => {
    const { t, report } = setUp({ maxBytes: 20_000 })
    for (let i = 0; i < 100; i++) t.$log('x'.repeat(1000))
    expect(report.status().characters).toBeLessThanOrEqual(20_000)
    expect(report.status().buffered).toBeGreaterThan(10)
  })

  test('a loop that logs without end is cut to the rate, and declared', async () => {
    const { t, time, server } = setUp({ rate: { perSecond: 10, burst: 20 } })
    for (let i = 0; i < 1000; i++) t.$log('again')
    t.$log('x')
    await time.pass(1000)
    t.$log('later')
    await time.pass(1000)
    const [stream] = server.streams.values()
    expect([...(stream?.events.keys() ?? [])].length).toBe(21)
    expect(stream?.omitted).toEqual([{ from: 21, to: 1001, reason: 'rate' }])
  })
})

describe('flush', () => {
  test('resolves when all has arrived, omissions too', async () => {
    const { T, t, time, server, report } = setUp()
    await time.pass(1)
    T.$level({ console: 'debug', report: 'warn' })
    t.$error('a')
    t.$error('b')
    const flushed = report.flush()
    await time.pass(1)
    expect(await flushed).toBe(true)
    expect(server.streams.size).toBe(1)
    expect(await report.flush()).toBe(true)
    expect(server.requests).toHaveLength(1)
  })

  test('resolves to false when an attempt fails, and goes on trying', async () => {
    const { t, time, server, report, texts } = setUp()
    server.fault = () => 500
    t.$log('a')
    const flushed = report.flush()
    await time.pass(1)
    expect(await flushed).toBe(false)
    server.fault = undefined
    const again = report.flush()
    await time.pass(1)
    expect([await again, texts()]).toEqual([true, ['a']])
  })
})

describe('a page that goes', () => {
  test('sends what it has when it is hidden, so that it outlives the page', async () => {
    const { t, time, server, hide } = setUp()
    t.$log('a')
    hide()
    expect(server.requests).toHaveLength(0) // fetch was called, the body is read by the server
    await time.pass(0)
    expect(server.requests.map(({ init, lines }) => [init.keepalive, lines.length])).toEqual([[true, 1]])
  })

  test('closes its stream when it goes for good', async () => {
    const { t, time, server, pagehide } = setUp()
    t.$log('a')
    pagehide()
    await time.pass(0)
    expect(server.requests[0]).toMatchObject({ init: { keepalive: true }, envelope: { from: 1, to: 1, closed: { at: 1, by: 'self' } } })
  })

  test('tells the end also when everything had arrived', async () => {
    const { t, time, server, pagehide } = setUp()
    t.$log('a')
    await time.pass(1000)
    pagehide()
    await time.pass(0)
    expect(server.requests[1]?.envelope).toMatchObject({ from: 1, to: 1, closed: { at: 1, by: 'self' } })
    expect(server.complaints).toEqual([])
  })

  test('does not close it when it may come back', async () => {
    const { t, time, server, window, pagehide, texts } = setUp()
    t.$log('a')
    pagehide(true)
    await time.pass(0)
    expect(server.requests[0]?.envelope).not.toHaveProperty('closed')
    window.dispatchEvent(new Event('pageshow'))
    t.$log('b')
    await time.pass(1000)
    expect([server.streams.size, texts()]).toEqual([1, ['a', 'b']])
  })

  test('sends the request that dies with it once more', async () => {
    const { t, time, server, pagehide, texts } = setUp()
    server.fault = () => 'stall'
    t.$log('a')
    await time.pass(1000)
    server.fault = undefined
    pagehide()
    await time.pass(0)
    expect(server.requests[0]?.init.signal?.aborted).toBe(true)
    expect(texts()).toEqual(['a'])
  })

  test('does not send again what outlives it already', async () => {
    const { t, time, server, hide, pagehide, texts } = setUp()
    t.$log('a')
    hide()
    t.$log('b')
    pagehide()
    await time.pass(0)
    expect(server.requests.map(({ envelope }) => [envelope['from'], envelope['to']])).toEqual([[1, 1], [2, 2]])
    expect(texts()).toEqual(['a', 'b'])
  })

  test('keeps within the budget, and declares what does not fit', async () => {
    const { t, time, server, pagehide, report } = setUp()
    for (let i = 0; i < 40; i++) t.$log(`${i}${'字'.repeat(1000)}`)
    pagehide()
    await time.pass(0)
    const [request] = server.requests
    const size = (request?.init.body as Uint8Array | undefined)?.length
    expect(size).toBeLessThan(60_000)
    expect(size).toBeGreaterThan(50_000)
    expect(request?.envelope).toMatchObject({ from: 1, to: 40, closed: { at: 40 }, omitted: [[1, report.status().dropped, 'quota']] })
    expect(server.complaints).toEqual([])
  })

  test('shares one budget with all that it sent', async () => {
    const { t, time, server, hide, report } = setUp()
    server.fault = () => 'stall'
    for (let i = 0; i < 60; i++) t.$log(`${i}${'x'.repeat(990)}`)
    hide()
    await time.pass(0)
    const sizes = server.requests.filter(({ init }) => init.keepalive).map(({ init }) => (init.body as Uint8Array).length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000)
    await time.pass(30_000)
    server.fault = undefined
    await time.pass(300_000)
    expect(report.status().buffered).toBe(0)
  })
})

test('stop delivers what there is, tells the end, and listens no longer', async () => {
  const { t, time, server, report, hide, texts } = setUp()
  t.$log('a')
  const stopped = report.stop()
  await time.pass(1)
  expect(await stopped).toBe(true)
  t.$log('b')
  hide()
  await time.pass(5000)
  expect(texts()).toEqual(['a'])
  expect([...server.streams.values()].map(({ closedAt }) => closedAt)).toEqual([1])
})

test('two that follow one another both deliver', async () => {
  const { T, t, time, server, texts } = setUp()
  t.$log('a')
  T.$use(logReport, { endpoint: 'https://logs.test', app: 'phone', key: 'pk_2' })
  t.$log('b')
  await time.pass(5000)
  expect(texts()).toEqual(['a', 'b'])
  expect(server.streams.size).toBe(2)
  expect(server.complaints).toEqual([])
})
