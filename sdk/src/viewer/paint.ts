import { Exact } from '../query/json'
import { levelNames } from '../query/level'
import type { Members } from '../query/match'
import { fill, h, icon, type Child } from './dom'
import { membersOf, type Row } from './row'
import type { Shown } from './model'
import type { Texts } from './texts'

/** Rows and columns of a table, and members of an object, that are shown at once. */
const TABLE_ROWS = 100
const TABLE_COLUMNS = 12
const MEMBERS = 200

const short = ['DBG', 'INF', 'NTC', 'WRN', 'ERR', 'FTL']

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !(value instanceof Exact)

/** The hue of a label: from its hash, the same after a reload. */
const hueOf = (label: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
  return (Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 0) % 360
}

/** Pure colours of one lightness are not equally bright: the bright ones are darker on light, blue is lighter on dark. */
export const tint = (element: HTMLElement, label: string): HTMLElement => {
  const hue = hueOf(label)
  element.style.setProperty('--h', String(hue))
  element.style.setProperty('--d', hue > 40 && hue < 200 ? '21%' : '30%')
  element.style.setProperty('--b', hue > 215 && hue < 300 ? '74%' : '62%')
  return element
}

export const levelMark = (severity: number, word?: string): HTMLElement => h(`span.lv.l${severity}`, {}, h('b'), word)

/** What a style of %c may change; nothing that loads, moves or covers. */
const styles = /^(?:color|background(?:-color)?|font-weight|border-radius|padding)$/
const harmless = /^[\w\s#(),.%+-]+$/

const styled = (text: string, css: string): HTMLElement => {
  const span = h('span.c', {}, text)
  for (const rule of css.split(';')) {
    const [name = '', value = ''] = rule.split(':').map((part) => part.trim())
    if (styles.test(name) && harmless.test(value) && !/url|var|attr/i.test(value)) span.style.setProperty(name, value)
  }
  return span
}

/** A message, in the colours that console.log was given for it. */
const messageOf = (text: string, css: unknown): Child[] => {
  if (!Array.isArray(css)) return [text]
  const parts: Child[] = []
  let from = 0
  let style = ''
  for (const one of [...(css as unknown[]), [text.length, '']]) {
    const [at, next] = Array.isArray(one) ? (one as unknown[]) : []
    if (typeof at !== 'number' || at < from || typeof next !== 'string') continue
    const part = text.slice(from, at)
    if (part) parts.push(style ? styled(part, style) : part)
    from = at
    style = next
  }
  return parts
}

const duration = (name: string, value: unknown): string => {
  const ms = Number(value)
  if (!/ms$/i.test(name) || !(ms >= 10_000)) return ''
  const s = Math.floor(ms / 1000)
  return s < 60 ? ` ${s} s` : s < 3600 ? ` ${Math.floor(s / 60)} m ${s % 60} s` : ` ${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} m`
}

const scalar = (value: unknown, name = ''): HTMLElement => {
  if (typeof value === 'string') return h('span.s', {}, JSON.stringify(value))
  return h('span', {}, h('span.n', {}, String(value)), duration(name, value) && h('span.mut', {}, duration(name, value)))
}

const summary = (value: Members): string => {
  if (Array.isArray(value)) return `[${value.length}]`
  const members = Object.entries(value)
  const shown = members.slice(0, 4).map(([name, one]) => (isObject(one) ? name : `${name}: ${String(one).slice(0, 40)}`))
  return `{${shown.join(', ')}${members.length > 4 ? ', …' : ''}}`
}

/** A value as a tree. What is below is made when it is first opened; grown is told that the row has another height. */
export const tree = (name: string, value: unknown, grown: () => void, open = false): HTMLElement => {
  if (!isObject(value)) return h('div.tr', {}, name && h('span.p', {}, `${name}: `), scalar(value, name))
  const inner = h('div.in')
  const toggle = (): void => {
    const opens = !inner.hasChildNodes()
    const names = Object.keys(value)
    const below = (key: string): HTMLElement => tree(key, (value as Record<string, unknown>)[key], grown)
    fill(inner, opens ? [...names.slice(0, MEMBERS).map(below), names.length > MEMBERS && `… +${names.length - MEMBERS}`] : [])
    button.setAttribute('aria-expanded', String(opens))
  }
  const button = h('button.tw', {
    'aria-expanded': false,
    click: (event: Event) => {
      event.stopPropagation()
      toggle()
      grown()
    },
  }, name && h('span.p', {}, `${name}: `), h('span.mut', {}, summary(value)))
  if (open) toggle()
  return h('div.tr', {}, button, inner)
}

const table = (items: readonly unknown[]): HTMLElement => {
  const rows = items.slice(0, TABLE_ROWS).filter(isObject)
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, TABLE_COLUMNS)
  const cell = (value: unknown): HTMLElement => h('td', {}, value !== undefined && (isObject(value) ? summary(value) : typeof value === 'string' ? h('span.s', {}, value) : scalar(value)))
  return h('div.tb', {}, h('table', {},
    h('tr', {}, ...columns.map((column) => h('th', {}, column))),
    ...rows.map((row) => h('tr', {}, ...columns.map((column) => cell(row[column]))))),
  items.length > TABLE_ROWS && `… +${items.length - TABLE_ROWS}`)
}

