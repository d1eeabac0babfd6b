/** 0.d1d2d3... * 10^exp, with d1 not zero; zero has no digits. */
export interface Decimal {
  readonly sign: number
  readonly digits: string
  readonly exp: number
}

/** A number as JSON writes it; undefined for anything else, `007` and `+7` among it. */
export const decimalOf = (text: string): Decimal | undefined => {
  const found = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:e([+-]?\d{1,9}))?$/i.exec(text)
  if (!found) return undefined
  const [, minus, whole = '', part = '', exp = '0'] = found
  const all = whole + part
  const digits = all.replace(/^0+|0+$/g, '')
  const zeros = all.length - all.replace(/^0+/, '').length
  return { sign: digits ? (minus ? -1 : 1) : 0, digits, exp: digits ? Number(exp) + whole.length - zeros : 0 }
}

/** Below 0, 0 or above, exactly. */
export const compareDecimals = (a: Decimal, b: Decimal): number => {
  if (a.sign !== b.sign || !a.sign) return a.sign - b.sign
  if (a.exp !== b.exp) return (a.exp - b.exp) * a.sign
  return (a.digits === b.digits ? 0 : a.digits < b.digits ? -1 : 1) * a.sign
}

/** Nanoseconds; undefined where it does not fit into 64 bits of them. */
const bounded = (ns: bigint): bigint | undefined => (BigInt.asIntN(64, ns) === ns ? ns : undefined)

const MILLION = /* @__PURE__ */ BigInt(1_000_000)

const civil = (found: RegExpExecArray): bigint | undefined => {
  const [, date = '', hour = '00', minute = '00', second = '00', part = '', zone = 'Z'] = found
  const time = `${date}T${hour}:${minute}:${second}`
  const ms = Date.parse(`${time}Z`)
  // What rolls over (February 30th) is no date.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== time) return undefined
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(zone) ?? [zone, '+', 0, 0]
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? 60_000 : -60_000)
  return bounded(BigInt(ms + offset) * MILLION + BigInt(part.slice(0, 9).padEnd(9, '0')))
}

/** A time as events and queries write it: RFC 3339, or an epoch in s, ms, us or ns, told apart by size. */
export const timeOf = (text: string): bigint | undefined => {
  const found = /^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (found) return civil(found)
  const [, whole, part] = /^(-?\d{1,19})(?:\.(\d*))?$/.exec(text) ?? []
  if (whole === undefined) return undefined
  const n = BigInt(whole)
  const digits = whole.replace('-', '').length
  const zeros = digits <= 11 ? 9 : digits <= 14 ? 6 : digits <= 17 ? 3 : 0
  return bounded(n * BigInt(10 ** zeros) + BigInt((part ?? '').slice(0, zeros).padEnd(zeros, '0') || 0))
}

const DAY = /* @__PURE__ */ BigInt(86_400_000_000_000)
const ONE = /* @__PURE__ */ BigInt(1)

/** The first and the last nanosecond of what a query says: an instant, or a day in UTC. */
export const timeBounds = (text: string): readonly [first: bigint, last: bigint] | undefined => {
  const day = /^((?:1[7-9]\d\d|167[89]|2[01]\d\d|22[0-5]\d|226[01])-\d\d-\d\d)$/.exec(text)
  if (day) {
    const first = civil(day)
    return first === undefined ? undefined : [first, first + DAY - ONE]
  }
  const number = decimalOf(text)
  if (number && (number.sign < 0 || number.exp < 9)) return undefined // 2026 is meant as a year
  const ns = timeOf(text)
  return ns === undefined ? undefined : [ns, ns]
}
