import { Window } from 'happy-dom'
import { expect, test } from 'vitest'

import { createTracker } from '../core/tracker'
import { logReport } from '../log-report'
import { capturing } from '../testing/capturing'
import { createTrackServer } from '../testing/trackServer'
import { createVirtualTime } from '../testing/virtualTime'
import { pageEvents, type PageOptions } from './pageEvents'

/** Entries that a test measures. */
const createMeasuring = () => {
  const takers = new Map<string, (entries: object[]) => void>()
  class PerformanceObserver {
    static readonly supportedEntryTypes = ['largest-contentful-paint', 'paint', 'navigation', 'layout-shift', 'event']
    constructor(private readonly take: (list: { getEntries(): object[] }) => void) {}
    observe({ type }: { type: string }): void { takers.set(type, (entries) => this.take({ getEntries: () => entries })) }
    takeRecords(): object[] { return [] }
    disconnect(): void { takers.clear() }
  }
  return { PerformanceObserver, measure: (type: string, ...entries: object[]) => takers.get(type)?.(entries) }
}

const setUp = (options: PageOptions = {}, body = '') => {
  const window = new Window({ url: 'https://app.test/desk?ticket=tk-1' })
  const { PerformanceObserver, measure } = createMeasuring()
  Object.assign(window, { PerformanceObserver })
  window.document.body.innerHTML = body
  const run = capturing(pageEvents, options, window as never)
  const at = (selector: string) => window.document.querySelector(selector) as NonNullable<ReturnType<typeof window.document.querySelector>>
  const fire = (target: unknown, type: string, more: object = {}): void => {
    (target as EventTarget).dispatchEvent(Object.assign(new window.Event(type, { bubbles: true, composed: true }), more) as never)
  }
  const hide = (state = 'hidden'): void => {
    Object.defineProperty(window.document, 'visibilityState', { value: state, configurable: true })
    fire(window.document, 'visibilitychange')
  }
  run.told.splice(0, run.msgs()[0]?.startsWith('page opened') ? 1 : 0)
  return { ...run, window, at, fire, measure, hide }
}

test('a page tells that it was opened, by path, without what the address carries', () => {
  const window = new Window({ url: 'https://app.test/desk?ticket=tk-1' })
  const { told } = capturing(pageEvents, {}, window as never)
  expect(told).toMatchObject([{ category: 'page', label: 'page', msg: 'page opened /desk', page: '/desk' }])
  expect(JSON.stringify(told)).not.toContain('tk-1')
})

test('a click is told by what a person means: the button, not the picture in it', () => {
  const { told, at, fire } = setUp({}, '<div id="bar"><button class="hold big"><svg></svg></button><p>text</p><a data-clewline="transfer" id="x">Anna</a></div><form name="login138000"><input name="who"></form>')
  for (const selector of ['svg', 'p', 'a', 'input']) fire(at(selector), 'click')
  expect(told).toMatchObject([
    { msg: 'click div#bar > button.hold', level: 'info', data: { selector: 'div#bar > button.hold' } },
    { msg: 'click div#bar > p' }, { msg: 'click a#transfer' }, { msg: 'click html > body > form[name=login*] > input[name=who]' },
  ])
})

test('an input is told without its value, nor how long it is', () => {
  const { told, at, fire } = setUp({}, '<form id="f"><input id="pw" type="password"><input id="card" value=""><select id="s"><option>Anna</option></select></form>')
  Object.assign(at('#pw'), { value: 'hunter2' })
  for (const selector of ['#pw', '#card', '#s']) fire(at(selector), 'change')
  fire(at('#f'), 'submit')
  expect(told).toMatchObject([
    { msg: 'input input#pw', data: { selector: 'input#pw', type: 'password', filled: true } },
    { msg: 'input input#card', data: { filled: false } }, { msg: 'input select#s', data: { filled: true } }, { msg: 'submit form#f' },
  ])
  expect(JSON.stringify(told)).not.toMatch(/hunter2|Anna/)
})

