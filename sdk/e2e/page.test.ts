import { readFile } from 'node:fs/promises'

import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { startBrowser } from './browser'
import { servePackage, startCollector, type Collector, type Running } from './servers'

let browser: Browser
let pages: Running
let collector: Collector
let context: BrowserContext

beforeAll(async () => {
  browser = await startBrowser()
  pages = await servePackage()
})
afterAll(async () => {
  await browser.close()
  await pages.close()
})
beforeEach(async () => {
  collector = await startCollector()
  context = await browser.newContext()
})
afterEach(async () => {
  await context.close()
  await collector.close()
})

const open = async (path = `/examples/quickstart/index.html?endpoint=${collector.url}&key=pk_1`): Promise<Page> => {
  const page = await context.newPage()
  await page.goto(pages.url + path)
  return page
}

const posts = () => collector.received.filter(({ method }) => method === 'POST')
const texts = () => posts().flatMap(({ events }) => events.map(({ msg }) => msg))

interface ConsoleCall {
  readonly type: string
  readonly stackTrace?: { readonly callFrames: readonly { readonly url: string; readonly lineNumber: number }[] }
}

test('the console shows the file and line of the caller, in every form', async () => {
  const page = await context.newPage()
  const calls: ConsoleCall[] = []
  const inspector = await context.newCDPSession(page)
  await inspector.send('Runtime.enable')
  inspector.on('Runtime.consoleAPICalled', (call) => calls.push(call))
  await page.goto(`${pages.url}/examples/quickstart/index.html`)
  const source = (await readFile('examples/quickstart/quickstart.js', 'utf8')).split('\n')
  const lineOf = (text: string): number => source.findIndex((line) => line.includes(text))

  for (const form of ['text', 'data', 'tag', 'list', 'alarm', 'error']) await page.click(`[data-log=${form}]`)
  await page.evaluate(() => console.log('end'))
  const seen = calls.map(({ type, stackTrace }) => {
    const [top] = stackTrace?.callFrames ?? []
    return [type, top?.url.split('/').pop(), top?.lineNumber]
  })
  const at = (type: string, text: string) => [type, 'quickstart.js', lineOf(text)]
  expect(seen.slice(0, -1)).toEqual([
    at('log', "t.$log('page opened'"),
    at('log', 't.$log(\'ringing\''),
    at('log', 't.$data('),
    at('log', 't.$tag('),
    at('startGroupCollapsed', 't.$list('), at('table', 't.$list('), at('endGroup', 't.$list('),
    at('warning', 't.$alarm('),
    at('error', 't.$error('),
  ])
})

test('logs reach a server of another origin without a preflight, alarms at once', async () => {
  const page = await open()
  await collector.until(() => texts().length === 1)
  await page.click('[data-log=text]')
  await page.click('[data-log=alarm]')
  await page.click('[data-log=error]')
  await collector.until(() => texts().length === 4)
  await page.getByText('All arrived').waitFor()
  expect(collector.received.map(({ method }) => method)).not.toContain('OPTIONS')
  const [first] = posts()
  expect(first?.headers['content-type']).toBe('text/plain;charset=UTF-8')
  expect(first?.headers.cookie).toBeUndefined()
  expect(first?.envelope).toMatchObject({ app: 'quickstart', key: 'pk_1', from: 1, sdk: expect.stringContaining('clewline-js/') as string })
  expect(posts().flatMap(({ events }) => events.map(({ seq }) => seq))).toEqual([1, 2, 3, 4])
  expect(posts().flatMap(({ events }) => events)[3]).toMatchObject({
    form: 'error', level: 'error', errorMsg: 'ticket expired', errorCode: 'TICKET_EXPIRED', page: '/examples/quickstart/index.html', account: 'acme',
  })
})

test('big batches go as gzip, still without a preflight', async () => {
  const page = await open()
  await page.evaluate(() => {
    const { T } = (window as never as { Clewline: { T: new (label: string) => { $log(msg: string, data: object): void } } }).Clewline
    const t = new T('big')
    for (let i = 0; i < 200; i++) t.$log(`event ${i}`, { text: 'x'.repeat(500) })
  })
  await collector.until(() => texts().length === 201)
  expect(collector.received.map(({ method }) => method)).not.toContain('OPTIONS')
  const zipped = posts().filter(({ url }) => url.endsWith('enc=gzip'))
  expect(zipped.length).toBeGreaterThan(0)
  expect(Number(zipped[0]?.headers['content-length'])).toBeLessThan(20_000)
})

const ways: [string, (page: Page) => Promise<unknown>][] = [
  ['closed', (page) => page.close({ runBeforeUnload: true })],
  ['left for another', (page) => page.goto('about:blank')],
  ['reloaded', (page) => page.reload()],
]
test.each(ways)('a page that is %s sends its last logs, and the end of its stream', async (_, leave) => {
  const page = await open()
  await collector.until(() => texts().length === 1)
  const { stream } = posts()[0]?.envelope ?? {}
  await page.evaluate(() => {
    const { T } = (window as never as { Clewline: { T: new (label: string) => { $log(msg: string): void } } }).Clewline
    new T('last').$log('last words')
  })
  await leave(page)
  const ended = () => posts().find(({ envelope }) => envelope['stream'] === stream && envelope['closed'])
  await collector.until(() => ended() !== undefined)
  expect(texts()).toContain('last words')
  expect(ended()?.envelope).toMatchObject({ closed: { at: 2, by: 'self' } })
})

test('the device keeps its id, the visit its own, over a reload', async () => {
  const page = await open()
  await collector.until(() => texts().length === 1)
  await page.reload()
  const streams = () => [...new Set(posts().map(({ envelope }) => envelope['stream']))]
  await collector.until(() => streams().length === 2)
  const [first, second] = streams().map((stream) => posts().find(({ envelope }) => envelope['stream'] === stream)?.events[0])
  expect(second).toMatchObject({ device: first?.['device'], session: first?.['session'], seq: 1 })
})

test('nothing breaks under a strict content security policy, where the server cannot be reached', async () => {
  const page = await context.newPage()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  await page.goto(`${pages.url}/examples/quickstart/index.html?endpoint=${collector.url}&key=pk_1&csp`)
  await page.click('[data-log=error]')
  await page.getByText('waiting: TypeError').waitFor()
  expect(errors).toEqual([])
  expect(collector.received).toEqual([])
})

test('snapshots of what only a page has are short and true', async () => {
  const page = await open()
  await page.evaluate(() => {
    const { T } = (window as never as { Clewline: { T: new (label: string) => { $data(msg: string, data: unknown): void } } }).Clewline
    const t = new T('dom')
    t.$data('element', { at: document.querySelector('#status') })
    t.$data('window', { at: window })
    t.$data('event', { at: new Event('click') })
    t.$data('response', { at: new Response('x') })
    t.$data('exception', { at: new DOMException('gone', 'AbortError') })
  })
  await collector.until(() => texts().length === 6)
  const data = Object.fromEntries(posts().flatMap(({ events }) => events).map(({ msg, data: value }) => [msg, (value as { at: unknown }).at]))
  expect(data).toMatchObject({
    element: '<output#status>',
    window: '[Window]',
    event: { type: 'click', target: null },
    response: '[object Response]',
    exception: { name: 'AbortError', message: 'gone' },
  })
})
