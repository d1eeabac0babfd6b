import type { LogEvent } from '../core/event'
import type { LevelOption } from '../core/level'
import type { Handle, Host } from '../core/plugin'
import { own } from '../core/shared'
import type { LocalStore, StoredPart, StoredStream } from '../core/store'
import { createKeepaliveBudget } from './keepalive'
import { createModes, type Mode } from './mode'
import { createRate } from './pace'
import type { Outcome } from './reply'
import { createSender } from './sender'
import type { SenderStatus } from './sending'
import { createTransport, trackURL, type Address } from './transport'

/** Pages that are gone are looked for this often, in ms. */
const SWEEP = 15_000

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
  /** What is sent: everything (live, by default), what led to an alarm or error (onError), what is asked for (pull), nothing (off). */
  mode?: Mode
  /** How much of what was before an alarm or error is sent in mode onError, in minutes. By default 5. */
  minutes?: number
  /** Events that wait in memory while the server cannot be reached. Then they wait on the device, if log-data is in use; else the oldest are declared omitted. By default 10,000. */
  maxEvents?: number
  /** The same in bytes (UTF-16 units). By default 8 MiB. */
  maxBytes?: number
  /** Events a second that are sent in the long run, and at once. What is more is declared omitted. By default 1,000 and 5,000. */
  rate?: { perSecond: number; burst: number }
}

/** How the report stands. */
export interface ReportStatus extends SenderStatus {
  mode: Mode
}

/** The upload of one tracker's events. */
export interface Report extends Handle {
  readonly name: 'logReport'
  /** Where the events go, and as whose. */
  readonly address: Address
  flush(upTo?: 'disk'): Promise<boolean>
  status(): ReportStatus
  stop(): Promise<boolean>
  /** Changes what is sent from now on. */
  mode(mode: Mode): void
  /** Sends a part of a stream that was left out before, under the ticket that asked for it. */
  ship(stream: Pick<StoredStream, 'id' | 'offset'>, range: readonly [from: number, to: number], part: Pick<StoredPart, 'lines' | 'omitted'>, ticket: string): Promise<Outcome>
}

/**
 * Sends events in near real time, and again until the server has acknowledged them.
 *
 * @example
 * T.$use(logReport, { endpoint: 'https://logs.example.com', app: 'phone', key: 'pk_...' })
 */
export const logReport = (host: Host, options: ReportOptions): Report => {
  const { env } = host
  const { endpoint, app, key, release, env: environment, level, minutes = 5, maxEvents = 10_000, maxBytes = 8 << 20 } = options
  const { perSecond = 1000, burst = 5000 } = options.rate ?? {}
  const address = { url: trackURL(String(endpoint)), app: String(app), key: String(key) }
  const target = `${address.app}@${address.url}`

  const warn = (message: string): void =>
    host.warn(`the logs cannot be sent to ${endpoint}: ${message}. They wait, and are tried again.`)
  const budget = createKeepaliveBudget()
  const transport = createTransport(env, address, budget)
  const sender = createSender(env, transport, budget, {
    maxEvents, maxCharacters: maxBytes, warn,
    store: () => host.store,
    command: (command) => host.command(command),
  })
  const allowed = createRate(perSecond, burst)

  own(address.url)
  host.context({ release, env: environment })
  if (level) host.level({ report: level })

  let store: LocalStore | undefined
  /** The store that is there now knows whom its events are for. */
  const keep = (): LocalStore | undefined => {
    if (store !== host.store) {
      store = host.store
      store?.target(modes.mode() === 'off' ? undefined : target)
    }
    return store
  }

  const modes = createModes(options.mode ?? 'live', minutes * 60_000, maxEvents, {
    send(event) {
      keep()?.append(event)
      sender.add(event)
    },
    hold(event) {
      keep()?.append(event)
      store?.omit(event.stream, event.seq, event.seq, 'mode') // unless an alarm or error comes
    },
    after: (event) => keep()?.unomit(event.stream, event.seq, event.seq),
    omit(stream, from, to, reason) {
      keep()?.omit(stream, from, to, reason)
      sender.omit(stream, from, to, reason)
    },
  })
  keep()

  const undo: (() => void)[] = []
  const on = (target: EventTarget | undefined, type: string, listener: (event: Event) => void): void => {
    target?.addEventListener(type, listener)
    undo.push(() => target?.removeEventListener(type, listener))
  }

  /** Sends what pages that are gone have left on this device. */
  const sweep = async (): Promise<void> => {
    cancelSweep()
    cancelSweep = env.timer(() => { void sweep() }, SWEEP * (1 + env.chance()), true)
    const here = keep()
    if (!here || modes.mode() === 'off') return
    try {
      const left = (await here.streams()).filter((one) => one.target === target && !one.ended && one.last)
      if (!left.length) return
      const alive = await here.alive() // asked last: who began to live in between is among them
      for (const one of left) {
        const mine = alive.has(one.owner) ? undefined : await here.adopt(one.id, one.owner)
        if (mine) sender.adopt(mine)
      }
    } catch {
      // The store is not to be had: another time.
    }
  }
  let cancelSweep = env.timer(() => { void sweep() }, 0, true)

  const wake = (): void => {
    sender.wake()
    if (store) void sweep()
  }
  on(env.window, 'online', wake)
  on(env.window, 'pageshow', wake)
  on(env.document, 'resume', wake)
  on(env.document, 'freeze', () => sender.disown())
  on(env.window, 'pagehide', (event) => {
    const forGood = !(event as PageTransitionEvent).persisted
    modes.end()
    if (forGood || store) host.streams.close() // a page in the cache may be taken for dead
    void store?.flush() // first on the device, then over the network
    sender.leave(forGood)
    if (!forGood) sender.disown()
  })
  on(env.document, 'visibilitychange', () => {
    if (env.document?.visibilityState === 'hidden') {
      void store?.flush()
      sender.hidden()
    } else wake()
  })

  const remove = host.sink({
    destination: 'report',
    take(event: LogEvent) {
      if (allowed(event.time)) modes.take(event)
      else modes.omit(event.stream, event.seq, event.seq, 'rate')
    },
    omit: modes.omit,
    closed(stream) {
      modes.end()
      if (modes.mode() !== 'off') sender.closed(stream)
    },
  })

  return {
    name: 'logReport',
    address,
    flush: (upTo) => (upTo === 'disk' ? Promise.resolve(true) : sender.flush()),
    status: () => ({ ...sender.status(), mode: modes.mode() }),
    mode(mode) {
      host.streams.close() // numbers that were never told of must not look like a loss
      modes.change(mode)
      store = undefined
      keep()
    },
    ship: ({ id, offset }, [from, to], { lines, omitted }, ticket) =>
      transport.ship({ id, offset, from, to, lines, omitted }, ticket),
    async stop() {
      host.streams.close() // its end is told, and whoever comes next begins another
      remove()
      cancelSweep()
      const arrived = await sender.flush()
      undo.forEach((one) => one())
      return arrived
    },
  }
}
