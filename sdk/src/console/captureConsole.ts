import type { Level } from '../core/event'
import { nativeCall } from '../core/nativeCall'
import type { Handle, Host } from '../core/plugin'
import { isError } from '../core/snapshot'

type Method = 'debug' | 'log' | 'info' | 'warn' | 'error' | 'table' | 'group' | 'groupCollapsed' | 'groupEnd'

const usual: readonly Method[] = ['debug', 'log', 'info', 'warn', 'error', 'table', 'group', 'groupCollapsed', 'groupEnd']

/** Which calls of the console are kept. */
export interface ConsoleOptions {
  /** By default debug, log, info, warn, error, table and the groups. */
  methods?: readonly Method[]
  /** The label of the events. By default console. */
  label?: string
}

/** The capture of one console. */
export interface ConsoleCapture extends Handle {
  readonly name: 'captureConsole'
}

const levels: Readonly<Record<string, Level>> = { debug: 'debug', log: 'info', info: 'notice', warn: 'warn', error: 'error' }

/** Groups within groups that are told apart. */
const DEEPEST = 20
/** Changes of colour in one text. */
const COLOURS = 20

/** From where on a text is in a style. */
type Style = readonly [at: number, css: string]

interface Formatted {
  readonly args: readonly unknown[]
  readonly css: readonly Style[]
}

/** What console.log makes of `%s` and its like, and where its colours begin. */
const formatted = (args: readonly unknown[]): Formatted => {
  const [format, ...rest] = args
  if (typeof format !== 'string' || !format.includes('%')) return { args, css: [] }
  const css: Style[] = []
  let text = ''
  let from = 0
  for (const { 0: sign, 1: letter, index } of format.matchAll(/%([%csdifoO])/g)) {
    text += format.slice(from, index)
    from = index + sign.length
    if (letter === '%') text += '%'
    else if (!rest.length) text += sign
    else if (letter === 'o' || letter === 'O') continue // an object stays among the data
    else {
      const value = rest.shift()
      try {
        if (letter !== 'c') text += letter === 's' ? String(value) : String(Number(value))
        else if (css.length < COLOURS) css.push([text.length, String(value).slice(0, 300)])
      } catch {
        text += sign
      }
    }
  }
  return { args: [text + format.slice(from), ...rest], css }
}

/** Data, and what only a viewer wants to know of the call. What cannot carry it stays as it is. */
const marked = (data: unknown, about: object | undefined): unknown => {
  if (!about) return data
  if (data === undefined) return { console: about }
  if (Array.isArray(data)) return { items: data as unknown[], console: about }
  if (typeof data !== 'object' || data === null) return { value: data, console: about }
  try {
    return Object.getPrototypeOf(data) === Object.prototype ? { ...data, console: about } : data
  } catch {
    return data // a getter throws
  }
}

/**
 * Keeps what the page prints with console.log and its like. The console still shows
 * the file and line of whoever called it. What the SDK prints itself is not kept twice.
 */
export const captureConsole = (host: Host, { methods = usual, label = 'console' }: ConsoleOptions = {}): ConsoleCapture => {
  const console = host.env.console as unknown as Record<string, (...args: unknown[]) => void> | undefined
  const tracker = host.create({ label, level: { console: 'off' } })
  const undo: (() => void)[] = []
  let inside = false
  let depth = 0

  const keep = (method: Method, all: readonly unknown[]): void => {
    if (method === 'groupEnd') {
      depth = Math.max(0, depth - 1)
      return
    }
    const { args: [what, ...more], css } = formatted(all)
    const about = depth || css.length ? { ...(depth ? { group: depth } : {}), ...(css.length ? { css } : {}) } : undefined
    const data = more.length > 1 ? more : more[0]
    const log = (method === 'error' ? tracker.$error : method === 'table' ? tracker.$list : tracker.$log) as (...some: unknown[]) => void
    const level = { level: levels[method] }
    if (method === 'table') log('table', marked(what, about))
    else if (typeof what !== 'object' || what === null || isError(what)) log(what, marked(data, about), level)
    else if (more.length) log('', marked([what, ...more], about), level)
    else log(marked(what, about), undefined, level)
    if (method.startsWith('group')) depth = Math.min(DEEPEST, depth + 1)
  }

  for (const method of console ? methods : []) {
    const before = console?.[method]
    if (!console || typeof before !== 'function') continue
    const wrapped = nativeCall((args) => {
      // Whoever wrapped the console before us, or a getter, may print in turn.
      if (!inside) {
        inside = true
        try {
          keep(method, args)
        } finally {
          inside = false
        }
      }
      return [before, console, args]
    })
    console[method] = wrapped
    undo.push(() => {
      if (console[method] === wrapped) console[method] = before // else somebody stands on us
    })
  }

  return { name: 'captureConsole', stop: () => undo.forEach((one) => one()) }
}
