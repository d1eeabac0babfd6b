import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import type { TrackerStatus } from '../src/index'
import type { PushStatus } from '../src/log-push'
import { startBrowser } from './browser'
import { startClewline, type Clewline } from './clewline'
import { listen, type Running } from './servers'

// Pulls of a real page with the built SDK, its upload off: what the server has stored.
let browser: Browser
let clewline: Clewline
let site: Running
let context: BrowserContext

const run = promisify(execFile)
const binary = process.env['CLEWLINE_BIN'] ?? '../bin/clewline'

beforeAll(async () => {
  const scripts = await Promise.all(['clewline', 'clewline-push'].map((name) => readFile(`dist/${name}.iife.js`, 'utf8')))
  browser = await startBrowser()
  clewline = await startClewline()
  site = await listen((request, response) => {
    if (request.url === '/sdk.js') return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(scripts.join('\n'))
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>desk</title><script src="/sdk.js"></script>')
  })
})
afterAll(async () => {
  await browser.close()
  await site.close()
  await clewline.stop()
})
beforeEach(async () => { context = await browser.newContext() })
afterEach(async () => { await context.close() })

interface Global {
  Clewline: typeof import('../src/iife')
  ClewlinePush: typeof import('../src/log-push')
}

interface Client { tab: string; device: string; app: string; online: boolean; channel: boolean; page: string; mode: string; socket: string; lastError?: { code: string } }
interface Pull { id: string; state: string; reason: string; events: number; selected: number; ticket: string }

