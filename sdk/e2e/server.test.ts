import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'

// What users get: the build, by the package's name.
import T, { createTracker } from 'clewline'
import { logReport } from 'clewline/log-report'

import { startBrowser } from './browser'
import { startClewline, type Clewline } from './clewline'
import { servePackage, type Running } from './servers'

let browser: Browser
let pages: Running
let clewline: Clewline
let context: BrowserContext

beforeAll(async () => {
  browser = await startBrowser()
  pages = await servePackage()
  clewline = await startClewline()
})
afterAll(async () => {
  await browser.close()
  await pages.close()
  await clewline.stop()
})
beforeEach(async () => { context = await browser.newContext() })
afterEach(async () => { await context.close() })

const quickstart = (app: string): string =>
  `${pages.url}/examples/quickstart/index.html?endpoint=${clewline.url}&key=${clewline.browserKey}&app=${app}`

const report = (app: string) => ({ endpoint: clewline.url, app, key: clewline.browserKey, release: '1.2.3', env: 'test' })

test('a page logs in six forms, and the server has stored what it logged', async () => {
  const page = await context.newPage()
  await page.goto(quickstart('forms'))
  for (const form of ['text', 'data', 'tag', 'list', 'alarm', 'error']) await page.click(`[data-log=${form}]`)
  await page.getByText('All arrived').waitFor()

  const found = (await clewline.find('app:forms', 7)).reverse()
  expect(found.map(({ form, level, msg }) => [form, level, msg])).toEqual([
    ['text', 'info', 'page opened'],
    ['text', 'info', 'ringing'],
    ['data', 'info', 'seat'],
    ['tag', 'info', 'websocket'],
    ['list', 'info', 'calls'],
    ['alarm', 'warn', 'no answer for 30 s'],
    ['error', 'error', 'cannot refresh the ticket'],
  ])
  expect(found.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
  for (const event of found) {
    expect(event).toMatchObject({
      kind: 'track', app: 'forms', release: '1.0.0', label: 'call', account: 'acme', staff: '1001', number: '13800138000',
      page: '/examples/quickstart/index.html', project: 'phone', ua: expect.stringContaining('Chrome') as string,
    })
    expect(event['id']).toBe(`${String(event['stream'])}.${String(event['seq'])}`)
    expect(Math.abs(Date.parse(String(event['time'])) - Date.now())).toBeLessThan(60_000)
  }
  expect(found[1]).toMatchObject({ callId: 'c-17', category: 'call', data: { leg: 'outbound' } })
  expect(found[2]).toMatchObject({ data: { id: 7, skills: ['sales', '中文'] } })
  expect(found[6]).toMatchObject({ errorMsg: 'ticket expired', errorCode: 'TICKET_EXPIRED', data: { stack: expect.stringContaining('quickstart.js') as string } })
})

test('a page that is closed at once has told its last', async () => {
  const page = await context.newPage()
  await page.goto(quickstart('closing'))
  await page.click('[data-log=text]')
  await page.close({ runBeforeUnload: true })
  expect((await clewline.find('app:closing', 2)).map(({ msg }) => msg)).toEqual(['ringing', 'page opened'])
})

test('the same from Node, with text that is hard to store', async () => {
  const uploads = T.$use(logReport, report('node'))
  T.$level({ console: 'off' })
  const t = new T('节点')
  const data = { big: 2n ** 64n, lone: 'a\ud800b', zero: 'a\u0000b', line: '\u2028', emoji: '😀', nan: NaN, nested: { list: [1, { a: null }] } }
  t.$log('第一条 "quoted"\n', data)
  expect(await T.$flush()).toBe(true)
  expect(uploads.status()).toMatchObject({ buffered: 0, failures: 0, acknowledged: 1 })
  const [event] = await clewline.find('app:node', 1)
  expect(event).toMatchObject({ label: '节点', msg: '第一条 "quoted"\n', env: 'test', data: { lone: 'a\ufffdb', line: '\u2028', emoji: '😀', nan: 'NaN', nested: { list: [1, { a: null }] } } })
  expect(await clewline.find('app:node data.big:18446744073709551616', 1)).toHaveLength(1)
})

test('a wrong clock is measured, and corrected in every event of the stream', async () => {
  const hours = 3 * 3_600_000
  const Late = createTracker({ now: () => Date.now() - hours, console: undefined })
  Late.$use(logReport, report('clock'))
  const t = new Late('call')
  for (let i = 0; i < 3; i++) {
    t.$log(`event ${i}`)
    expect(await Late.$flush()).toBe(true)
  }
  for (const event of await clewline.find('app:clock', 3)) expect(Math.abs(Date.parse(String(event['time'])) - Date.now())).toBeLessThan(60_000)
})

test('what is logged while the server is killed again and again is stored once, in order', async () => {
  const uploads = T.$use(logReport, report('killed'))
  const t = new T('call')
  let logged = 0
  const timer = setInterval(() => t.$log(`event ${++logged}`, { n: logged }), 2)
  for (let i = 0; i < 4; i++) {
    const until = logged + 150
    await vi.waitUntil(() => logged >= until, { timeout: 30_000 })
    await clewline.restart()
  }
  clearInterval(timer)
  await vi.waitUntil(() => uploads.flush(), { timeout: 30_000 })
  expect(uploads.status()).toMatchObject({ buffered: 0, dropped: 0 })
  const found = (await clewline.find('app:killed', logged)).reverse()
  expect(found.map(({ msg }) => msg)).toEqual(Array.from({ length: logged }, (_, i) => `event ${i + 1}`))
})

test('a key that is none is refused, and says so', async () => {
  const Wrong = createTracker({ console: undefined })
  const uploads = Wrong.$use(logReport, { ...report('wrong'), key: 'pk_nobody' })
  new Wrong('call').$log('a')
  expect(await Wrong.$flush()).toBe(false)
  expect(uploads.status()).toMatchObject({ refused: true, buffered: 1, lastError: expect.stringMatching(/^HTTP 40[13]: /) as string })
})