test('nothing is told of what the page keeps to itself', () => {
  const { told, at, fire } = setUp({}, '<div data-clewline="off"><button id="a"></button></div>')
  fire(at('#a'), 'click')
  expect(told).toEqual([])
})

test('nor from a shadow root inside of it', () => {
  const { told, at, fire, window } = setUp({}, '<div data-clewline="off"><phone-pad></phone-pad></div>')
  const button = window.document.createElement('button')
  at('phone-pad').attachShadow({ mode: 'open' }).append(button)
  fire(button, 'click')
  expect(told).toEqual([])
})

test('inside of a shadow root it is the inner element', () => {
  const { msgs, at, fire, window } = setUp({}, '<phone-pad></phone-pad>')
  const button = window.document.createElement('button')
  button.id = 'inner'
  at('phone-pad').attachShadow({ mode: 'open' }).append(button)
  fire(button, 'click')
  expect(msgs()).toEqual(['click button#inner'])
})

test('navigation is told where the page changes, whoever does it', () => {
  const { told, msgs, window, fire } = setUp()
  window.history.pushState({}, '', '/desk/call?number=13800138000')
  window.history.replaceState({}, '', '/desk/call?number=2')
  window.history.replaceState({}, '', '/home')
  fire(window, 'popstate')
  expect(msgs()).toEqual(['navigate /desk → /desk/call', 'navigate /desk/call → /home'])
  expect(told[0]).toMatchObject({ data: { from: '/desk', to: '/desk/call', by: 'pushState' }, page: '/desk/call' })
  expect(JSON.stringify(told)).not.toContain('138001')
})

test('visibility, the network and the page\'s leaving are told', () => {
  const { told, hide, fire, window } = setUp({ vitals: false })
  hide()
  hide('visible')
  fire(window, 'offline')
  fire(window, 'pagehide', { persisted: true })
  fire(window, 'pageshow', { persisted: true })
  expect(told.map(({ msg, level, form }) => [msg, level, form])).toEqual([
    ['page hidden', 'info', 'tag'], ['page visible', 'info', 'tag'], ['network offline', 'warn', 'tag'], ['page left', 'info', 'text'], ['page shown again', 'info', 'text'],
  ])
})

test('what is said while the page goes is said before the report closes up, though that was used first', async () => {
  const window = new Window({ url: 'https://app.test/desk' })
  const time = createVirtualTime()
  const server = createTrackServer(time.now)
  const T = createTracker({ ...time.env, fetch: server.fetch, gzip: undefined, console: undefined, window: window as never, document: window.document as never })
  T.$use(logReport, { endpoint: 'https://logs.test', app: 'a', key: 'k' })
  T.$use(pageEvents, { vitals: false })
  await time.pass(2000)
  window.dispatchEvent(Object.assign(new window.Event('pagehide'), { persisted: false }))
  await time.pass(2000)
  const [stream] = [...server.streams.values()]
  expect([server.streams.size, [...(stream?.events.values() ?? [])].map(({ msg }) => msg)]).toEqual([1, [expect.stringMatching(/^page opened/), 'page left']])
})

test('errors that nobody caught are told with stack and code, masked', () => {
  const { told, fire, window } = setUp()
  const error = Object.assign(new RangeError('no seat for anna@example.com'), { code: 'NO_SEAT', cause: new Error('ticket=tk-1') })
  fire(window, 'error', { error, message: 'x', filename: 'https://app.test/app.js?v=1', lineno: 7, colno: 3 })
  fire(window, 'unhandledrejection', { reason: 'password: hunter2' })
  fire(window, 'error', { message: 'Script error.' })
  expect(told).toMatchObject([
    { msg: 'uncaught error: no seat for *', level: 'error', form: 'error', errorMsg: 'no seat for *', errorCode: 'NO_SEAT', data: { name: 'RangeError', at: '/app.js:7:3', cause: 'Error: ticket=*', stack: expect.stringContaining('pageEvents.test') as string } },
    { msg: 'unhandled rejection: password: *', errorCode: 'UNCAUGHT' },
    { msg: 'uncaught error: Script error.' },
  ])
  expect(JSON.stringify(told)).not.toMatch(/anna@|hunter2|tk-1/)
})

