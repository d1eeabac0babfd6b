import { createEarly, type Early } from './early'
import { Entry } from './entry'
import type { Environment } from './environment'
import type { Context, Fields, Form, LogEvent } from './event'
import { DEBUG, ERROR, INFO, setThresholds, type LevelOption, type Thresholds } from './level'
import { fieldsJSON, setContext } from './line'
import type { Handle, Host, Plugin, Sink, StateName } from './plugin'
import { shared } from './shared'
import { quote } from './snapshot'
import { createStreams } from './stream'
import type { Tracker, TrackerOptions } from './tracker'

/** Warnings that are kept for T.$status(). */
const WARNINGS = 20

/** What one instance adds to its events. */
export interface Source {
  readonly label: string
  readonly labelJSON: string
  /** Thresholds of its own. */
  readonly own: Partial<Thresholds>
  readonly context: Context
  /** The context as JSON, and what it was made from; kept by the hub. */
  cache: { version: number; scope: Fields | undefined; json: string }
  /** The least severe levels that any sink, and the console, take; worked out anew when their version is no longer the hub's. */
  levels: number
  wants: number
  prints: number
}

/** What the instances of one tracker share. */
export interface Hub {
  readonly env: Environment
  readonly thresholds: Thresholds
  /** How many calls broke inside of us. It is 0, or there is a fault to report. */
  faults: number
  readonly warnings: string[]
  readonly host: Host
  /** Changes the common context, or that of one instance. */
  context(change: Context, source?: Source): void
  use<Options, Installed extends Handle>(plugin: Plugin<Options, Installed>, options: Options): Installed
  handles(): readonly Handle[]
  /** Forgets all plugins. */
  forget(): void
  /** Grows when a level or a sink changes. */
  readonly levels: number
  /** Works out what the source's instances are to be spared. */
  refresh(source: Source): void
  /**
   * Numbers an event that some destination takes, and hands it on; data is JSON.
   * Wanted is whether a sink takes it: otherwise the number is declared left out.
   */
  record(source: Source, severity: number, form: Form, fields: Fields | undefined, msg: string, data: string | undefined, wanted: boolean): void
}

