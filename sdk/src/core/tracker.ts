import { systemEnvironment, type Environment } from './environment'
import type { Context, Fields, Form, Level } from './event'
import { createHub, type Source } from './hub'
import { formSeverity, INFO, setThresholds, severityOf, type LevelOption, type Thresholds } from './level'
import { setContext, VALUE } from './line'
import { makeCall, nativeCall, silence, type NativeCall } from './nativeCall'
import { lookOf, paint, paletteOf, type Look } from './paint'
import type { Handle, Plugin } from './plugin'
import { countCopy, shared } from './shared'
import { dataOf, errorData, isError, quote } from './snapshot'

/** Options of one instance. */
export interface TrackerOptions extends Context {
  /** Names the instance in the console and in every event. */
  label: string
  /** CSS colour of the label in the console. By default the label's own, from its hash. */
  color?: string
  /** The least severe level that is taken, for all destinations or for each. By default the tracker's. */
  level?: LevelOption
}

/**
 * Logs in one form. The third argument sets the level, or named fields of this one event.
 * It never throws, and what it was given may change afterwards.
 */
export type LogFunction<What = unknown> = (what: What, data?: unknown, fields?: Fields | Level) => void

/** One instance: a label, its colour and levels, and the six forms. */
export interface Tracker {
  readonly label: string
  /** Text, and data that goes with it. */
  readonly $log: LogFunction
  /** A data source: a name, and the object behind it. */
  readonly $data: LogFunction<string>
  /** A mark on the time axis: a name, and the value that it now has. */
  readonly $tag: LogFunction<string>
  /** A list: a name and its items; objects are shown as a table. */
  readonly $list: LogFunction<string>
  /** Something that somebody should look at. It is a warning, and does not wait to be sent. */
  readonly $alarm: LogFunction
  /** An error, alone or as the data of a message. It does not wait to be sent. */
  readonly $error: LogFunction
  /** Changes the context of this instance. */
  $context(change: Context): void
}

/** What all instances share: `T`. */
export interface TrackerClass {
  new (options: string | TrackerOptions): Tracker
  /** Installs a plugin. The same plugin again takes the place of the first. It does not throw, whatever the plugin does. */
  $use<Options, Installed extends Handle>(plugin: Plugin<Options, Installed>, options: Options): Installed
  /** Changes the context of all events. */
  $context(change: Context): void
  /** Sets the least severe level, for all destinations or for each. */
  $level(option: LevelOption): void
  /** Resolves to whether everything that was logged so far has arrived wherever it goes; with 'disk', whether it is written down on this device. */
  $flush(upTo?: 'disk'): Promise<boolean>
  /** Hands a message of the host's own push channel to whoever answers it: a pull of local logs, with the server's ticket. */
  $pull(message: unknown): Promise<object>
  /** Stops all plugins: each delivers what it has and lets go of the page. Instances still print in the console. */
  $stop(): Promise<void>
  /** How things stand, for a page about it or a bug report. */
  $status(): TrackerStatus
}

export interface TrackerStatus {
  /** The stream under way, and the highest number it gave out. */
  stream?: string
  logged: number
  /** Calls that broke inside of us; 0, or there is a fault to report. */
  faults: number
  /** What is or was wrong, in words, newest last. */
  warnings: readonly string[]
  /** How many copies of the SDK this page has loaded; one is right. */
  copies: number
  /** What each plugin says of itself. */
  plugins: Record<string, object>
}

const forms: Readonly<Record<`$${string}`, Form>> = {
  $log: 'text', $data: 'data', $tag: 'tag', $list: 'list', $alarm: 'alarm', $error: 'error',
}

/** Whether nobody stands between us and the platform. */
const isNative = (fn: unknown): boolean => {
  try {
    return Function.prototype.toString.call(fn).includes('[native code]')
  } catch {
    return false
  }
}

const textOf = (what: unknown): string => {
  if (typeof what === 'string') return what
  if (isError(what)) return `${what.name}: ${what.message}`
  return what === undefined || (typeof what === 'object' && what !== null) ? '' : String(what)
}

