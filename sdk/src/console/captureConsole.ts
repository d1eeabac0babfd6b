import type { Level } from '../core/event'
import { nativeCall } from '../core/nativeCall'
import type { Handle, Host } from '../core/plugin'

/** Which calls of the console are kept. */
export interface ConsoleOptions {
  /** By default debug, log, info, warn and error. */
  methods?: readonly ('debug' | 'log' | 'info' | 'warn' | 'error')[]
  /** The label of the events. By default console. */
  label?: string
}

/** The capture of one console. */
export interface ConsoleCapture extends Handle {
  readonly name: 'captureConsole'
}

const levels: Readonly<Record<string, Level>> = { debug: 'debug', log: 'info', info: 'notice', warn: 'warn', error: 'error' }

/** What console.log makes of `%s` and its like, without the colours. */
const formatted = (args: readonly unknown[]): readonly unknown[] => {
  const [format, ...rest] = args
  if (typeof format !== 'string' || !format.includes('%')) return args
  const text = format.replace(/%([%csdifoO])/g, (sign, letter: string) => {
    if (letter === '%') return '%'
    if (!rest.length) return sign
    const value = rest.shift()
    if (letter === 'c') return ''
    if (letter === 'o' || letter === 'O') {
      rest.unshift(value)
      return ''
    }
    try {
      return letter === 's' ? String(value) : String(Number(value))
    } catch {
      return sign
    }
  })
  return [text, ...rest]
}

/**
 * Keeps what the page prints with console.log and its like. The console still shows
 * the file and line of whoever called it. What the SDK prints itself is not kept twice.
 */
export const captureConsole = (host: Host, { methods = ['debug', 'log', 'info', 'warn', 'error'], label = 'console' }: ConsoleOptions = {}): ConsoleCapture => {
  const console = host.env.console as unknown as Record<string, (...args: unknown[]) => void> | undefined
  const tracker = host.create({ label, level: { console: 'off' } })
  const undo: (() => void)[] = []
  let inside = false

  for (const method of console ? methods : []) {
    const before = console?.[method]
    if (!console || typeof before !== 'function') continue
    const wrapped = nativeCall((args) => {
      // Whoever wrapped the console before us, or a getter, may print in turn.
      if (!inside) {
        inside = true
        try {
          const [what, ...more] = formatted(args)
          const log = (method === 'error' ? tracker.$error : tracker.$log) as (...all: unknown[]) => void
          log(what, more.length > 1 ? more : more[0], { level: levels[method] })
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