const frame = /^\s*(?:at )?(.*?)\(?((?:\w+:\/\/|\/)[^\s()]*:\d+:\d+)\)?$/

/** A stack: the page's own frames, and how many others there are. */
const stack = (text: string, texts: Texts): HTMLElement => {
  const frames = text.split('\n').map((line) => frame.exec(line)).filter((one) => one !== null)
  const foreign = (url: string): boolean => url.includes('/node_modules/') || (/^https?:/.test(url) && !url.startsWith(location.origin))
  const own = frames.filter(([, , url = '']) => !foreign(url))
  const shown = own.length ? own : frames
  return h('div.st', {},
    ...shown.slice(0, 8).map(([, name = '', url = '']) => h('div', { title: url }, `at ${name.replace(/@$/, '').trim() || '—'} (`, h('span.a', {}, url.split(/[/?]/).pop()), ')')),
    frames.length > shown.length && h('div.mut', {}, texts('more', frames.length - shown.length)))
}

/** Members of data that were drawn in another way already. */
const rest = (data: unknown, without: readonly string[]): Members | undefined => {
  if (!isObject(data)) return undefined
  const left = Object.entries(data).filter(([name]) => !without.includes(name))
  return left.length ? Object.fromEntries(left) : undefined
}

const value = (data: Members): unknown => (Object.keys(data).length === 1 && 'value' in data ? data['value'] : data)

/** What an event says, in the way of its form. */
const body = (row: Row, event: Members, texts: Texts, grown: () => void): Child[] => {
  const { data, errorMsg, errorCode } = event
  const inside = (isObject(data) ? data : {}) as Members
  const { css } = (inside['console'] ?? {}) as { css?: unknown }
  const msg = String(event['msg'] ?? event['raw'] ?? '')
  const message = messageOf(msg, css)
  const code = typeof errorCode === 'string' && h('span.code', {}, errorCode)
  if (row.form === 'error' || typeof inside['stack'] === 'string') {
    const { name, stack: text } = inside
    const error = `${typeof name === 'string' ? name : 'Error'}: ${String(errorMsg ?? inside['message'] ?? '')}`
    const left = rest(data, ['name', 'message', 'stack', 'console'])
    return [
      h('span.er', {}, ...(msg && !error.includes(msg) && msg !== error ? [...message, errorMsg ? ` ${error}` : ''] : [errorMsg || text ? error : msg])), ' ', code,
      typeof text === 'string' && stack(text, texts), left && tree('', left, grown),
    ]
  }
  const left = rest(data, ['console'])
  if (row.form === 'tag') return [h('span.tg', {}, h('b', {}, ...message), left && h('em', {}, ...(isObject(value(left)) ? [summary(left)] : [String(value(left))])))]
  const items = inside['items']
  if (row.form === 'list' && Array.isArray(items)) {
    return [...message, h('span.mut', {}, ` (${items.length})`), isObject(items[0]) ? table(items) : tree('', items, grown, items.length <= 20)]
  }
  if (row.form === 'data' && left) return [tree(msg, value(left), grown, true)]
  const what: Child[] = row.form === 'alarm' ? [h('span.al', {}, icon('bell', 14), ...message)] : [...message]
  if (errorMsg && String(errorMsg) !== msg) what.push(' ', h('span.er', {}, String(errorMsg)))
  if (code) what.push(' ', code)
  if (left) what.push(' ', isObject(value(left)) ? tree('', value(left), grown) : scalar(value(left)))
  return what
}

const two = (n: number): string => String(n).padStart(2, '0')

export const clock = (ms: number): string => {
  const date = new Date(ms)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** One line of the list. */
export const paintRow = ({ row, count }: Shown, texts: Texts, whole: boolean, grown: () => void, group?: { readonly closed: boolean; toggle(): void }): HTMLElement => {
  const event = membersOf(row)
  const ms = String(Math.floor(((row.time % 1000) + 1000) % 1000)).padStart(3, '0')
  const message = h('div.ms', {},
    group && h('button.tw', { 'aria-expanded': !group.closed, click: (press: Event) => { press.stopPropagation(); group.toggle() } }),
    ...body(row, event, texts, grown), count > 1 && h('span.x', {}, `×${count}`),
    whole && h('div.wh', {}, tree('', event, grown, true)))
  if (row.depth) message.style.setProperty('--g', String(row.depth))
  return h(`div.r${row.severity >= 4 ? '.e' : row.severity === 3 ? '.w' : ''}`, { role: 'listitem', tabindex: -1, 'aria-label': `${levelNames[row.severity] ?? ''} ${row.label} ${String(event['msg'] ?? event['errorMsg'] ?? '')}` },
    h('span.u', {}, h(`i.${row.where}`, { role: 'img', 'aria-label': texts(row.where), title: texts(row.where) })),
    h('span.tm', { title: new Date(row.time).toISOString() }, clock(row.time), h('em', {}, `.${ms}`)),
    levelMark(row.severity, short[row.severity]),
    tint(h('span.lb', {}, row.label), row.label), message)
}
