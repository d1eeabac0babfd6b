import type { Range } from './outbox'

/** What became of one request. */
export type Outcome =
  | { readonly kind: 'stored'; readonly acknowledged: readonly Range[]; readonly offset?: number; readonly wait: number; readonly commands: readonly unknown[] }
  | { readonly kind: 'tooLarge'; readonly message: string }
  /** The key or the origin is refused; trying again soon is of no use. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Anything else. After is how long the server wants to be left alone, in ms. */
  | { readonly kind: 'failed'; readonly message: string; readonly after?: number }

/** The longest that we let somebody else keep us waiting. */
const LONGEST_WAIT = 15 * 60 * 1000

const finite = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

const capped = (ms: number): number => Math.min(Math.max(ms, 0), LONGEST_WAIT)

/** Retry-After in ms, from seconds or an HTTP date; undefined when it is neither. */
export const retryAfter = (header: string | null, now: number): number | undefined => {
  const text = header?.trim()
  if (!text) return undefined
  if (/^\d+$/.test(text)) return capped(Number(text) * 1000)
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : capped(date - now)
}

const objectOf = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text)
    return value && typeof value === 'object' ? value as Record<string, unknown> : {}
  } catch {
    return {} // a captive portal's page
  }
}

/** What the server says went wrong: `{"error":{"message":...}}`. */
const complaint = (status: number, reply: Record<string, unknown>): string => {
  const { message } = (reply['error'] ?? {}) as { message?: unknown }
  return `HTTP ${status}${typeof message === 'string' ? `: ${message.slice(0, 300)}` : ''}`
}

const rangesOf = (stream: string, ack: unknown): Range[] =>
  (Array.isArray(ack) ? ack : []).flatMap((entry: unknown): Range[] => {
    const [name, from, to] = Array.isArray(entry) ? entry as unknown[] : []
    return name === stream && Number.isSafeInteger(from) && Number.isSafeInteger(to) ? [[from as number, to as number]] : []
  })

/**
 * Understands a reply. Only a 200 that carries our own mark acknowledges: proxies,
 * captive portals and single-page servers answer 200 to anything.
 */
export const outcomeOf = (stream: string, status: number, header: string | null, text: string, now: number): Outcome => {
  const reply = objectOf(text)
  if (status === 200 && reply['clewline'] === 1) {
    return {
      kind: 'stored',
      acknowledged: rangesOf(stream, reply['ack']),
      offset: finite(reply['offset']),
      wait: capped(finite(reply['wait']) ?? 0),
      commands: Array.isArray(reply['commands']) ? reply['commands'] : [],
    }
  }
  if (status === 413) return { kind: 'tooLarge', message: complaint(status, reply) }
  if (status === 401 || status === 403) return { kind: 'refused', message: complaint(status, reply) }
  const message = status === 200 ? 'HTTP 200, but not from a Clewline server' : complaint(status, reply)
  return { kind: 'failed', message, after: retryAfter(header, now) }
}
