import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { promisify } from 'node:util'

import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { startBrowser } from './browser'
import { startClewline, type Clewline } from './clewline'
import { listen, type Running } from './servers'

let browser: Browser
let pages: Running
let clewline: Clewline
let context: BrowserContext
const wrong: string[] = []

/** As strict as a policy can be that lets the page load its own scripts, and talk to the server where the path says so. */
const policy = (connect: string): string =>
  `default-src 'self'; connect-src 'self' ${connect}; require-trusted-types-for 'script'; trusted-types 'none'`

const types: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css' }

beforeAll(async () => {
  browser = await startBrowser()
  clewline = await startClewline()
  pages = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    readFile(join(process.cwd(), normalize(pathname))).then(
      (body) => response.writeHead(200, { 'content-type': types[pathname.split('.').pop() ?? ''] ?? 'text/plain', 'content-security-policy': policy(searchParams.get('endpoint') ?? '') }).end(body),
      () => response.writeHead(404).end(),
    )
  })
})
afterAll(async () => {
  await browser.close()
  await pages.close()
  await clewline.stop()
})
beforeEach(async () => {
  wrong.length = 0
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
})
afterEach(async () => {
  await context.close()
  expect(wrong).toEqual([])
})

/** A page of the example; what breaks in it, and what a policy forbids, fails the test. */
const open = async (search = '', hash = '', in_ = context): Promise<Page> => {
  const page = await in_.newPage()
  page.on('pageerror', (error) => wrong.push(String(error)))
  page.on('console', (message) => { if (/Content Security Policy|Trusted ?Type|Refused to/i.test(message.text())) wrong.push(message.text()) })
  await page.goto(`${pages.url}/examples/viewer/index.html?${search}${hash}`)
  await page.waitForFunction(() => 'viewer' in window)
  return page
}

const reporting = (app: string): string => `endpoint=${clewline.url}&key=${clewline.browserKey}&app=${app}`
const makeCall = (page: Page): Promise<void> => page.evaluate(() => (window as never as { makeCall(): void }).makeCall())
const rows = (page: Page): Locator => page.locator('clewline-viewer .r')
const row = (page: Page, text: string): Locator => rows(page).filter({ hasText: text }).first()
const ask = (page: Page, query: string): Promise<void> => page.locator('clewline-viewer input[type=search]').fill(query)
const count = (page: Page): Locator => page.locator('clewline-viewer .q [aria-live]')
const settled = (page: Page, text: string | RegExp): Promise<void> => count(page).filter({ hasText: text }).waitFor()