const api = async <Answer>(path: string, body?: object): Promise<Answer> => {
  const answer = await fetch(clewline.url + path, { method: body ? 'POST' : 'GET', headers: { authorization: `Bearer ${clewline.readKey}` }, body: body && JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json() as Promise<Answer>
}

const until = async <Value>(ask: () => Promise<Value | undefined | false>): Promise<Value> => {
  for (;;) {
    const value = await ask()
    if (value) return value
    await new Promise((resolve) => { setTimeout(resolve, 100) })
  }
}

/** A page whose upload is off, and that may refuse; gives it as the server sees it. */
const open = async (app: string, consents = true): Promise<{ page: Page; client: Client }> => {
  const page = await context.newPage()
  await page.goto(`${site.url}/desk?token=secret`)
  await page.evaluate(({ endpoint, app, key, consents }) => {
    const { Clewline: { T, logData, logReport }, ClewlinePush: { logPush } } = globalThis as unknown as Global
    T.$level({ console: 'off' })
    T.$use(logData, {})
    T.$use(logReport, { endpoint, app, key, mode: 'off' })
    T.$use(logPush, { consent: () => consents })
  }, { endpoint: clewline.url, app, key: clewline.browserKey, consents })
  return { page, client: await live(app) }
}

/** The page of an app, once commands reach it. */
const live = (app: string): Promise<Client> =>
  until(async () => (await api<{ clients: Client[] }>('/v1/clients')).clients.find((one) => one.app === app && one.online && one.channel && one.mode))

const log = (page: Page, texts: readonly string[]) =>
  page.evaluate((texts) => {
    const t = new (globalThis as unknown as Global).Clewline.T('call')
    texts.forEach((text) => t.$log(text, { of: 'this device' }, 'debug'))
  }, texts)

const status = async (page: Page): Promise<PushStatus> =>
  (await page.evaluate((): TrackerStatus => (globalThis as unknown as Global).Clewline.T.$status())).plugins['logPush'] as PushStatus

const ended = (id: string): Promise<Pull> =>
  until(async () => {
    const pull = await api<Pull>(`/v1/pulls/${id}`)
    return !['asked', 'delivered', 'running'].includes(pull.state) && pull
  })

const stored = async (app: string): Promise<unknown[]> => (await clewline.search(`app:${app} and label:call`)).map(({ msg }) => msg).reverse()

test('the command line pulls what a page with its upload off has logged', async () => {
  const { page, client } = await open('pulled')
  expect(client).toMatchObject({ page: '/desk', mode: 'off' }) // without its query
  await log(page, ['one', 'two', 'three'])
  expect(await clewline.search('app:pulled')).toEqual([])

  const { stdout, stderr } = await run(binary, ['pull', '--server', clewline.url, '--key', clewline.readKey, '--device', client.device, '--from', '-1h', '--to', '+1m', '--wait'])
  expect(stderr).toMatch(/done: \d+ events have arrived/)
  expect(await stored('pulled')).toEqual(['one', 'two', 'three'])
  expect(await api<Pull>(`/v1/pulls/${stdout.trim()}`)).toMatchObject({ state: 'done' })

  // Nothing of it looks like a loss, and the same again stores nothing twice.
  const again = await api<Pull>('/v1/pulls', { device: client.device, from: '-1h', to: '+1m' })
  await ended(again.id)
  expect(await stored('pulled')).toEqual(['one', 'two', 'three'])
  const { apps } = await api<{ apps: { app: string; missing: number }[] }>('/v1/ingest/streams')
  expect(apps.find(({ app }) => app === 'pulled')).toMatchObject({ missing: 0 })
})

test('a page that refuses sends nothing, and whoever asked reads why', async () => {
  const { page, client } = await open('refuses', false)
  await log(page, ['mine'])
  const { id } = await api<Pull>('/v1/pulls', { device: client.device, to: '+1m' })
  expect(await ended(id)).toMatchObject({ state: 'refused', events: 0, reason: expect.stringContaining('does not allow') as string })
  expect(await clewline.search('app:refuses')).toEqual([])
})

test('the ticket of another device is refused by the page, and by the server', async () => {
  const { page, client } = await open('other')
  await log(page, ['mine'])
  const { ticket } = await api<Pull>('/v1/pulls', { device: 'some-other-device', to: '+1m' })
  const pull = (ticket: string) => page.evaluate((ticket) => (globalThis as unknown as Global).Clewline.T.$pull({ ticket }), ticket)
  expect(await pull(ticket)).toEqual({ state: 'refused', reason: 'the ticket names another device' })
  // One that was made to name this device is not the server's.
  const [part = '', sign = ''] = ticket.split('.')
  const claims = { ...JSON.parse(Buffer.from(part, 'base64url').toString()) as object, device: client.device }
  expect(await pull(`${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${sign}`)).toMatchObject({ state: 'refused', reason: expect.stringContaining('none of this server') as string })
  expect(await clewline.search('app:other')).toEqual([])
})

test('an expired ticket is refused', async () => {
  const { page, client } = await open('late')
  await log(page, ['mine'])
  const { id, ticket } = await api<Pull>('/v1/pulls', { device: 'nobody', to: '+1m' })
  const [part = '', sign = ''] = ticket.split('.')
  const claims = JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const late = `${Buffer.from(JSON.stringify({ ...claims, device: client.device, until: 1 })).toString('base64url')}.${sign}`
  expect(await page.evaluate((ticket) => (globalThis as unknown as Global).Clewline.T.$pull(ticket), late)).toEqual({ state: 'refused', reason: 'the ticket has expired' })
  expect(id).toMatch(/^pl_/)
  expect(await status(page)).toMatchObject({ refused: 1 })
  expect(await clewline.search('app:late')).toEqual([])
})

test('a pull that was asked while the device was away is answered at its next visit', async () => {
  const { page, client } = await open('visits')
  await log(page, ['kept'])
  await page.evaluate(() => (globalThis as unknown as Global).Clewline.T.$flush('disk'))
  await page.close()
  await until(async () => !(await api<{ clients: Client[] }>('/v1/clients')).clients.some((one) => one.app === 'visits' && one.online))
  const { id, state } = await api<Pull>('/v1/pulls', { device: client.device, to: '+1m' })
  expect(state).toBe('asked')
  await open('visits')
  expect(await ended(id)).toMatchObject({ state: 'done' })
  expect(await stored('visits')).toEqual(['kept'])
})

test('an open channel outlives a restart of the server', async () => {
  const { page, client } = await open('restarts')
  await log(page, ['before'])
  await clewline.restart()
  const asked = await api<Pull>('/v1/pulls', { device: client.device, to: '+1m' })
  await log(page, ['after'])
  expect(await ended(asked.id)).toMatchObject({ state: 'done' })
  expect((await stored('restarts'))[0]).toBe('before')
  expect((await live('restarts')).tab).toBe(client.tab)
})

test('a hidden page lets go of its channel, and is asked all the same', async () => {
  const { page, client } = await open('hides')
  await log(page, ['mine'])
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden' })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await until(async () => !(await api<{ clients: Client[] }>('/v1/clients')).clients.some(({ tab, channel }) => tab === client.tab && channel))
  const { id } = await api<Pull>('/v1/pulls', { device: client.device, to: '+1m' })
  expect(await ended(id)).toMatchObject({ state: 'done' })
  expect(await stored('hides')).toEqual(['mine'])
})
