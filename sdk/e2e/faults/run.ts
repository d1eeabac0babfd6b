import type { Page } from 'playwright-core'

import { seeded } from '../../src/testing/virtualTime'
import type { Clewline } from '../clewline'
import { listen } from '../servers'
import type { Chromium } from './chromium'
import type { PageOptions } from './page'
import { networkFaults, type Proxy } from './proxy'

/** One run of the fault plan. */
export interface Plan {
  readonly seed: number
  /** So many logs are to be written down at least. */
  readonly logs: number
  readonly perSecond?: number
  /** The script of the page, which may have a fault of its own. */
  readonly script: string
  /** Without faults the harness itself must lose nothing. */
  readonly quiet?: boolean
}

/** What became of it. */
export interface Verdict {
  /** Logs of which the page said that they are written down. */
  readonly durable: number
  /** What the server has. */
  readonly stored: number
  /** Numbers that were declared left out, by reason. */
  readonly declared: Readonly<Record<string, number>>
  /** Durable, and neither stored nor debug, which is declared. */
  readonly lost: string[]
  readonly twice: string[]
  /** In another order than they were logged, or with another content. */
  readonly wrong: string[]
  readonly pages: number
  readonly actions: Readonly<Record<string, number>>
  readonly seconds: number
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms) })

/** Between two things that happen to pages, in ms. */
const BETWEEN = 350
/** What the server acknowledged is found after so long at most, on a machine that is busy with other things, in ms. */
const VISIBLE = 10_000

type Action = 'reload' | 'open' | 'close' | 'crash' | 'freeze' | 'offline' | 'away' | 'hide' | 'killBrowser' | 'killServer' | 'none'

const actions: readonly Action[] = [
  'reload', 'reload', 'open', 'open', 'close', 'close', 'crash', 'crash', 'freeze', 'offline', 'away', 'hide', 'killBrowser', 'killServer', 'none', 'none',
]

export const runPlan = async (clewline: Clewline, chromium: Chromium, proxy: Proxy, { seed, logs, perSecond = 400, script, quiet = false }: Plan): Promise<Verdict> => {
  const started = performance.now()
  const chance = seeded(seed)
  const app = `faults-${seed}-${Math.floor(performance.now())}`
  const announced = new Map<string, number>()
  const counts: Record<string, number> = {}
  let opened = 0
  const site = await listen((request, response) => {
    const isScript = request.url?.startsWith('/page.js')
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(isScript ? script : '<!doctype html><title>page</title><script src="/page.js"></script>')
  })
  const durable = (): number => [...announced.values()].reduce((sum, n) => sum + n, 0)

  /** A page begins anew each time that it is loaded, under another name. */
  const begin = async (page: Page, rate: number): Promise<void> => {
    const options: PageOptions = { endpoint: proxy.url, key: clewline.browserKey, app, name: `${app}/${++opened}`, perSecond: rate }
    await page.goto(`${site.url}/`)
    await page.evaluate((given) => window.begin(given), options)
  }
  const open = async (rate = perSecond): Promise<Page> => {
    const page = await chromium.context().newPage()
    await page.exposeFunction('announce', (name: string, upTo: number) => announced.set(name, Math.max(upTo, announced.get(name) ?? 0)))
    await begin(page, rate)
    return page
  }

  let pages: Page[] = [await open(), await open()]
  const act: Record<Action, (page: Page) => Promise<unknown>> = {
    reload: (page) => begin(page, perSecond),
    open: async () => { if (pages.length < 4) pages.push(await open()) },
    async close(page) {
      pages = pages.filter((one) => one !== page)
      await page.close({ runBeforeUnload: true })
    },
    async crash(page) {
      pages = pages.filter((one) => one !== page)
      const inspector = await chromium.context().newCDPSession(page)
      const gone = page.waitForEvent('crash')
      void inspector.send('Page.crash').catch(() => {})
      await gone
      await page.close()
    },
    async freeze(page) {
      const inspector = await chromium.context().newCDPSession(page)
      await inspector.send('Page.setWebLifecycleState', { state: 'frozen' })
      await pause(1500)
      await inspector.send('Page.setWebLifecycleState', { state: 'active' })
    },
    async offline() {
      await chromium.context().setOffline(true)
      await pause(800)
      await chromium.context().setOffline(false)
    },
    async away(page) {
      await page.goto('about:blank')
      await pause(300)
      await page.evaluate(() => history.back()) // goBack waits for a load that a cached page does not have
      await pause(300)
      // From the cache it is the same page, which goes on; else it is loaded anew, and silent.
      if (!(await page.evaluate(() => typeof window.state))) await begin(page, perSecond)
    },
    async hide() {
      const other = await chromium.context().newPage()
      await other.bringToFront()
      await pause(300)
      await other.close()
    },
    async killBrowser() {
      await chromium.restart()
      pages = [await open()]
    },
    killServer: () => clewline.restart(),
    none: () => Promise.resolve(),
  }

  if (!quiet) proxy.fault = () => (chance() < 0.3 ? networkFaults[Math.floor(chance() * networkFaults.length)] : undefined)
  const rare = { killBrowser: 2, killServer: 2 } as Record<string, number>
  while (durable() < logs) {
    await pause(BETWEEN)
    if (quiet) continue
    const action = actions[Math.floor(chance() * actions.length)] ?? 'none'
    const page = pages[Math.floor(chance() * pages.length)]
    if (!page || (rare[action] ?? 1) <= 0) continue
    if (action in rare) rare[action] = (rare[action] ?? 0) - 1
    counts[action] = (counts[action] ?? 0) + 1
    // A page that is busy dying may not answer any more.
    await Promise.race([act[action](page).catch(() => {}), pause(8000)])
    if (!pages.length) pages.push(await open())
  }
  proxy.fault = undefined
  await chromium.context().setOffline(false)
  for (const page of pages) await page.close({ runBeforeUnload: true }).catch(() => {})

  // The next visit sends what is left.
  const last = await open(0)
  for (let waited = 0; !(await last.evaluate(() => window.drained())); waited++) {
    if (waited > 300) throw new Error(`not all was sent: ${JSON.stringify(await last.evaluate(() => window.state()))}`)
    await pause(200)
  }
  await last.close()
  await site.close()

  // What is acknowledged is found a moment later: the server writes it down first, and processes it then.
  let found = judge(await clewline.all(`app:${app}`), announced)
  for (let waited = 0; found.lost.length && waited < VISIBLE; waited += BETWEEN) {
    await pause(BETWEEN)
    found = judge(await clewline.all(`app:${app}`), announced)
  }

  return { ...found, durable: durable(), declared: declaredOf(proxy), pages: opened, actions: counts, seconds: (performance.now() - started) / 1000 }
}