test('it opens by the hash, by five taps in the corner and by a call, under default-src self and Trusted Types', async () => {
  const page = await open('', '#clewline')
  const viewer = page.locator('clewline-viewer')
  await viewer.locator('.hd').waitFor()
  await makeCall(page)
  await settled(page, '20 of 20')
  for (const key of ['Home', 'j', 'ArrowDown', 'k', 'Enter']) await page.keyboard.press(key)
  await viewer.locator('.r.sel', { hasText: 'devices' }).locator('.wh', { hasText: 'staff: "staff-1042"' }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('level:error')
  await settled(page, '2 of 20')
  await page.keyboard.press('Escape') // from the query to the list,
  await page.keyboard.press('Escape') // and out
  await viewer.waitFor({ state: 'detached' })
  await makeCall(page) // while nobody looks
  for (let i = 0; i < 5; i++) await page.mouse.click(1270, 890)
  await viewer.locator('.hd').waitFor()
  await settled(page, /of 40/)
  await viewer.getByRole('button', { name: 'Close' }).click()
  await viewer.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Open the log' }).click()
  await viewer.locator('.hd').waitFor()
  await page.keyboard.press('Escape')
  // The focus is where it was.
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Open the log')
})

test('the console is reproduced: forms, colours, groups, tables, stacks, and text that is only text', async () => {
  const page = await open('', '#clewline')
  await makeCall(page)
  await settled(page, '20 of 20')
  const list = page.locator('clewline-viewer .ls')
  await list.evaluate((element) => { element.scrollTop = 0 })
  await row(page, 'ringing').waitFor()
  expect(await row(page, 'devices').locator('th').allTextContents()).toEqual(['kind', 'label', 'rate'])
  expect(await row(page, 'ping 37 ms').locator('.x').textContent()).toBe('×4')
  expect(await row(page, 'release').locator('.tg').textContent()).toBe('release4.18.2')
  const state = row(page, 'hold:')
  await state.getByRole('button', { name: 'ticket:' }).click()
  expect(await state.textContent()).toContain('ageMs: 2407118 40 m 7 s')
  const error = row(page, 'TicketError')
  expect(await error.locator('.st').textContent()).toMatch(/at answer \(viewer\.js:\d+:\d+\)/)
  expect(await error.textContent()).toContain('TICKET_EXPIRED')

  await list.press('End')
  const painted = row(page, 'route').locator('.c').first()
  expect(await painted.evaluate((element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color])).toEqual(['rgb(122, 47, 154)', 'rgb(255, 255, 255)'])
  await row(page, '<img src=x onerror=alert(1)>').waitFor()
  expect(await page.locator('clewline-viewer img').count()).toBe(0)
  await row(page, 'negotiation').locator('button').click()
  await settled(page, '18 of 20')
  expect(await rows(page).filter({ hasText: 'no answer yet' }).count()).toBe(0)
})

test('filters by level, label, form, category and query; a mistake is pointed at and the last answer stays', async () => {
  const page = await open('', '#clewline')
  await makeCall(page)
  await settled(page, '20 of 20')
  const chips = page.locator('clewline-viewer .fs')
  await ask(page, 'callId:call-9f3c27 and level>=warn')
  await settled(page, '4 of 20')
  await ask(page, 'data.ticket.ageMs > 2e6 or 坐席七')
  await settled(page, '1 of 20')
  await ask(page, 'level>=high')
  await page.locator('clewline-viewer [role=alert]', { hasText: 'column 8: want a level' }).waitFor()
  await settled(page, '1 of 20')
  await ask(page, '')
  await chips.getByRole('button', { name: 'request', exact: true }).click()
  await settled(page, '2 of 20')
  await chips.getByRole('button', { name: 'request', exact: true }).click()
  await chips.getByRole('button', { name: 'alarm' }).click()
  await settled(page, '1 of 20')
  await chips.getByRole('button', { name: 'all forms' }).click()
  await chips.getByRole('combobox').selectOption('page')
  await settled(page, '1 of 20')
  await chips.getByRole('combobox').selectOption('')
  await chips.getByRole('button', { name: /^debug/ }).click()
  await settled(page, '15 of 20')
})

test('what earlier pages of this device logged is there, with log-data', async () => {
  const first = await open()
  await makeCall(first)
  await first.evaluate(() => (window as never as { T: { $flush(upTo: string): Promise<boolean> } }).T.$flush('disk'))
  await first.close()
  const second = await open('', '#clewline')
  await settled(second, '20 of 20')
  await makeCall(second)
  await settled(second, '40 of 40')
})

test('100,000 events scroll', async () => {
  const page = await open('data=none', '#clewline')
  await page.evaluate(() => (window as never as { makeMany(): void }).makeMany())
  await settled(page, /of 90,0\d\d|of 100,000/)
  await page.waitForFunction(() => !document.querySelector('clewline-viewer')?.shadowRoot?.querySelector('.q [aria-live]')?.textContent?.includes('…'))
  await page.evaluate(() => {
    const list = document.querySelector('clewline-viewer')?.shadowRoot?.querySelector('.ls') as HTMLElement
    const seen = { tasks: [] as number[], frames: 0, rows: 0 }
    Object.assign(window, { seen })
    new PerformanceObserver((entries) => { for (const { duration } of entries.getEntries()) seen.tasks.push(Math.round(duration)) }).observe({ entryTypes: ['longtask'] })
    return new Promise<void>((resolve) => {
      const step = (): void => {
        list.scrollTop = (list.scrollHeight * seen.frames) / 200
        seen.rows = Math.max(seen.rows, list.querySelectorAll('.r').length)
        if (++seen.frames < 200) requestAnimationFrame(step)
        else resolve()
      }
      list.scrollTop = 0
      requestAnimationFrame(step)
    })
  })
  const seen = await page.evaluate(() => (window as never as { seen: { tasks: number[]; rows: number } }).seen)
  console.info(`scrolling through 100,000 events in 200 frames: ${seen.tasks.length} long tasks (${seen.tasks.join(', ')} ms), at most ${seen.rows} rows drawn`)
  expect(seen.rows).toBeLessThan(100)
  await ask(page, 'form:data and data.i:77700')
  await settled(page, /^1 of/)
  await row(page, 'state 77700').waitFor()
})

test('a share code opens on the server what was shared, also what its level or mode had left out', async () => {
  const page = await open(reporting('sharing'), '#clewline')
  await makeCall(page)
  await settled(page, '20 of 20')
  expect(await clewline.search('app:sharing level:debug')).toEqual([])
  await ask(page, 'callId:call-9f3c27')
  await settled(page, '14 of 20')
  await page.locator('clewline-viewer .ls').press('s')
  const code = (await page.locator('clewline-viewer .cd').textContent()) ?? ''
  expect(code).toMatch(/^[2-9A-Z]{3}-[2-9A-Z]{3}$/)
  const found = await clewline.find(`share:${code}`, 14)
  expect(found.filter(({ callId }) => callId === 'call-9f3c27')).toHaveLength(14)
  expect(found.filter(({ level }) => level === 'debug')).toHaveLength(5)
  const { stdout } = await promisify(execFile)(process.env['CLEWLINE_BIN'] ?? '../bin/clewline', ['query', '--server', clewline.url, '--key', clewline.readKey, '-o', 'ndjson', `share:${code.toLowerCase()}`])
  expect(stdout.trim().split('\n').filter((line) => line.includes('call-9f3c27'))).toHaveLength(14)
  expect(await clewline.search('app:sharing seq:1')).toHaveLength(1) // once, though it was sent twice
  await row(page, 'ping 37 ms').locator('[aria-label=stored]').waitFor()
})

test('without an upload there is no code, but a file', async () => {
  const page = await open('data=none', '#clewline')
  await makeCall(page)
  await settled(page, '20 of 20')
  await page.locator('clewline-viewer .ls').press('s')
  await page.locator('clewline-viewer .sd', { hasText: 'not uploaded' }).waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as file' }).click()])
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as { seq: number; stream: string })
  expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  expect(lines[0]?.stream).toMatch(/^\d{8}/)
})

