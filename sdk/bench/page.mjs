// What the SDK costs a page, in Chromium: `npm -w sdk run build && npm -w sdk run bench:page`.
// First what a call costs; then the main thread's share at 1,000 logs a second with local store and
// upload, over the same page without the SDK, run by run in turn.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'

import { chromium } from 'playwright-core'

const seconds = Number(process.env.SECONDS ?? 5)
const rounds = Number(process.env.ROUNDS ?? 3)
const script = await readFile(new URL('../dist/clewline.iife.js', import.meta.url))
const server = createServer((request, response) => {
  if (request.url === '/clewline.js') return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
  if (request.method !== 'POST') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><script src="/clewline.js"></script>')
  // A track door that acknowledges all it gets.
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    const body = Buffer.concat(chunks)
    const { stream, from, to } = JSON.parse((request.url.includes('enc=gzip') ? gunzipSync(body) : body).toString().split('\n', 1)[0])
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ clewline: 1, ack: [[stream, from, to]], offset: 0, now: Date.now(), commands: [], wait: 0 }))
  })
}).listen(0, '127.0.0.1')
await new Promise((resolve) => { server.once('listening', resolve) })
const origin = `http://127.0.0.1:${server.address().port}`
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })

const page = await browser.newPage()
await page.goto(origin)
const calls = await page.evaluate(async () => {
  const { createTracker } = globalThis.Clewline
  const T = createTracker()
  T.$level({ console: 'off', report: 'debug' })
  T.$use((host) => ({ name: 'sink', stop: host.sink({ destination: 'report', take() {}, omit() {} }) }), undefined)
  await new Promise((resolve) => { setTimeout(resolve, 50) })
  const off = new T({ label: 'call', level: 'off' })
  const t = new T('call')
  const flat = { callId: 'c-17', leg: 'outbound', state: 'ringing', seconds: 4, ok: true, codec: 'opus', rate: 48000, jitter: 3.5, peer: '10.0.0.7', retry: 0 }
  const cases = [
    ['level off', () => off.$log('ringing'), 2e7],
    ['text, console off', () => t.$log('ringing'), 1e6],
    ['text and number, console off', () => t.$log('ringing', 7), 1e6],
    ['10-field object, console off', () => t.$log('ringing', flat), 3e5],
    ['JSON.stringify of the same object', () => JSON.stringify(flat), 5e5],
  ]
  return cases.map(([name, call, count]) => {
    const runs = Array.from({ length: 7 }, () => {
      const start = performance.now()
      for (let i = 0; i < count; i++) call()
      return ((performance.now() - start) * 1e6) / count
    }).slice(1).sort((a, b) => a - b)
    return [name, runs[0], runs[3]]
  })
})
for (const [name, best, median] of calls) console.log(`${best.toFixed(1).padStart(8)} ns best, ${median.toFixed(1)} median  ${name}`)
await page.close()

/** Logs 1,000 a second, or does the same without the SDK; gives the main thread's busy share and its longest task in ms (by the clock on the wall). */
const run = async (withSDK) => {
  const context = await browser.newContext()
  const one = await context.newPage()
  await one.goto(origin)
  await one.evaluate(({ withSDK, origin }) => {
    const { T, logData, logReport } = globalThis.Clewline
    let log = () => {}
    if (withSDK) {
      T.$level({ console: 'off' })
      T.$use(logData, {})
      T.$use(logReport, { endpoint: origin, app: 'bench', key: 'pk' })
      const t = new T('call')
      log = (text, data) => t.$log(text, data)
    }
    let n = 0
    setInterval(() => { for (let i = 0; i < 10; i++) log(`event ${++n}`, { n, leg: 'outbound', state: 'ringing' }) }, 10)
  }, { withSDK, origin })
  await one.waitForTimeout(1000)
  const inspector = await context.newCDPSession(one)
  await inspector.send('Performance.enable', { timeDomain: 'threadTicks' }) // the thread's own time: other programs do not count
  const busy = async () => {
    const { metrics } = await inspector.send('Performance.getMetrics')
    const value = (name) => metrics.find((metric) => metric.name === name)?.value ?? 0
    return { task: value('TaskDuration'), at: performance.now() / 1000 }
  }
  const before = await busy()
  await one.waitForTimeout(seconds * 1000)
  const after = await busy()
  // Tracing costs time of its own.
  await browser.startTracing(one, { categories: ['disabled-by-default-devtools.timeline'] })
  await one.waitForTimeout(seconds * 1000)
  const trace = JSON.parse((await browser.stopTracing()).toString())
  const tasks = trace.traceEvents.filter(({ name }) => name === 'RunTask').map(({ dur = 0 }) => dur / 1000)
  await context.close()
  return { share: (after.task - before.task) / (after.at - before.at), longest: Math.max(0, ...tasks), over: tasks.filter((ms) => ms > 10).length }
}

const percent = (share) => `${(share * 100).toFixed(2)} %`
for (let round = 1; round <= rounds; round++) {
  const [without, having] = [await run(false), await run(true)]
  console.log(`round ${round}: main thread ${percent(without.share)} without, ${percent(having.share)} with the SDK: ${percent(having.share - without.share)}; longest task ${having.longest.toFixed(1)} ms (${without.longest.toFixed(1)} without), over 10 ms: ${having.over} (${without.over})`)
}
await browser.close()
server.close()
