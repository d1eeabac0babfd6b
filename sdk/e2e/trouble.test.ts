import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import type { TrackerStatus } from '../src/index'
import { startBrowser } from './browser'
import { startClewline, type Clewline } from './clewline'
import { listen, type Running } from './servers'

// What a page can do to us, in a real browser against the real server.
let browser: Browser
let clewline: Clewline
let site: Running
let script: string
let context: BrowserContext

const body = '<!doctype html><title>page</title><body></body>'

beforeAll(async () => {
  script = await readFile('dist/clewline.iife.js', 'utf8')
  browser = await startBrowser()
  clewline = await startClewline()
  site = await listen((request, response) => {
    if (request.url === '/clewline.js') return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    response.writeHead(200, {
      'content-type': 'text/html',
      ...(request.url?.includes('csp') && { 'content-security-policy': `default-src 'self'; connect-src ${clewline.url}; require-trusted-types-for 'script'` }),
    })
    const tag = '<script src="/clewline.js"></script>'
    response.end(`${body}${tag}${request.url?.includes('twice') ? `<script>window.First = Clewline</script>${tag}` : ''}`)
  })
})
afterAll(async () => {
  await browser.close()
  await site.close()
  await clewline.stop()
})
beforeEach(async () => { context = await browser.newContext() })
afterEach(async () => { await context.close() })

interface Global { Clewline: typeof import('../src/iife') }

/** Opens the page, and says what it threw and printed. */
const open = async (path = '/') => {
  const page = await context.newPage()
  const errors: string[] = []
  const warnings: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => { if (message.text().startsWith('clewline:')) warnings.push(message.text()) })
  await page.goto(site.url + path)
  return { page, errors, warnings }
}

const use = (page: Page, app: string, key = clewline.browserKey) =>
  page.evaluate(({ endpoint, app, key }) => {
    const { T, logData, logReport } = (globalThis as unknown as Global).Clewline
    T.$level({ console: 'off' })
    T.$use(logData, {})
    T.$use(logReport, { endpoint, app, key })
  }, { endpoint: clewline.url, app, key })

const log = (page: Page, text: string) =>
  page.evaluate((text) => new (globalThis as unknown as Global).Clewline.T('page').$log(text, { big: 'x'.repeat(100) }), text)

const flush = (page: Page, upTo?: 'disk') => page.evaluate((to) => (globalThis as unknown as Global).Clewline.T.$flush(to), upTo)
const status = (page: Page): Promise<TrackerStatus> => page.evaluate(() => (globalThis as unknown as Global).Clewline.T.$status())
const kindOf = async (page: Page): Promise<unknown> => ((await status(page)).plugins['logData'] as { kind: string }).kind

test('an ad blocker: logs wait on the device, and arrive when it is gone', async () => {
  const { page, errors, warnings } = await open()
  await context.route('**/v1/track*', (route) => route.abort('blockedbyclient'))
  await use(page, 'blocked')
  await log(page, 'a')
  for (let i = 0; i < 3; i++) expect(await flush(page)).toBe(false)
  expect((await status(page)).warnings).toEqual([expect.stringContaining('cannot be sent')])
  expect([warnings.length, errors]).toEqual([1, []])
  await context.unroute('**/v1/track*')
  await expect.poll(() => flush(page), { timeout: 20_000 }).toBe(true)
  expect((await clewline.find('app:blocked', 1)).map(({ msg }) => msg)).toEqual(['a'])
})

test('a strict policy with Trusted Types is not in the way', async () => {
  const { page, errors } = await open('/?csp')
  await use(page, 'csp')
  await log(page, 'a')
  expect(await flush(page)).toBe(true)
  expect([await kindOf(page), errors, (await status(page)).warnings]).toEqual(['indexeddb', [], []])
})

test('private mode without any storage: memory, said once', async () => {
  await context.addInitScript(() => {
    const denied = { get: () => { throw new DOMException('denied', 'SecurityError') } }
    for (const name of ['indexedDB', 'localStorage', 'sessionStorage']) Object.defineProperty(globalThis, name, denied)
  })
  const { page, errors, warnings } = await open()
  await use(page, 'private')
  await log(page, 'a')
  expect(await flush(page)).toBe(true)
  expect(await kindOf(page)).toBe('memory')
  expect([warnings, errors]).toEqual([[expect.stringContaining('nothing can be stored')], []])
})