const post = async (path: string, body: object): Promise<Record<string, string>> => {
  const response = await fetch(clewline.url + path, { method: 'POST', headers: { authorization: `Bearer ${clewline.readKey}` }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, string>
}

test('the same viewer over the server sees one call, and is told when its token is taken back', async () => {
  const page = await open(`${reporting('remote')}&call=call-mine`)
  await makeCall(page)
  await page.evaluate(() => (window as never as { T: { $context(c: object): void; $flush(): Promise<boolean> } }).T.$flush())
  const other = await open(`${reporting('remote')}&call=call-other`)
  await makeCall(other)
  await other.evaluate(() => (window as never as { T: { $flush(): Promise<boolean> } }).T.$flush())
  await clewline.find('app:remote callId:call-mine', 9)
  await clewline.find('app:remote callId:call-other', 9)

  const { token, path, id } = await post('/v1/viewer-tokens', { callId: 'call-mine' })
  // In the host's page, from another origin ...
  const here = await open(`endpoint=${clewline.url}&key=pk_none&data=none`, `#clewline=${token}`)
  await settled(here, '9 of 9')
  expect(await here.locator('clewline-viewer .hd').textContent()).toContain('callId call-mine')
  // ... and in the server's own.
  const there = await context.newPage()
  there.on('pageerror', (error) => wrong.push(String(error)))
  await there.goto(clewline.url + path)
  await settled(there, '9 of 9')
  await row(there, 'TicketError').waitFor()
  await ask(there, 'level:error')
  await settled(there, '2 of 9')

  await fetch(`${clewline.url}/v1/viewer-tokens/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${clewline.readKey}` } })
  await there.locator('clewline-viewer [role=alert]', { hasText: 'taken back' }).waitFor()
  await settled(there, '2 of 9') // what was read stays
  const never = await open(`endpoint=${clewline.url}&key=pk_none&data=none`, '#clewline=vt_invented')
  await never.locator('clewline-viewer [role=alert]', { hasText: 'never made here' }).waitFor()
  // Nobody waits for a minute here: what the server answers when the time is over, Go's tests hold.
  await there.route('**/v1/viewer*', (route) => route.fulfill({ status: 410, json: { error: { code: 'gone', reason: 'viewer_expired', message: 'x' } } }))
  await there.reload()
  await there.locator('clewline-viewer [role=alert]', { hasText: 'time is over' }).waitFor()
})

test('it looks as it was drawn, in light and dark, and at 360 px nothing is out of reach', async () => {
  const folder = process.env['SHOTS']
  if (folder) await mkdir(folder, { recursive: true })
  for (const [name, options] of Object.entries({
    light: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
    dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
    phone: { viewport: { width: 360, height: 780 }, colorScheme: 'dark', hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
    'phone-zh': { viewport: { width: 360, height: 780 }, colorScheme: 'light', hasTouch: true, isMobile: true, deviceScaleFactor: 2, locale: 'zh-CN' },
  } as const)) {
    const own = await browser.newContext(options)
    const page = await open(`${reporting('looks')}`, '#clewline', own)
    await makeCall(page)
    await settled(page, '20')
    await page.locator('clewline-viewer .ls').press('s')
    await page.locator('clewline-viewer .cd').waitFor()
    const wide = await page.locator('clewline-viewer .v').evaluate((panel) => [panel.scrollWidth, panel.clientWidth])
    expect([name, wide[0]]).toEqual([name, wide[1]])
    for (const button of await page.locator('clewline-viewer .nv:visible button, clewline-viewer .hd .ic:visible').all()) {
      const box = await button.boundingBox()
      if (name.startsWith('phone')) expect([name, (box?.height ?? 0) >= 44]).toEqual([name, true])
    }
    if (folder) await page.screenshot({ path: join(folder, `viewer-${name}.png`) })
    await own.close()
  }
})
