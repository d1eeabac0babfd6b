// A program as users write them. What it does stands in its argument; it says one JSON a line.
import { writeSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

import T from 'clewline'
import { logReport } from 'clewline/log-report'
import { fromTraceparent, node, run, traceparent } from 'clewline/node'

const given = workerData ?? JSON.parse(process.argv[2])
const { folder, endpoint, key, app, name, does, perSecond = 1000, exitWait } = given
const say = (what) => writeSync(1, `${JSON.stringify(what)}\n`)

T.$level({ console: 'off' })
T.$use(node, { folder, exitWait, ...given.options })
if (endpoint) T.$use(logReport, { endpoint, app, key })
const t = new T(name)

const deeds = {
  /** Logs on and on, and says up to where all is written down. */
  async write() {
    for (let n = 0; ;) {
      for (let i = 0; i < perSecond / 100; i++) {
        n++
        t.$log(`${name} ${n}`, { n, text: 'some words that make it as long as a log is' })
        if (n % 7 === 0) t.$log('detail', undefined, 'debug')
      }
      if (n % 50 < perSecond / 100) void T.$flush('disk').then((is) => { if (is) say({ durable: n }) })
      await wait(10)
    }
  },
  /** Lives, and sends what the dead have left. */
  async idle() {
    setInterval(() => say(T.$status()), 100)
  },
  exit() {
    t.$log('the last words')
    process.on('exit', () => t.$log('words at the exit'))
    process.exit(7)
  },
  finish: () => t.$log('done'),
  throws() {
    t.$log('before')
    setImmediate(() => { throw Object.assign(new Error('broken'), { code: 'BROKEN' }) })
  },
  rejects: () => void Promise.reject(new Error('nobody catches')),
  handlesRejections() {
    process.on('unhandledRejection', (reason) => say({ handled: String(reason) }))
    void Promise.reject(new Error('somebody listens'))
  },
  async status() {
    for (let i = 0; i < 20; i++) t.$log(`event ${i}`)
    const onDisk = await T.$flush('disk')
    while (T.$status().plugins.node.lastError === undefined && given.until) await wait(20)
    say({ onDisk, arrived: await T.$flush(), status: T.$status() })
  },
  /** Fills the disk, and goes on. */
  async fill() {
    for (let n = 1; n <= 2400; n++) {
      t.$log(`${name} ${n}`, { filler: Array.from({ length: 40 }, () => Math.random().toString(36)).join('') })
      if (n % 50 === 0) await wait(20)
    }
    await T.$flush('disk')
    await T.$flush()
    say(T.$status())
  },
  async worker() {
    if (!isMainThread) return t.$log('from a worker')
    t.$log('from the main thread')
    const worker = new Worker(new URL(import.meta.url), { workerData: { ...given, name: `${name}-worker` } })
    await new Promise((resolve) => { worker.on('exit', resolve) })
  },
  /** A server that calls another, both of ours. */
  async serve() {
    const server = createServer((request, response) => {
      const { callId } = Object.fromEntries(new URL(request.url, 'http://x').searchParams)
      run({ callId, ...fromTraceparent(request.headers.traceparent) }, async () => {
        t.$log('request begins')
        await wait(5)
        if (request.url.startsWith('/outer')) {
          await new Promise((resolve) => {
            get(`http://127.0.0.1:${server.address().port}/inner?callId=${callId}`, { headers: { traceparent: traceparent() } }, (answer) => answer.resume().on('end', resolve))
          })
        }
        t.$log('request ends')
        response.end()
      })
    })
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    await Promise.all(['c-1', 'c-2', 'c-3'].map((callId) => fetch(`http://127.0.0.1:${server.address().port}/outer?callId=${callId}`)))
    server.close()
    server.closeAllConnections()
  },
}

await deeds[does]()
