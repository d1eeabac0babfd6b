import { gunzipSync } from 'node:zlib'

import type { Browser, BrowserContext, ConsoleMessage, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'

import { startPhone, type Phone } from '../examples/web-phone/server.mjs'
import { startBrowser } from './browser'
import { startClewline, type Clewline } from './clewline'

let browser: Browser
let clewline: Clewline
let phone: Phone
let context: BrowserContext
let app = ''
let runs = 0

beforeAll(async () => {
  browser = await startBrowser('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--allow-loopback-in-peer-connection')
  clewline = await startClewline()
})
afterAll(async () => {
  await browser.close()
  await clewline.stop()
})
beforeEach(async () => {
  app = `phone${++runs}`
  phone = await startPhone({ server: clewline.url, key: clewline.browserKey, app, options: { bodies: true, rtcEvery: 1000 } })
  context = await browser.newContext()
})
afterEach(async () => {
  await context.close()
  await phone.close()
})

type Found = Record<string, unknown> & { msg: string; data?: Record<string, unknown> }

/** All that the server has stored of this phone, oldest first, once the page has delivered everything. */
const stored = async (page: Page): Promise<Found[]> => {
  await vi.waitUntil(() => page.evaluate(() => (globalThis as unknown as { phone: { T: { $flush(): Promise<boolean> } } }).phone.T.$flush()), { timeout: 20_000 })
  return (await clewline.all(`app:${app}`)).reverse() as Found[]
}

const password = 'correct-horse-77'
const card = '4111 1111 1111 1111'

/** What has left a page: the server masks too, so that alone would prove nothing of us. */
const uploadsOf = (page: Page): (() => string) => {
  const uploads: string[] = []
  page.on('request', (request) => {
    const body = request.postDataBuffer()
    if (body && request.url().includes('/v1/track')) uploads.push((request.url().includes('enc=gzip') ? gunzipSync(body) : body).toString())
  })
  return () => uploads.join('\n')
}

const logIn = async (): Promise<{ page: Page; uploads: () => string; violations: string[]; broken: string[] }> => {
  const page = await context.newPage()
  const uploads = uploadsOf(page)
  const violations: string[] = []
  const broken: string[] = []
  page.on('console', (message: ConsoleMessage) => { if (/Content Security Policy|TrustedHTML/.test(message.text())) violations.push(message.text()) })
  page.on('pageerror', ({ message }) => broken.push(message))
  await page.goto(`${phone.url}/?ticket=tk-in-the-address`)
  await page.fill('#password', password)
  await page.fill('#card', card)
  await page.click('#enter')
  await page.locator('#line-state', { hasText: 'open' }).waitFor()
  return { page, uploads, violations, broken }
}

const state = (page: Page, is: string) => page.locator('#call-state', { hasText: is }).waitFor()

test('the server has stored a whole call in its six categories, and nothing that was typed', async () => {
  const { page, uploads, violations, broken } = await logIn()
  await page.click('[data-simulate=incoming]')
  await state(page, 'ringing')
  await page.click('#answer')
  await state(page, 'in call')
  await vi.waitUntil(async () => (await clewline.search(`app:${app} category:webrtc data.score > 1`)).length > 0, { timeout: 30_000 })
  await page.click('[data-simulate=expire]')
  await page.click('#hold')
  await state(page, 'held')
  await page.click('[data-simulate=drop]')
  await vi.waitUntil(async () => (await clewline.search(`app:${app} category:websocket "ws open"`)).length > 1, { timeout: 30_000 }) // it is open again
  await page.click('#throw')
  await page.click('#hangup')
  await state(page, 'ended')
  const found = await stored(page)
  const of = (category: string) => found.filter((event) => event['category'] === category)
  const msgs = (category: string) => of(category).map(({ msg }) => msg)
  const one = (category: string, start: string) => of(category).find(({ msg }) => msg.startsWith(start))

  expect(msgs('page')).toEqual(expect.arrayContaining([
    'page opened /', 'input input#password', 'input input#card', 'click button#enter', 'submit form#login', 'navigate / → /desk', 'click button#answer',
    'navigate /desk → /desk/call', 'click button#hold', expect.stringMatching(/^uncaught error: no such seat: /), 'navigate /desk/call → /desk',
  ]))
  expect(one('page', 'uncaught error')).toMatchObject({ level: 'error', errorCode: 'RangeError', data: { stack: expect.stringContaining('phone.js') as string } })

  expect(one('request', 'POST /ticket/login')).toMatchObject({ httpPath: '/ticket/login', data: { status: 200, sent: expect.stringContaining('"password":') as string, answer: expect.stringContaining('"ticket":') as string } })
  expect(one('request', 'POST /call/hold → 401 TICKET_EXPIRED')).toMatchObject({ level: 'error', errorCode: 'TICKET_EXPIRED', callId: 'call-000001', traceId: expect.stringMatching(/^[\da-f]{32}$/) as string })
  expect(Number(one('request', 'POST /call/hold → 401')?.['timeCost'])).toBeGreaterThan(0)
  expect(msgs('request').slice(msgs('request').indexOf('POST /call/hold → 401 TICKET_EXPIRED'))).toEqual(expect.arrayContaining(['POST /ticket/refresh → 200', 'POST /call/hold → 200', 'POST /seen → sent']))

  expect(msgs('push')).toEqual(['push stream open /events', 'push call.incoming'])
  expect(one('push', 'push call.incoming')?.data).toMatchObject({ type: 'call.incoming', head: expect.stringContaining('"number":"*"') as string })

  expect(msgs('call')).toEqual(['call state idle → ringing', 'call state ringing → in call', 'call state in call → held', 'call state held → ended reason=hung_up'])
  expect(of('call')[0]).toMatchObject({ callId: 'call-000001', number: '13800138000', staff: '1001', account: 'acme' })

  expect(msgs('websocket')).toEqual(expect.arrayContaining(['ws open /ws', expect.stringMatching(/^ws ping \d+ ms frames=2$/), 'ws send call.accept', 'ws received ack', 'ws closed code=1006']))
  expect(one('websocket', 'ws closed')).toMatchObject({ level: 'warn', data: { code: 1006 } })
  expect(of('websocket').filter(({ msg }) => msg.startsWith('ws open'))).toHaveLength(2)

  expect(msgs('webrtc')).toEqual(expect.arrayContaining(['getUserMedia granted', 'media connected', 'ICE connected via host', expect.stringMatching(/^getStats rtt=\d/), expect.stringMatching(/^media closed after \d+ s$/)]))
  expect(one('webrtc', 'ICE connected')?.data).toMatchObject({ codec: 'audio/opus/48000', protocol: 'udp' })
  expect(of('webrtc').filter(({ callId }) => callId === 'call-000001').length).toBeGreaterThan(3)

  const everything = JSON.stringify(found) + uploads()
  expect(uploads()).toContain('\\"password\\":*')
  for (const secret of [password, card, card.replace(/ /g, ''), 'tk-in-the-address', '@example.com']) expect(everything).not.toContain(secret)
  expect(everything).not.toMatch(/"tk-[\da-f]{16}|Bearer tk/)
  expect(found.every(({ msg }) => !/v1\/(track|push)/.test(msg))).toBe(true)
  expect([violations, broken]).toEqual([[], [expect.stringContaining('no such seat')]])
  expect(await clewline.search(`app:${app} and errorCode:TICKET_EXPIRED and httpPath:"/call/hold"`)).toHaveLength(1)
})

test('whoever looks after the page sees its call, its line and its sound, live', async () => {
  const { page } = await logIn()
  await page.click('#dial')
  await state(page, 'in call')
  interface Live { socket?: string; call?: string; rtc?: string; callId?: string; device?: string }
  const clients = async (): Promise<Live[]> => {
    const response = await fetch(`${clewline.url}/v1/clients`, { headers: { authorization: `Bearer ${clewline.readKey}` } })
    return ((await response.json()) as { clients: (Live & { app: string })[] }).clients.filter((one) => one.app === app)
  }
  await vi.waitUntil(async () => (await clients()).some(({ rtc }) => rtc), { timeout: 30_000 })
  expect(await clients()).toMatchObject([{ socket: 'open', call: 'in call', rtc: expect.stringMatching(/^score \d/) as string, callId: expect.stringMatching(/^call-/) as string }])
})

test('a ticket that cannot be refreshed drops the call, and the logs tell why', async () => {
  const { page } = await logIn()
  await page.check('#refresh-fails')
  await page.click('[data-simulate=expire]')
  await page.click('#dial')
  await state(page, 'dropped')
  const found = await stored(page)
  expect(found.filter(({ errorCode }) => errorCode).map(({ msg }) => msg)).toEqual([
    'POST /call/dial → 401 TICKET_EXPIRED', 'POST /ticket/refresh → 503 TICKET_SERVICE_DOWN', 'cannot refresh the ticket', 'the call cannot dial',
  ])
  expect(found.find(({ msg }) => msg === 'call state dialing → dropped reason=refused')).toMatchObject({ level: 'warn', form: 'alarm', number: '13800138000' })
})

test('leaving the page tells its web vitals', async () => {
  const { page } = await logIn()
  await stored(page)
  await page.goto('about:blank')
  const [vitals] = await clewline.find(`app:${app} and msg:"web vitals"`, 1)
  const { LCP, FCP, TTFB, CLS } = (vitals?.['data'] ?? {}) as Record<string, number>
  expect([LCP, FCP, TTFB].every((ms) => Number(ms) > 0 && Number(ms) < 30_000)).toBe(true)
  expect(CLS).toBeGreaterThanOrEqual(0)
})

test('the dump is one that readers of webrtc-internals know', async () => {
  const { page } = await logIn()
  await page.click('#dial')
  await state(page, 'in call')
  await page.locator('#media-state', { hasText: 'open' }).waitFor()
  interface Dump { PeerConnections: Record<string, { stats: Record<string, { startTime: string; values: string }>; updateLog: { type: string; value: string }[] }>; UserAgent: string }
  const dump = () => page.evaluate(() => (globalThis as unknown as { phone: { rtc: { dump(): unknown } } }).phone.rtc.dump()) as Promise<Dump>
  await vi.waitUntil(async () => Object.keys((await dump()).PeerConnections['1-1']?.stats ?? {}).some((name) => name.endsWith('-packetsReceived')), { timeout: 20_000 })
  const { PeerConnections, UserAgent } = await dump()
  expect(Object.keys(PeerConnections)).toEqual(['1-1', '1-2'])
  const [seat] = Object.values(PeerConnections)
  for (const { startTime, values } of Object.values(seat?.stats ?? {})) expect([Number.isNaN(Date.parse(startTime)), Array.isArray(JSON.parse(values))]).toEqual([false, true])
  expect(seat?.updateLog.map(({ type }) => type)).toContain('icecandidate')
  expect(UserAgent).toContain('Chrome')
  expect(JSON.stringify(PeerConnections).match(/\b\d{1,3}(\.\d{1,3}){3}\b|[\w-]+\.local\b|[\da-f]{2}(:[\da-f]{2}){10}/gi)).toBeNull()
})

test('after the stop the page has its own functions again, and goes on working', async () => {
  const { page, broken } = await logIn()
  const owned = () => {
    const own = [[navigator, 'sendBeacon'], [history, 'pushState'], [history, 'replaceState'], [navigator.mediaDevices ?? {}, 'getUserMedia']] as const
    return own.map(([object, name]) => Object.hasOwn(object, name))
  }
  await page.click('#dial')
  await state(page, 'in call')
  const kept = await page.evaluate(async () => {
    const theirs = window.fetch
    window.fetch = (...args) => theirs(...args) // another SDK, that came after us
    const another = window.fetch
    await (globalThis as unknown as { phone: { T: { $stop(): Promise<void> } } }).phone.T.$stop()
    return [window.fetch === another, (await fetch('/config.js')).status]
  })
  expect(kept).toEqual([true, 200])
  expect(await page.evaluate(owned)).toEqual([false, false, false, false])
  const count = (await clewline.all(`app:${app}`)).length
  await page.click('#hangup')
  await state(page, 'ended')
  await page.evaluate(() => fetch('/call/again', { method: 'POST' }))
  expect((await clewline.all(`app:${app}`)).length).toBe(count)
  expect(broken).toEqual([])
})
