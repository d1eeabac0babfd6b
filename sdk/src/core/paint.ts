import { labelColor } from './colour'
import type { Form } from './event'
import { DEBUG, ERROR, INFO, WARN } from './level'
import { inOrder, silence, type NativeCall } from './nativeCall'

/** How an instance's label looks. */
export interface Look {
  readonly label: string
  /** CSS of the label, which stands between two `%c`. */
  readonly css: string
}

/** Text inside a format. */
const literally = (text: string): string => text.replace(/%/g, '%%')

/** A colour that the user chose colours the text; the label's own fills a badge, which reads on any console. */
export const lookOf = (label: string, color?: string): Look => ({
  label: literally(label),
  css: color ? `color:${color};font-weight:bold` : `background:${labelColor(label)};color:#fff;border-radius:3px;padding:0 4px`,
})

const chip = 'border:1px solid;border-radius:3px;padding:0 4px'

/** The console's functions as they were when the tracker was made, so that later wrappers do not meet themselves. */
export interface Palette {
  readonly console: Console
  readonly print: readonly unknown[]
  readonly group: unknown
  readonly table: unknown
  readonly end: unknown
}

export const paletteOf = (console: Console): Palette => {
  const { debug, log, info, warn, error, groupCollapsed, table, groupEnd } = console
  const bySeverity: unknown[] = []
  bySeverity[DEBUG] = debug
  bySeverity[INFO] = log
  bySeverity[INFO + 1] = info
  bySeverity[WARN] = warn
  bySeverity[ERROR] = error
  bySeverity[ERROR + 1] = error
  return { console, print: bySeverity, group: groupCollapsed, table, end: groupEnd }
}

/** Rows and columns make a table; anything else is better as it is. */
const isTable = (items: unknown): boolean =>
  Array.isArray(items) && items.length > 0 && items.length <= 1000 && typeof items[0] === 'object' && items[0] !== null

/**
 * What the console is to be asked for one log. The arguments are passed on as they
 * came, so that the console can open them; a message is never a format of its own.
 */
export const paint = (palette: Palette, look: Look, form: Form, severity: number, args: readonly unknown[]): NativeCall => {
  const { console } = palette
  const print = palette.print[severity]
  if (typeof print !== 'function') return silence
  const { label, css } = look
  const [what, value] = args
  if (form === 'tag') {
    const format = `%c${label}%c %c${literally(String(what))}%c`
    return [print, console, [format, css, '', chip, '', ...(args.length > 1 ? [value] : [])]]
  }
  if (form === 'list' && isTable(value)) {
    return inOrder([
      [palette.group, console, [`%c${label}%c`, css, '', what, `(${(value as unknown[]).length})`]],
      [palette.table, console, [value]],
      [palette.end, console, []],
    ])
  }
  const sign = form === 'alarm' ? ['⚠', ...args] : args
  return [print, console, [`%c${label}%c`, css, '', ...sign]]
}