/** Makes a tracker of its own: numbers, context, levels and plugins are not shared with any other. */
export const createTracker = (parts: Partial<Environment> = {}): TrackerClass => {
  const env: Environment = { ...systemEnvironment(), ...parts }
  const hub = createHub(env, (options) => new T(options))
  const palette = env.console && paletteOf(env.console)
  const { host } = hub

  if (countCopy() > 1) host.warn('the SDK is loaded more than once')
  if (env.callSites && palette && !isNative(palette.print[INFO])) host.warn('somebody replaced console.log before us: the console shows their lines')

  /** Takes a call apart, records it, and answers what the console is to print. */
  const take = (tracker: T, form: Form, args: readonly unknown[]): NativeCall => {
    const { source } = tracker
    const third = args[2]
    const named = third === undefined ? undefined : severityOf(third)
    const fields = third && typeof third === 'object' && !Array.isArray(third) ? third as Fields : undefined
    const severity = named ?? (fields && severityOf(fields.level)) ?? formSeverity[form]
    if (source.levels !== hub.levels) hub.refresh(source)
    const wanted = severity >= source.wants
    const prints = severity >= source.prints
    if (!wanted && !prints) return silence
    const what = args[0]
    const value = args[1]
    const count = args.length
    // Beyond two, and beyond a level or fields, arguments came as to console.log.
    const most = named !== undefined || fields ? (value === undefined ? 1 : 2) : count
    try {
      if (typeof what === 'string' && value === undefined && most < 3 && form !== 'error') {
        hub.record(source, severity, form, fields, what, undefined, wanted)
      } else {
        const error = isError(what) ? what : isError(value) ? value : undefined
        const objectFirst = typeof what === 'object' && what !== null && value === undefined
        const data = !wanted
          ? undefined
          : error
            ? errorData(error, error === value ? undefined : value)
            : dataOf(objectFirst ? what : value, most > 2 ? args.slice(2) : [])
        const all = error || form === 'error' ? { ...errorFields(error ?? what), ...fields } : fields
        hub.record(source, severity, form, all, textOf(what), data, wanted)
      }
    } catch {
      hub.faults++
    }
    return palette && prints ? paint(palette, tracker.look, form, severity, most < count ? args.slice(0, most) : args) : silence
  }

  const functionsOf = (tracker: T, form: Form): readonly [LogFunction, LogFunction, LogFunction] => {
    const plain = (...args: unknown[]): void => {
      try {
        const call = take(tracker, form, args)
        if (call !== silence) makeCall(call)
      } catch {
        hub.faults++ // the console throws
      }
    }
    const off = function (this: unknown): void {
      // A level of its own may stand in the third argument.
      // eslint-disable-next-line prefer-rest-params
      if (arguments.length > 2) Reflect.apply(plain, this, arguments)
    }
    return [nativeCall((args) => take(tracker, form, args)), plain, off]
  }

  class T implements Tracker {
    declare readonly $log: LogFunction
    declare readonly $data: LogFunction<string>
    declare readonly $tag: LogFunction<string>
    declare readonly $list: LogFunction<string>
    declare readonly $alarm: LogFunction
    declare readonly $error: LogFunction

    readonly source: Source
    readonly look: Look
    readonly functions: (readonly [native: LogFunction, plain: LogFunction, off: LogFunction])[] = []

    constructor(options: string | TrackerOptions) {
      const { label, color, level, ...context } = typeof options === 'object' && options ? options : { label: String(options) } as TrackerOptions
      const own: Partial<Thresholds> = {}
      setThresholds(own, level)
      const name = String(label)
      this.source = { label: name, labelJSON: quote(name, VALUE), own, context: {}, cache: { version: -1, scope: undefined, json: '' }, levels: -1, wants: 0, prints: 0 }
      setContext(this.source.context, context)
      this.look = lookOf(this.label, color)
    }

    get label(): string {
      return this.source.label
    }

    $context(change: Context): void {
      hub.context(change, this.source)
    }

    static $use<Options, Installed extends Handle>(plugin: Plugin<Options, Installed>, options: Options): Installed {
      return hub.use(plugin, options)
    }

    static $context(change: Context): void {
      hub.context(change)
    }

    static $level(option: LevelOption): void {
      host.level(option)
    }

    static async $flush(upTo?: 'disk'): Promise<boolean> {
      const done = await Promise.all(hub.handles().map((handle) => handle.flush?.(upTo) ?? true))
      return done.every(Boolean)
    }

    static $pull(message: unknown): Promise<object> {
      const pulled = hub.handles().find((handle) => handle.pull)?.pull?.(message)
      return pulled ?? Promise.resolve({ error: 'no plugin answers pulls' })
    }

    static async $stop(): Promise<void> {
      await Promise.all(hub.handles().map((handle) => handle.stop()))
      hub.forget()
    }

    static $status(): TrackerStatus {
      const stream = host.streams.current()
      return {
        stream: stream?.id,
        logged: stream?.last ?? 0,
        faults: hub.faults,
        warnings: [...hub.warnings],
        copies: shared().copies,
        plugins: Object.fromEntries(hub.handles().map((handle) => [handle.name, handle.status?.() ?? {}])),
      }
    }
  }

  Object.entries(forms).forEach(([name, form], at) => {
    const severity = formSeverity[form]
    Object.defineProperty(T.prototype, name, {
      // Which function is handed out is decided at each call: the native one where the
      // console prints, a plain one where it does not, and next to nothing where nobody listens.
      get(this: T) {
        const { source } = this
        if (source.levels !== hub.levels) hub.refresh(source)
        const three = (this.functions[at] ??= functionsOf(this, form))
        if (severity >= source.prints && env.callSites) return three[0]
        return three[severity >= source.wants || severity >= source.prints ? 1 : 2]
      },
    })
  })

  return T
}

/** The named fields of an error, or of what was thrown instead of one. */
const errorFields = (error: unknown): Fields => {
  if (!isError(error)) return { errorMsg: textOf(error) }
  const { code } = error as { code?: unknown }
  return { errorMsg: error.message, errorCode: typeof code === 'string' ? code : undefined }
}
