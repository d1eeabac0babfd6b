/** Levels of nesting that are written down. */
const DEPTH = 6
/** Members of one object, list, map or set. */
const ENTRIES = 100
/** Values in all; the server takes 1,000 fields an event. */
const NODES = 900
/** Characters of one string. */
const STRING = 8192
/** Characters of one name; the server takes 256 bytes, and a character has up to three. */
const NAME = 72
/** Characters in all, so that one log fills neither the buffer nor a keepalive request. */
const TOTAL = 32768
/** Beyond this a BigInt's decimal digits cost more than they tell. */
const BIG = BigInt(2) ** BigInt(128)

/** The name of the member that says how many are left out. */
const MORE = '…'

/** What is left to spend, and the objects that we are inside of. */
interface Budget {
  nodes: number
  room: number
  readonly inside: object[]
}

const spent = (budget: Budget, position: number): boolean =>
  position >= ENTRIES || budget.nodes <= 0 || budget.room <= 0

const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd')

/** What cannot stand in JSON as it is, halves of surrogate pairs among it. */
// eslint-disable-next-line no-control-regex
const unsafe = /["\\\u0000-\u001f\ud800-\udfff]/
/** Up to so many characters it is quickest to look at each, ... */
const TINY = 24
/** ... and beyond so many to leave it to the platform. */
const SHORT = 200

/** Whether the text can stand between quotation marks as it is. */
const isPlain = (text: string): boolean => {
  const { length } = text
  if (length > TINY) return length <= SHORT && !unsafe.test(text)
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code < 32 || code === 34 || code === 92 || (code & 0xf800) === 0xd800) return false
  }
  return true
}

/** JSON of a string, cut where it is long. One lone surrogate would cost the whole line on the server. */
export const quote = (text: string, limit = STRING): string => {
  if (text.length <= limit && isPlain(text)) return `"${text}"`
  const short = text.length > limit ? `${text.slice(0, limit)}… (+${text.length - limit})` : text
  const json = JSON.stringify(short)
  return json.includes('\\ud') ? JSON.stringify(wellFormed(short)) : json
}

/** Names come again and again. */
const prefixes = /* @__PURE__ */ new Map<string, string>()
const PREFIXES = 500

/** A member's name as JSON, with its comma and colon. A name that had to be changed gets its position, to stay unique. */
const prefixOf = (name: string, position: number): string => {
  let prefix = prefixes.get(name)
  if (prefix) return prefix
  const json = JSON.stringify(name)
  if (name.length > NAME || name === MORE || json.includes('\\ud')) {
    return `,${JSON.stringify(`${wellFormed(name.slice(0, NAME))}…${position}`)}:`
  }
  prefix = `,${json}:`
  if (prefixes.size < PREFIXES) prefixes.set(name, prefix)
  return prefix
}

/** Whether the value is an error, of this realm or another. It never throws. */
export const isError = (value: unknown): value is Error => {
  if (typeof value !== 'object' || value === null) return false
  try {
    if (Object.getPrototypeOf(value) === Object.prototype) return false
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
  } catch {
    return false // a proxy that was revoked
  }
}

/** Names, and the object or map that holds their values; a member without a value is left out, as in JSON.stringify. */
const writeMembers = (names: readonly string[], from: object, depth: number, budget: Budget): string => {
  const map = from instanceof Map ? from as Map<string, unknown> : undefined
  let json = ''
  for (let i = 0; i < names.length; i++) {
    if (i >= ENTRIES || budget.nodes <= 0 || budget.room <= 0) {
      json += `,"${MORE}":"+${names.length - i}"`
      break
    }
    const name = names[i] as string
    let value: string | undefined
    try {
      value = write(map ? map.get(name) : (from as Record<string, unknown>)[name], depth, budget)
    } catch {
      value = '"[Throws]"'
    }
    if (value === undefined) continue
    const prefix = prefixOf(name, i)
    budget.room -= prefix.length
    json += prefix + value
  }
  return `{${json.slice(1)}}`
}

const writeItems = (items: Iterable<unknown>, size: number, depth: number, budget: Budget): string => {
  let json = ''
  let i = 0
  for (const item of items) {
    if (i) json += ','
    if (spent(budget, i)) {
      json += `"${MORE} +${size - i}"`
      break
    }
    json += write(item, depth, budget) ?? 'null'
    budget.room--
    i++
  }
  return `[${json}]`
}

/** A map with names for keys reads like an object, any other like a list of pairs. */
const writeMap = (map: Map<unknown, unknown>, depth: number, budget: Budget): string => {
  const names: string[] = []
  for (const name of map.keys()) {
    if (typeof name !== 'string') return writeItems(map, map.size, depth, budget)
    if (names.push(name) > ENTRIES) break
  }
  return writeMembers(names, map, depth, budget)
}

const standard = ['name', 'message', 'stack', 'cause']

