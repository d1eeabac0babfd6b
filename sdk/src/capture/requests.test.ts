import { expect, test, vi } from 'vitest'

import { logReport } from '../log-report'
import { capturing } from '../testing/capturing'
import { requests, type RequestOptions } from './requests'

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })

/** A request of XMLHttpRequest that the test answers. */
class FakeXHR extends EventTarget {
  sent: unknown
  headers: Record<string, string> = {}
  status = 0
  responseType = ''
  responseText = ''
  response: unknown
  answers: Record<string, string> = {}
  open(_method: string, _url: string): void {}
  setRequestHeader(name: string, value: string): void { this.headers[name] = value }
  getResponseHeader(name: string): string | null { return this.answers[name] ?? null }
  send(body?: unknown): void { this.sent = body }
  end(how: string, status = 200, text = '', type = 'application/json'): void {
    Object.assign(this, { status, responseText: text, answers: { 'content-type': type } })
    this.dispatchEvent(new Event(how))
  }
}

const setUp = (options: RequestOptions = {}, answer: (url: string, init?: RequestInit) => Promise<Response> | Response = () => json({})) => {
  const window = new EventTarget() as EventTarget & Record<string, unknown>
  const fetched: [unknown, RequestInit | undefined][] = []
  const fetch = vi.fn(async (input: unknown, init?: RequestInit) => {
    fetched.push([input, init])
    return answer(input instanceof Request ? input.url : String(input), init)
  })
  const beacons: unknown[] = []
  Object.assign(window, {
    location: new URL('https://app.test/desk?secret=1'), fetch, XMLHttpRequest: class extends FakeXHR {},
    navigator: { sendBeacon: (...args: unknown[]) => beacons.push(args) > 0 },
  })
  const run = capturing(requests, options, window)
  return { ...run, window: window as unknown as Window & typeof globalThis, fetched, native: fetch, headersOf: (at = 0) => new Headers(fetched[at]?.[1]?.headers) }
}

/** Lets what waits for bodies come to its end. */
const settle = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 5) })

test('a request is told by method, path, status and latency, in the fields that searches know', async () => {
  const { window, told, time } = setUp({}, async () => {
    await time.pass(120)
    return json({ ok: 1 }, 200, { 'content-length': '8' })
  })
  await window.fetch('/call/mute?ticket=tk-55e1&on=1#x', { method: 'post', body: 'abc' })
  expect(told).toHaveLength(1)
  expect(told[0]).toMatchObject({
    category: 'request', label: 'request', level: 'info', form: 'text', msg: 'POST /call/mute → 200', httpPath: '/call/mute', timeCost: 120,
    traceId: expect.stringMatching(/^[\da-f]{32}$/) as string, spanId: expect.stringMatching(/^[\da-f]{16}$/) as string,
    data: { method: 'POST', status: 200, by: 'fetch', query: 'ticket on', sentBytes: 3, bytes: 8, type: 'application/json' },
  })
  expect(JSON.stringify(told)).not.toMatch(/tk-55e1|secret/)
})

test('a failed answer is an error with the code that it gives, and nothing else of its body', async () => {
  const { window, told } = setUp({}, () => json({ code: 'TICKET_EXPIRED', message: 'the ticket of Anna is old' }, 401))
  const response = await window.fetch('/call/hold', { method: 'POST' })
  expect(await response.json()).toEqual({ code: 'TICKET_EXPIRED', message: 'the ticket of Anna is old' })
  await settle()
  expect(told[0]).toMatchObject({ level: 'error', form: 'error', msg: 'POST /call/hold → 401 TICKET_EXPIRED', errorCode: 'TICKET_EXPIRED', errorMsg: 'the server answered 401' })
  expect(JSON.stringify(told)).not.toContain('Anna')
})

test.each([
  ['{"error":{"message":"no","code":"QUOTA_EXCEEDED"}}', 'QUOTA_EXCEEDED'],
  ['{"errorCode":-32601}', '-32601'],
  ['{"code":"what she said"}', 'HTTP_500'],
  ['<html>', 'HTTP_500'],
])('the code of %s is %s', async (body, code) => {
  const { window, last } = setUp({}, () => new Response(body, { status: 500, headers: { 'content-type': 'application/json' } }))
  await window.fetch('/a')
  await settle()
  expect(last()['errorCode']).toBe(code)
})

test('a request without an answer is an error, one that the page gave up is not', async () => {
  const { window, told } = setUp({}, (_, init) => {
    init?.signal?.throwIfAborted()
    throw new TypeError('Failed to fetch')
  })
  await expect(window.fetch('/a')).rejects.toThrow('Failed to fetch')
  await expect(window.fetch('/b', { signal: AbortSignal.abort() })).rejects.toThrow()
  await expect(window.fetch('/c', { signal: AbortSignal.abort(new DOMException('late', 'TimeoutError')) })).rejects.toThrow()
  expect(told.map(({ msg, errorCode, level }) => [msg, errorCode, level])).toEqual([
    ['GET /a → no answer NETWORK_ERROR', 'NETWORK_ERROR', 'error'], ['GET /b → aborted', undefined, 'info'], ['GET /c → no answer TIMEOUT', 'TIMEOUT', 'error'],
  ])
})

