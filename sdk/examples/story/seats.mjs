/**
 * The browser part of `clewline demo`: the pages of a company's seats, played by the
 * SDK's own core under Node. Each seat has a tracker of its own, so that numbering,
 * batches and acknowledgements are the SDK's, as in as many pages.
 *
 *   node seats.mjs DIST      DIST is the folder of the built SDK
 *
 * It reads one command a line from standard input, and answers on standard output:
 *
 *   {"do":"open","endpoint":URL,"key":"pk_...","app":NAME,"origin":ORIGIN}    once, first
 *   {"do":"seat","seat":NAME,"at":MS,"fields":{context}}                      a page is opened
 *   {"do":"log","seat":NAME,"at":MS,"label","form","msg","data","fields"}     it logs
 *   {"do":"flush"}       -> {"flushed":true or false,"acknowledged":N,"buffered":N}
 *
 * From time to time it says {"acknowledged":N,"buffered":N}. It reads no faster than
 * the server takes what it sends. At the end of its input it closes all streams.
 */
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { setImmediate as turn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const dist = process.argv[2]
const load = (name) => import(dist ? pathToFileURL(join(dist, `${name}.js`)).href : name === 'index' ? 'clewline' : `clewline/${name}`)
const [{ createTracker }, { logReport }] = await Promise.all([load('index'), load('log-report')])

/** A seat with so many events on their way is not given more. */
const MOST_WAITING = 2000
/** So many commands are carried out before timers and answers have their turn. */
const AT_ONCE = 200
/** How often it says how far it is, in ms. */
const OFTEN = 250

let target
const seats = new Map()

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`)

const totals = () => {
  let acknowledged = 0
  let buffered = 0
  for (const { report } of seats.values()) {
    const status = report.status()
    acknowledged += status.acknowledged
    buffered += status.buffered
  }
  return { acknowledged, buffered }
}

/**
 * A seat's clock: it stands at a command's time while that is carried out, so that the
 * event has just this time, and runs on from there for the sender, who waits by it.
 */
const createClock = () => {
  let at = 0
  let since = 0
  let stands = false
  return {
    read: () => (stands ? at : at + performance.now() - since),
    standAt(time, callback) {
      at = time
      stands = true
      try {
        callback()
      } finally {
        stands = false
        since = performance.now()
      }
    },
  }
}

/** A seat's clock is right, though it may stand in the past: its offset is none, whenever a batch leaves. */
const post = (url, init) => {
  const body = new TextDecoder().decode(init.body)
  const end = body.indexOf('\n')
  const envelope = JSON.parse(end < 0 ? body : body.slice(0, end))
  const head = JSON.stringify({ ...envelope, sentAt: Date.now(), offset: 0 })
  return fetch(url, { ...init, body: end < 0 ? head : head + body.slice(end), headers: { ...init.headers, origin: target.origin } })
}

const openSeat = ({ seat, at, fields }) => {
  const clock = createClock()
  const { session, device, ...context } = fields
  clock.standAt(at, () => {
    const T = createTracker({
      now: clock.read, mono: clock.read, fetch: post, gzip: undefined, console: undefined,
      session: () => session, client: () => device, page: () => undefined,
    })
    T.$context(context)
    const report = T.$use(logReport, {
      endpoint: target.endpoint, app: target.app, key: target.key, level: 'debug',
      rate: { perSecond: 100_000, burst: 100_000 }, // hours pass within seconds
    })
    seats.set(seat, { T, clock, report, labels: new Map() })
  })
}

const forms = { text: '$log', data: '$data', tag: '$tag', list: '$list', alarm: '$alarm', error: '$error' }

const log = async ({ seat, at, label, form, msg, data, fields }) => {
  const one = seats.get(seat)
  if (!one) return
  if (one.report.status().buffered >= MOST_WAITING) await one.report.flush()
  let t = one.labels.get(label)
  if (!t) one.labels.set(label, (t = new one.T(label)))
  one.clock.standAt(at, () => t[forms[form]](msg, data, fields))
}

const flush = async () => {
  const done = await Promise.all([...seats.values()].map(({ report }) => report.flush()))
  return done.every(Boolean)
}

// Ctrl-C reaches the whole group of processes; the end of the input is what ends us.
process.on('SIGINT', () => {})
const progress = setInterval(() => say(totals()), OFTEN)

let count = 0
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const command = JSON.parse(line)
  if (command.do === 'open') target = command
  else if (command.do === 'seat') openSeat(command)
  else if (command.do === 'log') await log(command)
  else if (command.do === 'flush') say({ flushed: await flush(), ...totals() })
  if (++count % AT_ONCE === 0) await turn()
}
clearInterval(progress)
await Promise.all([...seats.values()].map(({ report }) => report.stop()))
say(totals())
process.exit(0)