/** The numbering, the context, and the way to the sinks. */
export const createHub = (env: Environment, create: (options: string | TrackerOptions) => Tracker): Hub => {
  const thresholds: Thresholds = { console: DEBUG, store: DEBUG, report: INFO }
  const common: Context = {}
  const realm = shared()
  const sinks: Sink[] = []
  const installed = new Map<unknown, Handle>()
  const streams = createStreams(
    env,
    (stream) => each((sink) => sink.closed?.(stream)),
    (ms) => host.warn(`the clock was set back by ${Math.round(ms / 1000)} s; a new stream begins`),
  )
  const handles = (): Handle[] => [...installed.values()]
  const states: Partial<Record<StateName, string>> = {}
  let version = 0
  let lastPage: string | undefined
  let lastPageJSON = ''

  // Where events wait until the first sinks are there.
  let early: Early | undefined = createEarly()

  /** One sink that breaks takes nothing from the others, nor from the host. */
  const each = (call: (sink: Sink) => void): void => {
    for (const sink of sinks) {
      try {
        call(sink)
      } catch {
        hub.faults++
      }
    }
  }

  /** The same for plugins. */
  const tell = (call: (handle: Handle) => void): void => {
    for (const handle of handles()) {
      try {
        call(handle)
      } catch {
        hub.faults++
      }
    }
  }

  const leaving = ({ type }: Event): void => {
    const goes = type === 'pagehide'
    if (goes || env.document?.visibilityState === 'hidden') tell((handle) => handle.leaving?.(goes))
  }
  /** We hear of it before every plugin: listeners of a window are called in their order. */
  const hear = (how: 'addEventListener' | 'removeEventListener'): void => {
    env.window?.[how]('pagehide', leaving)
    env.document?.[how]('visibilitychange', leaving)
  }

  const takes = (destination: Sink['destination'], own: Partial<Thresholds>, severity: number): boolean =>
    severity >= (own[destination] ?? thresholds[destination])

  const pageJSON = (): string => {
    if (!streams.read()) return lastPageJSON // it cannot have changed
    const page = env.page()
    if (page !== lastPage) {
      lastPage = page
      lastPageJSON = page ? `,"page":${quote(page, 512)}` : ''
    }
    return lastPageJSON
  }

  const contextOf = (source?: Source): Context =>
    ({ session: env.session(), device: env.client(), ...common, ...source?.context })

  const fieldsOf = (source: Source, fields: Fields | undefined): string => {
    const page = pageJSON() // reads the clock
    const scope = realm.scope?.()
    const { cache } = source
    if (!fields && cache.version === version && cache.scope === scope) return cache.json + page
    const json = fieldsJSON({ ...contextOf(source), ...scope, ...fields })
    if (!fields) source.cache = { version, scope, json }
    return json + (fields?.page ? '' : page)
  }

  const offer = (sink: Sink, own: Partial<Thresholds>, event: LogEvent): void => {
    if (takes(sink.destination, own, event.severity)) sink.take(event)
    else sink.omit(event.stream, event.seq, event.seq, 'level')
  }

  const host: Host = {
    env,
    streams,
    create,
    sink(sink) {
      // Numbers that this sink was not told of must not look like a loss.
      if (!early) streams.close()
      early?.replay(
        ({ event, own }) => offer(sink, own, event),
        ({ stream, from, to, reason }) => sink.omit(stream, from, to, reason),
      )
      // Sinks that are added in the same breath get the early events as well.
      if (early && !sinks.length) {
        env.timer(() => {
          early = undefined
          hub.levels++
        }, 0)
      }
      sinks.push(sink)
      hub.levels++
      return () => {
        const at = sinks.indexOf(sink)
        if (at >= 0) sinks.splice(at, 1)
        hub.levels++
      }
    },
    context: (change) => hub.context(change),
    known: () => contextOf(),
    level(option: LevelOption) {
      setThresholds(thresholds, option)
      hub.levels++
    },
    warn(message) {
      if (hub.warnings.includes(message)) return
      if (hub.warnings.push(message) > WARNINGS) hub.warnings.shift()
      try {
        env.console?.warn(`clewline: ${message}`)
      } catch {
        // A console that throws.
      }
    },
    handle: <Installed extends Handle>(name: string) => handles().find((handle) => handle.name === name) as Installed | undefined,
    command: (command) => tell((handle) => handle.command?.(command)),
    states,
    state(name, value) {
      if (states[name] === value) return
      states[name] = value
      tell((handle) => handle.changed?.())
    },
  }

  const hub: Hub & { levels: number } = {
    env,
    thresholds,
    faults: 0,
    warnings: [],
    host,
    context(change, source) {
      version++
      setContext(source ? source.context : common, change)
    },
    use<Options, Installed extends Handle>(plugin: Plugin<Options, Installed>, options: Options): Installed {
      if (!installed.size) hear('addEventListener')
      try {
        // The same plugin again takes the place of the first, which delivers what it has.
        void installed.get(plugin)?.stop()
        const handle = plugin(host, options)
        installed.set(plugin, handle)
        return handle
      } catch (error) {
        hub.faults++
        host.warn(`a plugin could not be installed: ${String(error)}`)
        return { name: 'none', stop() {} } as unknown as Installed
      }
    },
    handles,
    forget() {
      installed.clear()
      hear('removeEventListener')
    },
    levels: 0,
    refresh(source) {
      const { own } = source
      const threshold = (destination: keyof Thresholds): number => own[destination] ?? thresholds[destination]
      source.levels = hub.levels
      source.wants = Math.min(...(early ? [threshold('report'), threshold('store')] : sinks.map((sink) => threshold(sink.destination))))
      source.prints = env.console ? threshold('console') : Infinity
    },
    record(source, severity, form, fields, msg, data, wanted) {
      const write = wanted && (!early || sinks.length > 0 || early.room())
      // Before the number is drawn: the host's own code runs here, and may log.
      const written = write ? fieldsOf(source, fields) : ''
      const { stream, seq, time } = streams.next(write)
      if (!write) {
        early?.skip(stream, seq)
        each((sink) => sink.omit(stream, seq, seq, 'level'))
        return
      }
      const event = new Entry(stream, seq, time, severity, form, severity >= ERROR || form === 'alarm', source.labelJSON, written, msg, data)
      if (early) {
        if (early.room()) early.add({ event, own: source.own })
        else early.skip(stream, seq)
      }
      for (const sink of sinks) {
        try {
          offer(sink, source.own, event)
        } catch {
          hub.faults++
        }
      }
    },
  }
  return hub
}

