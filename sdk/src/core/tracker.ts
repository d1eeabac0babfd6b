import { systemEnvironment, type Environment } from './environment'
import type { Context, Fields, Form, Level } from './event'
import { createHub, type Source } from './hub'
import { formSeverity, setThresholds, severityOf, type LevelOption, type Thresholds } from './level'
import { setContext, VALUE } from './line'
import { makeCall, nativeCall, silence, type NativeCall } from './nativeCall'
import { lookOf, paint, paletteOf, type Look } from './paint'
import type { Handle, Plugin } from './plugin'
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
  /** Installs a plugin. The same plugin again takes the place of the first. */
  $use<Options, Installed extends Handle>(plugin: Plugin<Options, Installed>, options: Options): Installed
  /** Changes the context of all events. */
  $context(change: Context): void
  /** Sets the least severe level, for all destinations or for each. */
  $level(option: LevelOption): void
  /** Resolves to whether everything that was logged so far has arrived wherever it goes. */
  $flush(): Promise<boolean>
  /** How things stand, for a page about it or a bug report. */
  $status(): TrackerStatus
}

export interface TrackerStatus {
  /** The stream under way, and the highest number it gave out. */
  stream?: string
  logged: number
  /** Calls that broke inside of us; 0, or there is a fault to report. */
  faults: number
  /** What each plugin says of itself. */
  plugins: Record<string, object>
}

const forms: Readonly<Record<`$${string}`, Form>> = {
  $log: 'text', $data: 'data', $tag: 'tag', $list: 'list', $alarm: 'alarm', $error: 'error',
}

const textOf = (what: unknown): string => {
  if (typeof what === 'string') return what
  if (isError(what)) return `${what.name}: ${what.message}`
  return what === undefined || (typeof what === 'object' && what !== null) ? '' : String(what)
}

/** Makes a tracker of its own: numbers, context, levels and plugins are not shared with any other. */
export const createTracker = (parts: Partial<Environment> = {}): TrackerClass => {
  const env: Environment = { ...systemEnvironment(), ...parts }
  const hub = createHub(env)
  const palette = env.console && paletteOf(env.console)

  /** Takes a call apart, records it, and answers what the console is to print. */
  const take = (tracker: T, form: Form, args: readonly unknown[]): NativeCall => {
    const { source } = tracker
    const third = args[2]
    const named = severityOf(third)
    const fields = third && typeof third === 'object' && !Array.isArray(third) ? third as Fields : undefined
    const severity = named ?? severityOf(fields?.level) ?? formSeverity[form]
    if (!hub.takes(source.own, severity)) return silence
    const [what, value, ...more] = args
    const used = named === undefined && !fields ? args : value === undefined ? [what] : [what, value]
    try {
      const error = isError(what) ? what : isError(value) ? value : undefined
      const objectFirst = typeof what === 'object' && what !== null && value === undefined
      hub.record({
        source, severity, form,
        fields: error || form === 'error' ? { ...errorFields(error ?? what), ...fields } : fields,
        msg: textOf(what),
        data: () =>
          error
            ? errorData(error, error === value ? undefined : value)
            : dataOf(objectFirst ? what : value, used.length > 2 ? more : []),
      })
    } catch {
      hub.faults++
    }
    return palette && hub.prints(source.own, severity) ? paint(palette, tracker.look, form, severity, used) : silence
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
    readonly functions: (readonly [native: LogFunction, plain: LogFunction])[] = []

    constructor(options: string | TrackerOptions) {
      const { label, color, level, ...context } = typeof options === 'object' && options ? options : { label: String(options) } as TrackerOptions
      const own: Partial<Thresholds> = {}
      setThresholds(own, level)
      const name = String(label)
      this.source = { label: name, labelJSON: quote(name, VALUE), own, context: {}, cache: { version: -1, json: '' } }
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
      hub.level(option)
    }

    static async $flush(): Promise<boolean> {
      const done = await Promise.all(hub.handles().map((handle) => handle.flush?.() ?? true))
      return done.every(Boolean)
    }

    static $status(): TrackerStatus {
      const stream = hub.current()
      return {
        stream: stream?.id,
        logged: stream?.last ?? 0,
        faults: hub.faults,
        plugins: Object.fromEntries(hub.handles().map((handle) => [handle.name, handle.status?.() ?? {}])),
      }
    }
  }

  Object.entries(forms).forEach(([name, form], at) => {
    const severity = formSeverity[form]
    Object.defineProperty(T.prototype, name, {
      // Which function is handed out is decided at each call: where the console
      // prints nothing, the plain one is cheaper.
      get(this: T) {
        const pair = (this.functions[at] ??= [
          nativeCall((args) => take(this, form, args)) as LogFunction,
          (...args: unknown[]) => {
            // The common way out, when the level is off.
            if (args.length < 3 && !hub.takes(this.source.own, severity)) return
            try {
              makeCall(take(this, form, args))
            } catch {
              hub.faults++ // the console throws
            }
          },
        ])
        return pair[env.callSites && hub.prints(this.source.own, severity) ? 0 : 1]
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
