import { bareKeyword, bareText, type Field } from './field'
import { Exact } from './json'
import { levelNames, severityOf } from './level'
import { compareDecimals, decimalOf, timeBounds, timeOf, type Decimal } from './number'
import { isWild, textOf, textTest, wholeTest, type Term } from './term'
import { halfWidth } from './token'

/** An event as readJSON gives its line; names are the wire's. */
export type Members = Readonly<Record<string, unknown>>
export type Test = (event: Members) => boolean

/** One end of a range. */
export interface Bound<Value = Decimal | bigint | number> {
  readonly value: Value
  readonly inclusive: boolean
}

const own = (object: object, name: string): boolean => Object.prototype.hasOwnProperty.call(object, name)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Exact)

const isNumber = (value: unknown): value is number | Exact => typeof value === 'number' || value instanceof Exact

/** All string values of data, one a line. */
const stringsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return value ? [value] : []
  if (Array.isArray(value)) return value.flatMap(stringsIn)
  return isObject(value) ? Object.values(value).flatMap(stringsIn) : []
}

const words = /* @__PURE__ */ new WeakMap<Members, string>()

const wordsOf = (event: Members): string => {
  let text = words.get(event)
  if (text === undefined) {
    const inside = stringsIn(event['data']).join('\n')
    const half = [event['msg'], event['errorMsg'], event['label'], event['raw'], inside].map((one) => (typeof one === 'string' && halfWidth(one)) || '')
    text = [inside, ...half].filter(Boolean).join('\n')
    words.set(event, text)
  }
  return text
}

/** The text of a field, empty where it is absent. */
const fieldText = (event: Members, column: string): string => {
  if (column === 'words') return wordsOf(event)
  const value = own(event, column) ? event[column] : undefined
  if (column === 'id' && value === undefined) return event['stream'] && event['seq'] ? `${String(event['stream'])}.${String(event['seq'])}` : ''
  return typeof value === 'string' ? value : isNumber(value) ? String(value) : ''
}

const isTraceId = (column: string): boolean => column === 'traceId' || column === 'spanId' || column === 'childOf'
const normal = (id: string): string => (/[-A-Z]/.test(id) ? id.replace(/-/g, '').toLowerCase() : id)

/** The whole value of a field; ids of traces without their dashes. */
const keywordTest = (column: string, term: Term): Test => {
  if (!isTraceId(column)) {
    const whole = wholeTest(term)
    return (event) => whole(fieldText(event, column))
  }
  const whole = wholeTest({ pieces: term.pieces.map(normal) })
  return (event) => whole(normal(fieldText(event, column)))
}

/** A bare word: in a text field by its tokens, or an id or who field as a whole. */
export const bareTest = (term: Term): Test => {
  const text = textTest(term)
  const ids = bareKeyword.map((column) => keywordTest(column, term))
  return (event) => bareText.some((column) => text(fieldText(event, column))) || ids.some((test) => test(event))
}

/** How many keys a name in data is taken apart into. */
const STEPS = 6

/** Looks for a path in an object, and in a list of objects once on the way. */
const inData = (object: Record<string, unknown>, path: string, found: (value: unknown) => boolean, step = 1, listed = false): boolean =>
  Object.keys(object).some((key) => {
    if (!path.startsWith(key)) return false
    const value = object[key]
    if (path === key) return found(value)
    if (path[key.length] !== '.' || step >= STEPS) return false
    const rest = path.slice(key.length + 1)
    if (isObject(value)) return inData(value, rest, found, step + 1, listed)
    return Array.isArray(value) && !listed && value.some((one) => isObject(one) && inData(one, rest, found, step + 1, true))
  })

const dataTest = (field: Field, found: (value: unknown) => boolean): Test => ({ data }) => isObject(data) && inData(data, field.path, found)

/** The value, or any element of a list. */
const each = (found: (value: unknown) => boolean) => (value: unknown): boolean => (Array.isArray(value) ? value.some(found) : found(value))

const isPresent = (value: unknown): boolean => {
  if (value === undefined || value === null || value === '') return false
  return Array.isArray(value) ? value.length > 0 : !isObject(value) || Object.keys(value).length > 0
}

