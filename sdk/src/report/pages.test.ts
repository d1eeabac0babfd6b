import { expect, test } from 'vitest'

import type { Environment } from '../core/environment'
import { logData, type DataOptions } from '../data/logData'
import { runOf } from '../data/rows'
import { createProfile, type Page } from '../testing/profile'
import { createTrackServer, type Fault, type TrackServer } from '../testing/trackServer'
import { createVirtualTime, seeded } from '../testing/virtualTime'
import { logReport, type ReportOptions } from './logReport'

const options: ReportOptions = { endpoint: 'https://logs.test', app: 'phone', key: 'pk_1' }
const faults: (Fault | undefined)[] = ['loseRequest', 'loseReply', 'stall', 'portal', 'truncate', 'partial', 'nothing', 500, 503, 401, undefined, undefined, undefined, undefined]

interface Plan {
  readonly report?: Partial<ReportOptions>
  readonly data?: DataOptions
  readonly locks?: boolean
  /** Faults of the storage too. */
  readonly storage?: boolean
}

interface Result {
  readonly server: TrackServer
  /** What each number of each stream said. */
  readonly logged: Map<string, string[]>
  readonly durable: Map<string, number>
  readonly missing: number
}

/** Several pages at a time log through a bad network; they are closed, cached, frozen and killed. Then one comes that sends the rest. */
const run = async (seed: number, { report = {}, data = {}, locks = true, storage = false }: Plan = {}): Promise<Result> => {
  const chance = seeded(seed)
  const time = createVirtualTime(seed)
  const server = createTrackServer(time.now)
  const profile = createProfile(time, server.fetch, locks)
  const logged = new Map<string, string[]>()
  const durable = new Map<string, number>()
  server.fault = () => faults[Math.floor(chance() * faults.length)] as Fault | undefined
  if (storage) profile.fault = () => (chance() < 0.1 ? new DOMException('lost', 'UnknownError') : undefined)

  const open = (): Page => {
    const page = profile.open()
    page.T.$use(logData, { drivers: [page.driver], ...data })
    page.T.$use(logReport, { ...options, ...report })
    return page
  }
  let pages = [open()]
  const log = (page: Page, step: number): void => {
    const t = new page.T('page')
    for (let burst = Math.floor(chance() * 20); burst > 0; burst--) {
      const text = `${seed}/${step}/${burst}${'x'.repeat(chance() < 0.1 ? 4000 : chance() * 40)}`
      if (chance() < 0.1) t.$error(text)
      else t.$log(text, undefined, chance() < 0.2 ? 'debug' : 'info')
      const { stream = '' } = page.T.$status()
      logged.set(stream, [...(logged.get(stream) ?? []), text])
    }
  }
  for (let step = 0; step < 40; step++) {
    for (const page of pages) if (chance() < 0.7) log(page, step)
    const dice = chance()
    const page = pages[Math.floor(chance() * pages.length)] as Page
    if (dice < 0.15) page.kill()
    else if (dice < 0.25) page.close()
    else if (dice < 0.3) page.hide()
    else if (dice < 0.35) {
      page.cache()
      await time.pass(30_000 * chance())
      page.window.dispatchEvent(new Event('pageshow'))
    }
    if (dice < 0.25) pages = pages.filter((one) => one !== page)
    if (!pages.length || (pages.length < 3 && chance() < 0.2)) pages.push(open())
    await time.pass(chance() < 0.1 ? 300_000 * chance() : 2000 * chance())
  }
  pages.forEach((page) => page.kill())
  for (const [stream, last] of profile.durable) durable.set(stream, last)
  server.fault = profile.fault = undefined
  const last = open()
  await time.pass(3_600_000)
  const { missing } = last.T.$status().plugins['logReport'] as { missing: number }
  return { server, logged, durable, missing }
}

const declared = (server: TrackServer, stream: string, seq: number): string | undefined =>
  server.streams.get(stream)?.omitted.find(({ from, to }) => from <= seq && seq <= to)?.reason