test('a rejection that the page does not handle is still unhandled', async () => {
  const { window } = setUp({}, () => { throw new TypeError('Failed to fetch') })
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  void window.fetch('/a')
  await settle()
  process.removeAllListeners('unhandledRejection')
  expect(unhandled).toHaveBeenCalledTimes(1)
})

test('the page\'s own origin and those that are named get a traceparent; nobody else learns it', async () => {
  const { window, told, headersOf } = setUp({ traceTo: ['https://api.test/v1/'] })
  await window.fetch('/a', { headers: { 'x-a': '1' } })
  await window.fetch(new URL('https://api.test/b'))
  await window.fetch('https://third.test/c?https://api.test/')
  await window.fetch(new Request('https://api.test/d', { method: 'PUT', headers: { 'x-d': '1' } }))
  await window.fetch('https://api.test/e', { mode: 'no-cors' })
  const sent = [0, 1, 2, 3, 4].map((at) => headersOf(at).get('traceparent'))
  expect(sent.map((header) => header?.replace(/[\da-f]{16,}/g, '#'))).toEqual(['00-#-#-01', '00-#-#-01', undefined, '00-#-#-01', undefined])
  expect(sent[0]).toBe(`00-${String(told[0]?.['traceId'])}-${String(told[0]?.['spanId'])}-01`)
  expect([headersOf(0).get('x-a'), headersOf(3).get('x-d')]).toEqual(['1', '1'])
  expect(told.map(({ msg }) => msg)).toEqual(['GET /a → 200', 'GET api.test/b → 200', 'GET third.test/c → 200', 'PUT api.test/d → 200', 'GET api.test/e → 200'])
  expect(told[2]).not.toHaveProperty('traceId')
})

