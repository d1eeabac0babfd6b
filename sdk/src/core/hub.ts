import { createEarly, type Early } from './early'
import type { Environment } from './environment'
import type { Context, Fields, Form, LogEvent } from './event'
import { DEBUG, ERROR, INFO, setThresholds, type LevelOption, type Thresholds } from './level'
import { eventLine, fieldsJSON, setContext } from './line'
import type { Handle, Host, Plugin, Sink } from './plugin'
import { quote } from './snapshot'
import { createStreams, type Stream } from './stream'

/** What one instance adds to its events. */
export interface Source {
  readonly label: string
  readonly labelJSON: string
  /** Thresholds of its own. */
  readonly own: Partial<Thresholds>
  readonly context: Context
  /** The context as JSON, and what it was made from; kept by the hub. */
  cache: { version: number; json: string }
}

/** One call, understood but not yet written down. */
export interface Log {
  readonly source: Source
  readonly severity: number
  readonly form: Form
  readonly fields: Fields | undefined
  readonly msg: string
  /** The rest as JSON text. Runs code of the host (getters, toJSON), so it is called once and only if needed. */
  data(): string | undefined
}

/** What the instances of one tracker share. */
export interface Hub {
  readonly env: Environment
  readonly thresholds: Thresholds
  /** How many calls broke inside of us. It is 0, or there is a fault to report. */
  faults: number
  level(option: LevelOption): void
  /** Changes the common context, or that of one instance. */
  context(change: Context, source?: Source): void
  use<Options, Installed extends Handle>(plugin: Plugin<Options, Installed>, options: Options): Installed
  handles(): readonly Handle[]
  /** Whether any destination takes this severity. */
  takes(own: Partial<Thresholds>, severity: number): boolean
  /** Whether the console prints this severity. */
  prints(own: Partial<Thresholds>, severity: number): boolean
  /** Numbers an event that some destination takes, and hands it on. */
  record(log: Log): void
  current(): Stream | undefined
}

/** The numbering, the context, and the way to the sinks. */
export const createHub = (env: Environment): Hub => {
  const thresholds: Thresholds = { console: DEBUG, store: DEBUG, report: INFO }
  const common: Context = {}
  const sinks: Sink[] = []
  const installed = new Map<unknown, Handle>()
  const streams = createStreams(env, (stream) => sinks.forEach((sink) => sink.closed?.(stream)))
  let version = 0
  let lastPage: string | undefined
  let lastPageJSON = ''

  // Where events wait until the first sinks are there.
  let early: Early | undefined = createEarly()

  const takes = (destination: Sink['destination'], own: Partial<Thresholds>, severity: number): boolean =>
    severity >= (own[destination] ?? thresholds[destination])

  const prints = (own: Partial<Thresholds>, severity: number): boolean =>
    env.console !== undefined && severity >= (own.console ?? thresholds.console)

  const wants = (own: Partial<Thresholds>, severity: number): boolean => {
    if (early) return takes('report', own, severity) || takes('store', own, severity)
    for (const sink of sinks) if (takes(sink.destination, own, severity)) return true
    return false
  }

  const pageJSON = (): string => {
    const page = env.page()
    if (page !== lastPage) {
      lastPage = page
      lastPageJSON = page ? `,"page":${quote(page, 512)}` : ''
    }
    return lastPageJSON
  }

  const contextOf = (source: Source): Context =>
    ({ session: env.session(), device: env.client(), ...common, ...source.context })

  const fieldsOf = (source: Source, fields: Fields | undefined): string => {
    if (fields) return fieldsJSON({ ...contextOf(source), ...fields }) + (fields.page ? '' : pageJSON())
    if (source.cache.version !== version) source.cache = { version, json: fieldsJSON(contextOf(source)) }
    return source.cache.json + pageJSON()
  }

  const offer = (sink: Sink, own: Partial<Thresholds>, event: LogEvent): void => {
    if (takes(sink.destination, own, event.severity)) sink.take(event)
    else sink.omit(event.stream, event.seq, event.seq, 'level')
  }

  const host: Host = {
    env,
    streams,
    sink(sink) {
      // Numbers that this sink was not told of must not look like a loss.
      if (!early) streams.close()
      early?.replay(
        ({ event, own }) => offer(sink, own, event),
        ({ stream, from, to, reason }) => sink.omit(stream, from, to, reason),
      )
      // Sinks that are added in the same breath get the early events as well.
      if (early && !sinks.length) env.timer(() => { early = undefined }, 0)
      sinks.push(sink)
      return () => {
        sinks.splice(sinks.indexOf(sink), 1)
      }
    },
    context: (change) => hub.context(change),
    level: (option) => setThresholds(thresholds, option),
  }

  const hub: Hub = {
    env,
    thresholds,
    faults: 0,
    level: host.level,
    context(change, source) {
      version++
      setContext(source ? source.context : common, change)
    },
    use(plugin, options) {
      // The same plugin again takes the place of the first, which delivers what it has.
      void installed.get(plugin)?.stop()
      const handle = plugin(host, options)
      installed.set(plugin, handle)
      return handle
    },
    handles: () => [...installed.values()],
    takes: (own, severity) => wants(own, severity) || prints(own, severity),
    prints,
    record({ source, severity, form, fields, msg, data }) {
      const { own, labelJSON } = source
      const wanted = wants(own, severity)
      const room = early?.room()
      const write = wanted && (sinks.length > 0 || room)
      // Before the number is drawn: the host's own code runs here, and may log.
      const json = write ? data() : undefined
      const written = write ? fieldsOf(source, fields) : ''
      const { stream, seq, time } = streams.next()
      if (!write) {
        early?.skip(stream, seq)
        for (const sink of sinks) sink.omit(stream, seq, seq, 'level')
        return
      }
      const event: LogEvent = {
        stream, seq, severity, form,
        urgent: severity >= ERROR || form === 'alarm',
        line: eventLine({ seq, time, severity, labelJSON, form, fields: written, msg, data: json }),
      }
      if (room) early?.add({ event, own })
      else early?.skip(stream, seq)
      for (const sink of sinks) offer(sink, own, event)
    },
    current: streams.current,
  }
  return hub
}