test('what could not be loaded is told by its path', () => {
  const { told, at, window } = setUp({}, '<img id="logo" src="https://cdn.test/logo.png?sig=abc">')
  at('#logo').dispatchEvent(new window.Event('error'))
  expect(told).toMatchObject([{ msg: 'not loaded: cdn.test/logo.png', level: 'warn', form: 'alarm', errorCode: 'RESOURCE_ERROR', httpPath: '/logo.png', data: { selector: 'img#logo' } }])
})

test('web vitals are told when the page is hidden, and again when they changed', () => {
  const { told, measure, hide } = setUp()
  measure('largest-contentful-paint', { startTime: 500 }, { startTime: 1234.5 })
  measure('paint', { name: 'first-paint', startTime: 1 }, { name: 'first-contentful-paint', startTime: 400 })
  measure('navigation', { responseStart: 80 })
  // Two windows of shifts: the worse one counts; those after an input do not.
  measure('layout-shift', { startTime: 100, value: 0.1 }, { startTime: 900, value: 0.05 }, { startTime: 950, value: 5, hadRecentInput: true })
  measure('layout-shift', { startTime: 3000, value: 0.12 })
  measure('event', { interactionId: 7, duration: 80 }, { interactionId: 7, duration: 120 }, { interactionId: 0, duration: 900 }, { interactionId: 14, duration: 60 })
  hide()
  hide('visible')
  hide()
  measure('event', { interactionId: 21, duration: 300 })
  hide()
  expect(told.filter(({ form }) => form === 'data').map(({ msg, data }) => [msg, data])).toEqual([
    ['web vitals', { CLS: 0.15, LCP: 1235, FCP: 400, TTFB: 80, INP: 120 }],
    ['web vitals', { CLS: 0.15, LCP: 1235, FCP: 400, TTFB: 80, INP: 300 }],
  ])
})

test('what is painted after the page was hidden says nothing of how quick it is', () => {
  const { told, measure, hide } = setUp()
  hide()
  hide('visible')
  measure('largest-contentful-paint', { startTime: 60_000 })
  measure('paint', { name: 'first-contentful-paint', startTime: 60_000 })
  measure('navigation', { responseStart: 80 })
  hide()
  expect(told.filter(({ form }) => form === 'data').pop()?.data).toEqual({ CLS: 0, TTFB: 80 })
})

test('of more than fifty interactions the slowest does not count', () => {
  const { told, measure, hide } = setUp()
  measure('event', ...Array.from({ length: 60 }, (_, i) => ({ interactionId: 7 * (i + 1), duration: i === 30 ? 2000 : 50 + i })))
  hide()
  expect(told.find(({ msg }) => msg === 'web vitals')?.data?.['INP']).toBe(109)
})

test('each part can be left out', () => {
  const { told, at, fire, window, hide } = setUp({ interaction: false, errors: false, vitals: false }, '<p id="a"></p>')
  fire(at('#a'), 'click')
  fire(window, 'error', { message: 'x' })
  hide()
  expect(told.map(({ msg }) => msg)).toEqual(['page hidden'])
})

test('after the stop the page is as it was', () => {
  const { told, window, at, fire, capture } = setUp({}, '<p id="a"></p>')
  capture.stop()
  expect(Object.hasOwn(window.history, 'pushState')).toBe(false)
  window.history.pushState({}, '', '/other')
  fire(at('#a'), 'click')
  fire(window, 'error', { message: 'x' })
  expect(told).toEqual([])
})
