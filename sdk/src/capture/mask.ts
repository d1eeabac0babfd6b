/** Characters that are looked at; what is kept is shorter. */
const LOOKED_AT = 16_384

/** Names whose values are nobody's to read, and these values. */
const secret = /((?:(?:passw|passphrase|passcode|pwd|secret|token|ticket|authorization|cookie|credential|session|api[_-]?key|signature|card)[\w-]{0,40}|\b(?:otp|pin|sid|cv[vc]2?))["']?\s{0,8}[:=]\s{0,8})("(?:[^"\\]|\\.)*"?|'[^']*'?|[^&,;}\]\n]+)/gi
/** Tokens (JWT), what stands after Bearer or Basic, and e-mail addresses. */
const tokens = /\beyJ[\w-]{4,300}\.[\w.-]+|\b(?:bearer|basic)\s+[\w.~+/=-]+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/gi
/** What may be the number of a card. */
const digits = /\d(?:[ -]?\d){12,18}/g

/** Whether the digits have a card's check digit (Luhn). */
const isCard = (text: string): boolean => {
  let sum = 0
  const all = text.replace(/\D/g, '')
  for (let i = 0; i < all.length; i++) {
    const digit = Number(all[all.length - 1 - i]) * (1 + (i % 2))
    sum += digit > 9 ? digit - 9 : digit
  }
  return sum % 10 === 0
}

/** The text without what is obviously nobody's to read: values of secret names, tokens, e-mail addresses, numbers of cards. */
export const maskText = (text: string, most = 2048): string => {
  const masked = text
    .slice(0, LOOKED_AT)
    .replace(secret, '$1*')
    .replace(tokens, '*')
    .replace(digits, (found) => (isCard(found) ? '*' : found))
  return masked.length > most || text.length > LOOKED_AT ? `${masked.slice(0, most)}…` : masked
}

/** Members that say what a message is, not what is in it, and the words that they may hold. */
const telling = /^(type|event|action|op|cmd|command|method|state|status|code|reason|kind|topic|channel)$/i
const word = /^(?!.*\d{7})[\w.:/-]{1,64}$/

/** The shape of a JSON text: its members, with the values of those alone that say what it is; undefined for any other text. */
export const shapeOf = (text: string, most = 200): string | undefined => {
  if (text.length > LOOKED_AT || !/^\s*[[{]/.test(text)) return undefined
  try {
    const json = JSON.stringify(JSON.parse(text), (key, value: unknown) => {
      if (typeof value === 'string') return telling.test(key) && word.test(value) ? value : '*'
      return typeof value === 'number' && Math.abs(value) >= 1e6 ? '*' : value
    })
    return maskText(json, most)
  } catch {
    return undefined
  }
}

/** What a message calls itself, where it is JSON with such a member. */
export const typeOf = (text: string): string | undefined =>
  text.length > LOOKED_AT ? undefined : /^\s*\{[^{}[]*?"(?:type|event|action|op|cmd|command|method)"\s*:\s*"(?!\d)([\w.:/-]{1,64})"/.exec(text)?.[1]

/** How much there is, in bytes or characters; undefined where that is not told. */
export const sizeOf = (content: unknown): number | undefined => {
  if (typeof content === 'string') return content.length
  const { size, byteLength } = (content ?? {}) as { size?: unknown; byteLength?: unknown }
  if (typeof byteLength === 'number') return byteLength
  if (typeof size === 'number' && content instanceof Blob) return size
  return content instanceof URLSearchParams ? String(content).length : undefined
}

/** How a message's content is told. */
export type Heads = 'shape' | 'text' | 'off'

/** What is told of one message: how much, of what type, and its head. */
export const messageData = (content: unknown, heads: Heads): { type?: string; bytes?: number; head?: string } => {
  const text = typeof content === 'string' ? content : ''
  return {
    type: typeOf(text),
    bytes: sizeOf(content),
    head: heads === 'off' ? undefined : heads === 'text' ? maskText(text, 200) || undefined : shapeOf(text),
  }
}