/** An error, whose own list of members leaves out the most telling ones, and what goes with it. */
const writeError = (error: Error, extra: object, depth: number, budget: Budget): string => {
  const own = [...standard, ...Object.keys(error)]
  const all = new Map<string, unknown>()
  const take = (names: readonly string[], from: object): void => {
    for (const name of names) {
      if (all.has(name)) continue
      try {
        all.set(name, (from as Record<string, unknown>)[name])
      } catch {
        all.set(name, '[Throws]')
      }
    }
  }
  take(own, error)
  take(Object.keys(extra), extra)
  return writeMembers([...all.keys()], all, depth, budget)
}

/** Objects that tell nothing, or too much, by their own members; undefined for all others. */
const writeSpecial = (object: object, depth: number, budget: Budget): string | undefined => {
  if (isError(object)) return writeError(object, {}, depth, budget)
  if (object instanceof Map) return writeMap(object, depth, budget)
  if (object instanceof Set) return writeItems(object, object.size, depth, budget)
  if (ArrayBuffer.isView(object)) return quote(`[${object.constructor.name}(${object.byteLength} B)]`)
  const { nodeName, id, window: realm, isTrusted } = object as Record<string, unknown>
  if (realm === object) return '"[Window]"'
  if (typeof nodeName === 'string') return quote(`<${nodeName.toLowerCase()}${id ? `#${String(id)}` : ''}>`, NAME)
  if (typeof isTrusted === 'boolean') return writeMembers(['type', 'target'], object, depth, budget)
  const text = Object.keys(object).length ? '[object Object]' : String(object)
  return text === '[object Object]' ? undefined : quote(text) // a RegExp, a Promise, a Response
}

const writeObject = (object: object, depth: number, budget: Budget): string | undefined => {
  if (budget.inside.includes(object)) return '"[Circular]"'
  const list = Array.isArray(object)
  if (depth >= DEPTH) return list ? `"[Array(${object.length})]"` : '"[Object]"'
  budget.inside.push(object)
  try {
    if (list) return writeItems(object, object.length, depth + 1, budget)
    const prototype: unknown = Object.getPrototypeOf(object)
    const { toJSON } = object as { toJSON?: unknown }
    if (typeof toJSON === 'function') {
      const plain: unknown = toJSON.call(object)
      if (plain !== object) return write(plain, depth, budget)
    }
    if (prototype !== Object.prototype && prototype !== null) {
      const special = writeSpecial(object, depth + 1, budget)
      if (special !== undefined) return special
    }
    return writeMembers(Object.keys(object), object, depth + 1, budget)
  } finally {
    budget.inside.pop()
  }
}

const write = (value: unknown, depth: number, budget: Budget): string | undefined => {
  budget.nodes--
  let json: string
  switch (typeof value) {
    case 'string':
      json = quote(value, Math.min(STRING, Math.max(budget.room, NAME)))
      break
    case 'number':
      json = Number.isFinite(value) ? String(value) : `"${value}"`
      break
    case 'boolean':
      json = String(value)
      break
    case 'bigint':
      json = value < BIG && value > -BIG ? String(value) : '"[BigInt]"'
      break
    case 'undefined':
      return undefined
    case 'object':
      if (value === null) return 'null'
      try {
        return writeObject(value, depth, budget)
      } catch {
        json = '"[Throws]"'
      }
      break
    default:
      json = quote(typeof value === 'function' ? `[Function ${value.name}]` : String(value), NAME)
  }
  budget.room -= json.length
  return json
}

const budget = (): Budget => ({ nodes: NODES, room: TOTAL, inside: [] })

/**
 * The value as JSON text, as it is now: whoever changes it later does not change the
 * log, and nobody is kept alive by it. It is bounded in depth, members, values and
 * characters, and says where it left something out. It never throws, whatever
 * getters, proxies and toJSON do; undefined for what JSON has no word for.
 */
export const snapshot = (value: unknown): string | undefined => {
  try {
    return write(value, 0, budget())
  } catch {
    return '"[Throws]"'
  }
}

/**
 * What an event's `data` holds for a value: always an object, so that its members can
 * be searched by name. A list stands under `items`, anything else that is no object
 * under `value`; what more was passed, under `more`.
 */
export const dataOf = (value: unknown, more: readonly unknown[] = []): string | undefined => {
  const json = snapshot(value)
  const rest = more.length ? `,"more":${snapshot(more)}` : ''
  if (json === undefined) return rest && `{${rest.slice(1)}}` || undefined
  if (json[0] === '{' && !rest) return json
  return `{"${json[0] === '[' ? 'items' : 'value'}":${json}${rest}}`
}

/** As dataOf, for an error and what was said along with it. */
export const errorData = (error: Error, extra?: unknown): string => {
  const members = extra === undefined ? {} : extra && typeof extra === 'object' && !Array.isArray(extra) ? extra : { value: extra }
  try {
    return writeError(error, members, 0, budget())
  } catch {
    return '{"name":"[Throws]"}'
  }
}