const declaredOf = ({ omitted }: Proxy): Record<string, number> => {
  const sums: Record<string, number> = {}
  for (const reasons of omitted.values()) {
    for (const [reason, runs] of reasons) {
      const numbers = new Set(runs.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)))
      sums[reason] = (sums[reason] ?? 0) + numbers.size
    }
  }
  omitted.clear()
  return sums
}

/** Compares what the server has with what the pages said that they had written down. */
const judge = (events: readonly Record<string, unknown>[], announced: ReadonlyMap<string, number>): Pick<Verdict, 'stored' | 'lost' | 'twice' | 'wrong'> => {
  const lost: string[] = []
  const twice: string[] = []
  const wrong: string[] = []
  const seen = new Map<string, number>()
  const streams = new Map<string, { seq: number; n: number; time: number }[]>()
  for (const event of events) {
    const text = String(event['msg'])
    const n = Number(text.slice(text.lastIndexOf('/') + 1))
    const { n: sent, sum, text: filler } = (event['data'] ?? {}) as Record<string, unknown>
    if (sent !== n || sum !== n * 7919 % 10007 || filler !== 'x'.repeat(n % 60)) wrong.push(`${text}: ${JSON.stringify(event['data'])}`)
    if (seen.has(text)) twice.push(text)
    seen.set(text, n)
    const stream = String(event['stream'])
    streams.set(stream, [...(streams.get(stream) ?? []), { seq: Number(event['seq']), n, time: Date.parse(String(event['time'])) }])
  }
  for (const [stream, list] of streams) {
    list.sort((a, b) => a.seq - b.seq)
    list.forEach((one, i) => {
      const before = list[i - 1]
      if (before && (one.n <= before.n || one.time < before.time)) wrong.push(`${stream}: ${before.n} before ${one.n}`)
    })
  }
  for (const [name, upTo] of announced) {
    for (let n = 1; n <= upTo; n++) {
      const isDebug = n % 10 === 3 && n % 500 !== 0
      if (!isDebug && !seen.has(`${name}/${n}`)) lost.push(`${name}/${n}`)
    }
  }
  return { stored: events.length, lost, twice, wrong }
}