test('a quota of nothing: logs are sent all the same', async () => {
  const { page, errors } = await open()
  const inspector = await context.newCDPSession(page)
  await inspector.send('Storage.overrideQuotaForOrigin', { origin: site.url, quotaSize: 0 })
  await use(page, 'quota')
  await log(page, 'a')
  await flush(page, 'disk')
  expect(await flush(page)).toBe(true)
  expect(errors).toEqual([])
})

test('storage that is cleared under us: what is in memory arrives, and storing begins anew', async () => {
  const { page, errors } = await open()
  await context.route('**/v1/track*', (route) => route.abort())
  await use(page, 'cleared')
  await log(page, 'a')
  expect(await flush(page, 'disk')).toBe(true)
  const inspector = await context.newCDPSession(page)
  await inspector.send('Storage.clearDataForOrigin', { origin: site.url, storageTypes: 'all' })
  await log(page, 'b')
  await expect.poll(() => flush(page, 'disk'), { timeout: 20_000 }).toBe(true)
  await context.unroute('**/v1/track*')
  await expect.poll(() => flush(page), { timeout: 20_000 }).toBe(true)
  expect((await clewline.find('app:cleared', 2)).map(({ msg }) => msg)).toEqual(['b', 'a'])
  expect(errors).toEqual([])
})

test('the SDK loaded twice: both go on, and say so', async () => {
  const { page, errors, warnings } = await open('/?twice')
  await use(page, 'twice')
  await log(page, 'a')
  expect(await flush(page)).toBe(true)
  expect((await status(page)).copies).toBe(2)
  expect([warnings, errors]).toEqual([[expect.stringContaining('more than once')], []])
})

test('a hybrid app\'s page at file:// (Origin null) is served if its key allows it, and only then', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clewline-file-'))
  await writeFile(join(folder, 'page.html'), `${body}<script>${script}</script>`)
  const page = await context.newPage()
  await page.goto(`file://${folder}/page.html`)
  await use(page, 'hybrid', await clewline.key('--type', 'browser', '--origin', 'null'))
  await log(page, 'a')
  expect(await flush(page)).toBe(true)
  const other = await context.newPage()
  await other.goto(`file://${folder}/page.html`)
  await use(other, 'hybrid', await clewline.key('--type', 'browser', '--origin', 'https://app.example.com'))
  await log(other, 'b')
  expect(await flush(other)).toBe(false)
  expect((await status(other)).plugins['logReport']).toMatchObject({ refused: true, lastError: expect.stringContaining('null') as string })
  await rm(folder, { recursive: true })
})

test('without Web Locks two pages share their device, and one sends what the other left', async () => {
  await context.addInitScript(() => { Object.defineProperty(navigator, 'locks', { value: undefined }) })
  const { page } = await open()
  await context.route('**/v1/track*', (route) => route.abort())
  await use(page, 'lockless')
  await log(page, 'left behind')
  expect(await flush(page, 'disk')).toBe(true)
  // The page is dead for a while already when the next comes.
  await page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open('clewline-1')
      opening.onsuccess = () => resolve(opening.result)
    })
    const rows = db.transaction('rows', 'readwrite').objectStore('rows')
    const keys = await new Promise<IDBValidKey[]>((resolve) => {
      const all = rows.getAllKeys()
      all.onsuccess = () => resolve(all.result)
    })
    for (const key of keys) if (String(key).startsWith('o')) rows.put(Date.now() - 100_000, key)
  })
  await page.close()
  await context.unroute('**/v1/track*')
  const { page: next } = await open()
  await use(next, 'lockless')
  expect((await clewline.find('app:lockless', 1)).map(({ msg }) => msg)).toEqual(['left behind'])
})

test('console.* that the SDK keeps shows the caller\'s own line', async () => {
  const { page } = await open()
  const inspector = await context.newCDPSession(page)
  await inspector.send('Runtime.enable')
  const frames: (readonly [string | undefined, number | undefined])[] = []
  inspector.on('Runtime.consoleAPICalled', ({ stackTrace }) => {
    const [top] = stackTrace?.callFrames ?? []
    frames.push([top?.url.split('/').pop(), top?.lineNumber])
  })
  await page.evaluate(() => {
    const { T, captureConsole } = (globalThis as unknown as Global).Clewline
    T.$use(captureConsole, {})
  })
  await page.addScriptTag({ content: '\n\nconsole.log("a")\nconsole.error(new Error("b"))\n//# sourceURL=caller.js' })
  await expect.poll(() => frames).toEqual([['caller.js', 2], ['caller.js', 3]])
})
