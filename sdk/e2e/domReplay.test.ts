import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

// What users get: the build, by the package's name.
import { readReplay } from 'clewline/dom-replay'

import { startBrowser } from './browser'
import { listen, startCollector } from './servers'

let browser: Browser
let script: string

beforeAll(async () => {
  browser = await startBrowser()
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import T from 'clewline'
        import domReplay from 'clewline/dom-replay'
        import logReport from 'clewline/log-report'
        T.$use(logReport, { endpoint: '', app: 'replay', key: 'k' })
        window.replay = T.$use(domReplay, {})
        window.T = T
      `, resolveDir: process.cwd(),
    },
    bundle: true, write: false, format: 'iife', target: 'es2022', logLevel: 'silent',
  })
  script = outputFiles[0]?.text ?? ''
})
afterAll(async () => { await browser.close() })

const rows = Array.from({ length: 3000 }, (_, i) => `<li title="row ${i}">Anna Müller 中文😀 ${i}</li>`).join('')
const html = `<!doctype html><title>Desk of Anna</title><link rel="stylesheet" href="/page.css"><script src="/page.js" defer></script>
<input id="password" type="password"><input id="card"><p id="status">call of Anna</p><div data-clewline="off"><b id="hidden">kept away</b></div><a href="/a?ticket=tk-1">a</a><ul>${rows}</ul>`

test('a page is recorded by the real recorder under a strict policy: its looks and changes, not its words', async () => {
  const collector = await startCollector()
  const site = await listen((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const send = (type: string, body: string) => response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': `default-src 'self'; connect-src 'self' ${collector.url}` }).end(body)
    if (pathname === '/page.js') send('text/javascript', script.replace("endpoint: \"\"", `endpoint: ${JSON.stringify(collector.url)}`))
    else if (pathname === '/page.css') send('text/css', 'li { color: rgb(1, 2, 3) }')
    else send('text/html', html)
  })
  const page = await browser.newPage()
  const problems: string[] = []
  page.on('console', (message) => { if (message.type() === 'error' && !message.text().includes('404')) problems.push(message.text()) })
  page.on('pageerror', ({ message }) => problems.push(message))
  await page.goto(`${site.url}/desk?ticket=tk-0`)
  await page.waitForFunction(() => (window as unknown as { replay: { status(): { events: number } } }).replay.status().events >= 2)
  await page.type('#password', 'hunter2')
  await page.type('#card', '4111111111111111')
  await page.evaluate(() => { (document.querySelector('#status') as HTMLElement).textContent = 'dropped by Anna' })
  const events = () => collector.received.flatMap((request) => request.events)
  /** Whether there is a change of this kind: 0 of the page, 5 of an input. */
  const has = (source: number): boolean => readReplay(events())[0]?.events.some(({ type, data }) => type === 3 && (data as { source: number }).source === source) ?? false
  await collector.until(() => has(0) && has(5))
  await page.evaluate(() => (window as unknown as { T: { $stop(): Promise<void> } }).T.$stop())

  const [recorded] = readReplay(events())
  expect(recorded?.missing).toBe(0)
  expect(recorded?.events.slice(0, 4).map(({ type }) => type)).toEqual(expect.arrayContaining([4, 2]))
  const everything = JSON.stringify(recorded) + JSON.stringify(events())
  expect(everything).toContain('row 2999')
  expect(everything).toContain('rgb(1, 2, 3)')
  for (const secret of ['hunter2', '41111111', 'Anna', '中文', 'kept away', 'tk-0', 'tk-1']) expect(everything).not.toContain(secret)
  expect(problems).toEqual([])
  await page.close()
  await site.close()
  await collector.close()
})