/** Each number that was written down is stored with what was logged under it, or declared. */
const check = ({ server, logged, durable }: Result, reasons: readonly string[]): number => {
  let stored = 0
  expect(server.complaints).toEqual([])
  for (const [stream, last] of durable) {
    const texts = logged.get(stream) ?? []
    for (let seq = 1; seq <= last; seq++) {
      const event = server.streams.get(stream)?.events.get(seq)
      const reason = declared(server, stream, seq)
      if (!event && !reason) throw new Error(`number ${seq} of 1..${last} of ${stream} is lost`)
      if (event && texts[seq - 1] !== event['msg']) throw new Error(`number ${seq} of ${stream} is something else`)
      if (!event && !reasons.includes(reason ?? '')) throw new Error(`number ${seq} of ${stream} is omitted: ${reason ?? ''}`)
      if (event) stored++
    }
    expect(server.streams.get(stream)?.closedAt).toBeGreaterThanOrEqual(last)
  }
  for (const stream of server.streams.keys()) expect(logged.has(stream)).toBe(true)
  return stored
}

test('whatever happens to pages and network, all that was written down arrives, once', { timeout: 300_000 }, async () => {
  let stored = 0
  for (let seed = 1; seed <= 25; seed++) {
    const result = await run(seed)
    stored += check(result, ['level'])
    expect(result.missing).toBe(0)
  }
  expect(stored).toBeGreaterThan(5_000)
})

test('the same without Web Locks', { timeout: 300_000 }, async () => {
  for (let seed = 101; seed <= 110; seed++) check(await run(seed, { locks: false }), ['level'])
})

test('the same where storage fails again and again', { timeout: 300_000 }, async () => {
  for (let seed = 201; seed <= 210; seed++) check(await run(seed, { storage: true }), ['level'])
})

test('the same with little memory: what waits is read from the device', { timeout: 300_000 }, async () => {
  for (let seed = 301; seed <= 312; seed++) check(await run(seed, { report: { maxEvents: 60 } }), ['level'])
})

test('with little room on the device the oldest go, and are declared', { timeout: 300_000 }, async () => {
  let dropped = 0
  for (let seed = 401; seed <= 410; seed++) {
    const result = await run(seed, { data: { maxBytes: 30_000 }, report: { maxEvents: 50 } })
    check(result, ['level', 'quota'])
    for (const { omitted } of result.server.streams.values()) dropped += omitted.filter(({ reason }) => reason === 'quota').length
  }
  expect(dropped).toBeGreaterThan(0)
})

test('what a page wrote down after another looked, and before it died, is sent as well', async () => {
  const time = createVirtualTime(1)
  const server = createTrackServer(time.now)
  const profile = createProfile(time, server.fetch)
  const open = (more: Partial<Environment> = {}): Page => {
    const page = profile.open(more)
    page.T.$use(logData, { drivers: [page.driver] })
    page.T.$use(logReport, options)
    return page
  }
  const stored = (): unknown[] =>
    [...server.streams.values()].map(({ events, closedAt }) => [[...events.values()].map(({ msg }) => msg), closedAt])

  server.fault = () => 'loseRequest'
  const dying = open()
  const t = new dying.T('page')
  t.$log('before')
  await time.pass(5000)

  let asked = false
  const locks = {
    request: (_: string, body: () => Promise<unknown>) => body(),
    async query() {
      if (!asked) {
        asked = true
        t.$log('after')
        await new Promise<void>((resolve) => { time.env.timer(resolve, 1000) })
        dying.kill()
      }
      return { held: [], pending: [] }
    },
  } as unknown as LockManager
  const heir = open({ locks })
  await time.pass(5000)
  server.fault = undefined
  await time.pass(600_000)
  expect(stored()).toEqual([[['before', 'after'], 2]])

  // And what comes to light when all seemed to have been sent.
  heir.kill()
  const [stream = ''] = server.streams.keys()
  const line = '{"seq":3,"time":"2026-11-20T12:00:00.000Z","msg":"found later"}'
  profile.rows.set(runOf(stream, 3, 3, line.length).key, [line, []])
  open()
  await time.pass(600_000)
  expect(stored()).toEqual([[['before', 'after', 'found later'], 3]])
})