test('a traceparent of the page itself is kept, and joined', async () => {
  const { window, last, fetched } = setUp()
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`
  const init = { headers: { traceparent } }
  await window.fetch('/a', init)
  expect(fetched[0]?.[1]).toBe(init)
  expect(last()).toMatchObject({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) })
})

test('headers keep the shape that they came in, and what the page passed is not changed', async () => {
  const { window, fetched } = setUp()
  const given = [{ 'x-a': '1' }, [['x-a', '1']], new Headers({ 'x-a': '1' })] as const
  for (const headers of given) await window.fetch('/a', { headers: headers as HeadersInit })
  const sent = fetched.map(([, init]) => init?.headers)
  expect([Array.isArray(sent[0]), Array.isArray(sent[1]), sent[2] instanceof Headers]).toEqual([false, true, true])
  for (const headers of sent) expect([...new Headers(headers).keys()]).toEqual(['traceparent', 'x-a'])
  expect([Object.keys(given[0]), given[1].length, given[2].has('traceparent')]).toEqual([['x-a'], 1, false])
})

test('with traceTo false nothing is added to any request', async () => {
  const { window, fetched, last } = setUp({ traceTo: false })
  await window.fetch('/a')
  expect([fetched[0], last()['traceId']]).toEqual([['/a', undefined], undefined])
})

test('bodies are kept only where asked, only texts, cut and masked', async () => {
  const answers: Record<string, Response> = {}
  const { window, told } = setUp({ bodies: /\/open/, bodyLength: 60 }, (url) => answers[new URL(url, 'https://app.test').pathname] ?? json({ name: 'Anna', password: 'hunter2' }))
  answers['/open/binary'] = new Response(new Uint8Array(4), { headers: { 'content-type': 'application/octet-stream' } })
  answers['/open/stream'] = new Response('data: x\n\n', { headers: { 'content-type': 'text/event-stream' } })
  answers['/open/long'] = new Response('y'.repeat(5000), { headers: { 'content-type': 'text/plain' } })
  for (const path of ['/closed', '/open/json', '/open/binary', '/open/stream', '/open/long']) {
    await window.fetch(path, { method: 'POST', body: '{"card":"4111111111111111","to":"Bo"}' })
    await settle()
  }
  expect(told.map(({ data }) => data?.['answer'])).toEqual([undefined, '{"name":"Anna","password":*}', undefined, undefined, `${'y'.repeat(60)}…`])
  expect(told.map(({ data }) => data?.['sent'])).toEqual([undefined, ...Array.from({ length: 4 }, () => '{"card":*,"to":"Bo"}')])
})

test('a body that never ends keeps nobody waiting', async () => {
  const endless = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{"code":"SLOW_DOWN",')) })
  const { window, msgs, time } = setUp({}, () => new Response(endless, { status: 503, headers: { 'content-type': 'application/json' } }))
  expect((await window.fetch('/a')).status).toBe(503)
  await settle()
  await time.pass(5000)
  await settle()
  expect(msgs()).toEqual(['GET /a → 503 SLOW_DOWN'])
})

test('XMLHttpRequest is told as fetch is, with its trace', () => {
  const { window, told } = setUp()
  const xhr = new window.XMLHttpRequest() as unknown as FakeXHR
  xhr.open('put', '/seat?x=1')
  xhr.send('{"a":1}')
  xhr.end('load', 409, '{"code":"SEAT_TAKEN","who":"Anna"}')
  xhr.dispatchEvent(new Event('load'))
  expect(told).toHaveLength(1)
  expect(told[0]).toMatchObject({ msg: 'PUT /seat → 409 SEAT_TAKEN', errorCode: 'SEAT_TAKEN', level: 'error', httpPath: '/seat', data: { by: 'xhr', status: 409, sentBytes: 7 } })
  expect(xhr.headers['traceparent']).toBe(`00-${String(told[0]?.['traceId'])}-${String(told[0]?.['spanId'])}-01`)
  expect(JSON.stringify(told)).not.toContain('Anna')
})

test.each([['error', 'GET /a → no answer NETWORK_ERROR'], ['timeout', 'GET /a → no answer TIMEOUT'], ['abort', 'GET /a → aborted']])('an XMLHttpRequest that ends with %s', (how, msg) => {
  const { window, msgs } = setUp()
  const xhr = new window.XMLHttpRequest() as unknown as FakeXHR
  xhr.open('GET', '/a')
  xhr.setRequestHeader('TraceParent', 'theirs')
  xhr.send()
  xhr.end(how, 0)
  expect([msgs(), xhr.headers]).toEqual([[msg], { TraceParent: 'theirs' }])
})

test('beacons are told, and that they were refused', () => {
  const { window, told } = setUp()
  expect(window.navigator.sendBeacon('/seen?who=Anna', 'abc')).toBe(true)
  expect(told[0]).toMatchObject({ msg: 'POST /seen → sent', data: { by: 'beacon', sentBytes: 3 } })
})

test('the SDK\'s own uploads are never told of, by whatever way they go', async () => {
  const { window, told, T } = setUp()
  T.$use(logReport, { endpoint: 'https://logs.test', app: 'phone', key: 'pk_1', mode: 'off' })
  await window.fetch('https://logs.test/v1/track?v=1&enc=gzip', { method: 'POST' })
  window.navigator.sendBeacon('https://logs.test/v1/track?v=1')
  await window.fetch('https://logs.test/v1/push?key=pk_1')
  await window.fetch('https://logs.test/v1/tracks')
  expect(told.map(({ msg }) => msg)).toEqual(['GET logs.test/v1/tracks → 200'])
})

test('what is ignored is not told of, and data: addresses are not either', async () => {
  const { window, told } = setUp({ ignore: /\/heartbeat$/g })
  for (let i = 0; i < 3; i++) await window.fetch('/heartbeat?x=1')
  await window.fetch('data:text/plain,secret')
  expect(told).toEqual([])
})

test('what a path carries of secrets is masked', async () => {
  const { window, last } = setUp()
  await window.fetch('/customers/anna@example.com/cards/4111111111111111')
  expect(last()).toMatchObject({ httpPath: '/customers/*/cards/*', msg: 'GET /customers/*/cards/* → 200' })
})

test('arguments that are none break as they would without us', async () => {
  const { window, native } = setUp()
  const bad = { toString() { throw new Error('theirs') } }
  native.mockImplementation((input) => Promise.reject(new TypeError(`bad ${typeof input}`)))
  await expect(window.fetch(bad as never)).rejects.toThrow('bad object')
  await expect((window.fetch as () => Promise<Response>)()).rejects.toThrow('bad undefined')
})

test('the stop puts everything back, and what is under way ends as it would', async () => {
  const { window, native, told, capture } = setUp()
  const beacon = window.navigator.sendBeacon
  const xhr = new window.XMLHttpRequest() as unknown as FakeXHR
  xhr.open('GET', '/a')
  xhr.send()
  const under = window.fetch('/b')
  await capture.stop()
  xhr.end('load')
  expect((await under).status).toBe(200)
  await window.fetch('/c')
  expect([window.fetch === (native as never), window.navigator.sendBeacon === beacon, told]).toEqual([true, false, []])
  for (const name of ['open', 'send', 'setRequestHeader']) expect(Object.hasOwn(window.XMLHttpRequest.prototype, name)).toBe(false)
})

test('a page without any of it has nothing to tell', () => {
  expect(capturing(requests, {}).capture.status()).toEqual({ kept: 0, leftOut: 0, faults: 0 })
})
