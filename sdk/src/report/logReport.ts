import type { LogEvent } from '../core/event'
import type { LevelOption } from '../core/level'
import type { Handle, Host } from '../core/plugin'
import { createKeepaliveBudget } from './keepalive'
import { createRate } from './pace'
import { createSender, type ReportStatus } from './sender'
import { createTransport, trackURL } from './transport'

/** Where the logs go, and how much may wait on the way. */
export interface ReportOptions {
  /** The server, as `https://logs.example.com`, or a path of the page's own origin that leads there. */
  endpoint: string
  /** The name of the app, as searches know it. */
  app: string
  /** A browser key (`pk_...`): it can write and nothing else. */
  key: string
  /** The app's version. */
  release?: string
  /** Such as production or staging. */
  env?: string
  /** The least severe level that is sent. By default info. */
  level?: Exclude<LevelOption, object>
  /** Events that wait in memory while the server cannot be reached. Then the oldest are declared omitted. By default 10,000. */
  maxEvents?: number
  /** The same in bytes (UTF-16 units). By default 8 MiB. */
  maxBytes?: number
  /** Events a second that are sent in the long run, and at once. What is more is declared omitted. By default 1,000 and 5,000. */
  rate?: { perSecond: number; burst: number }
}

/** The upload of one tracker's events. */
export interface Report extends Handle {
  readonly name: 'logReport'
  flush(upTo?: 'disk'): Promise<boolean>
  status(): ReportStatus
  stop(): Promise<boolean>
}

/**
 * Sends events in near real time, and again until the server has acknowledged them.
 *
 * @example
 * T.$use(logReport, { endpoint: 'https://logs.example.com', app: 'phone', key: 'pk_...' })
 */
export const logReport = (host: Host, options: ReportOptions): Report => {
  const { env } = host
  const { endpoint, app, key, release, env: environment, level, maxEvents = 10_000, maxBytes = 8 << 20 } = options
  const { perSecond = 1000, burst = 5000 } = options.rate ?? {}

  const warn = (message: string): void =>
    host.warn(`the logs cannot be sent to ${endpoint}: ${message}. They wait, and are tried again.`)
  const budget = createKeepaliveBudget()

  const transport = createTransport(env, { url: trackURL(String(endpoint)), app, key }, budget)
  const sender = createSender(env, transport, budget, { maxEvents, maxCharacters: maxBytes, warn })
  const allowed = createRate(perSecond, burst, env.mono)

  host.context({ release, env: environment })
  if (level) host.level({ report: level })

  const listeners: (() => void)[] = []
  const on = (target: EventTarget | undefined, type: string, listener: (event: Event) => void): void => {
    target?.addEventListener(type, listener)
    listeners.push(() => target?.removeEventListener(type, listener))
  }
  on(env.window, 'online', () => sender.wake())
  on(env.window, 'pageshow', () => sender.wake())
  on(env.window, 'pagehide', (event) => {
    const forGood = !(event as PageTransitionEvent).persisted
    if (forGood) host.streams.close()
    sender.leave(forGood)
  })
  on(env.document, 'visibilitychange', () => {
    if (env.document?.visibilityState === 'hidden') sender.hidden()
    else sender.wake()
  })

  const remove = host.sink({
    destination: 'report',
    take(event: LogEvent) {
      if (allowed()) sender.add(event)
      else sender.omit(event.stream, event.seq, event.seq, 'rate')
    },
    omit: sender.omit,
    closed: sender.closed,
  })

  return {
    name: 'logReport',
    flush: (upTo) => (upTo === 'disk' ? Promise.resolve(true) : sender.flush()),
    status: sender.status,
    async stop() {
      host.streams.close() // its end is told, and whoever comes next begins another
      remove()
      const arrived = await sender.flush()
      listeners.forEach((stop) => stop())
      return arrived
    },
  }
}