const scalarTest = (term: Term): ((value: unknown) => boolean) => {
  const text = textTest(term)
  const whole = wholeTest(term)
  const number = isWild(term) ? undefined : decimalOf(textOf(term))
  return each((value) => {
    if (typeof value === 'string') return text(value) || whole(value)
    if (typeof value === 'boolean') return whole(String(value))
    if (!isNumber(value)) return false
    const digits = String(value)
    if (!number) return isWild(term) && /^-?\d+$/.test(digits) && whole(digits)
    const decimal = decimalOf(digits)
    return decimal !== undefined && compareDecimals(decimal, number) === 0
  })
}

/** The severities that a term spells, or whose names its wildcards fit. */
export const severitiesOf = (term: Term): number[] => {
  const whole = wholeTest(term)
  return isWild(term) ? levelNames.flatMap((name, i) => (whole(name) ? [i] : [])) : [severityOf(textOf(term))].filter((one) => one >= 0)
}

const severity = (event: Members): number => (typeof event['level'] === 'string' ? severityOf(event['level']) : -1)

const instant = (value: unknown): bigint | undefined =>
  typeof value === 'number' ? timeOf(value.toFixed(6)) : typeof value === 'string' || value instanceof Exact ? timeOf(String(value)) : undefined

/** field:term */
export const equalTest = (field: Field, term: Term): Test => {
  const { column = '', type } = field
  if (type === 'text') {
    const text = textTest(term)
    return (event) => text(fieldText(event, column))
  }
  if (type === 'keyword') {
    const whole = keywordTest(column, term)
    if (column !== 'invoker') return whole
    return (event) => whole(event) || (/^uid:/i.test(fieldText(event, column)) && whole({ invoker: fieldText(event, column).slice(4) }))
  }
  if (type === 'list') {
    const whole = wholeTest(term)
    return (event) => Array.isArray(event[column]) && (event[column] as unknown[]).some((one) => typeof one === 'string' && whole(one))
  }
  if (type === 'level') {
    const severities = severitiesOf(term)
    return (event) => severities.includes(severity(event))
  }
  if (type === 'time') {
    const [first, last] = timeBounds(textOf(term)) ?? []
    return orderTest(field, { value: first as bigint, inclusive: true }, { value: last as bigint, inclusive: true })
  }
  if (type === 'number') {
    const bound = { value: decimalOf(textOf(term)) as Decimal, inclusive: true }
    return orderTest(field, bound, bound)
  }
  return dataTest(field, scalarTest(term))
}

/** field:* */
export const presentTest = (field: Field): Test => {
  const { column = '', type } = field
  if (!type) return dataTest(field, isPresent)
  if (type === 'text' || type === 'keyword') return (event) => fieldText(event, column) !== ''
  if (type === 'level') return (event) => severity(event) >= 0
  if (column === 'seq') return (event) => Number(event[column]) > 0
  return (event) => own(event, column) && isPresent(event[column])
}

/** Whether what comes out of comparing lies within the bounds. */
const within = <Value>(value: Value, compare: (a: Value, b: Value) => number, low?: Bound<Value>, high?: Bound<Value>): boolean => {
  const below = low ? compare(value, low.value) : 1
  const above = high ? compare(value, high.value) : -1
  return (below > 0 || (below === 0 && low?.inclusive === true)) && (above < 0 || (above === 0 && high?.inclusive === true))
}

const compareValues = <Value extends bigint | number>(a: Value, b: Value): number => (a < b ? -1 : a > b ? 1 : 0)

/** low <= field <= high; what is absent lies in no range. */
export const orderTest = (field: Field, low?: Bound, high?: Bound): Test => {
  const { column = '', type } = field
  if (type === 'time') {
    return (event) => {
      const ns = instant(event[column])
      return ns !== undefined && within(ns, compareValues, low as Bound<bigint>, high as Bound<bigint>)
    }
  }
  if (type === 'level') {
    return (event) => {
      const level = severity(event)
      return level >= 0 && within(level, compareValues, low as Bound<number>, high as Bound<number>)
    }
  }
  const holds = (value: unknown): boolean => {
    const decimal = isNumber(value) ? decimalOf(String(value)) : undefined
    return decimal !== undefined && within(decimal, compareDecimals, low as Bound<Decimal>, high as Bound<Decimal>)
  }
  return type === 'number' ? (event) => holds(event[column]) : dataTest(field, each(holds))
}
