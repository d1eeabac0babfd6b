import type { Environment } from '../core/environment'
import type { Omission } from '../core/store'
import { version } from '../core/version'
import type { KeepaliveBudget } from './keepalive'
import type { Batch } from './outbox'
import { outcomeOf, type Outcome } from './reply'

/** Who sends, and where to. */
export interface Address {
  readonly url: string
  readonly app: string
  readonly key: string
}

/** How a batch is sent. */
export interface Sending {
  readonly outcome: Promise<Outcome>
  /** Gives it up; the outcome is a failure at once. */
  abort(): void
}

export interface Transport {
  /** How many times larger the last body was before it was zipped; 1 while they go plain. */
  readonly ratio: number
  /**
   * Sends a batch. With keepalive the request leaves before this returns and
   * outlives the page; undefined when the budget has no room for it.
   */
  send(batch: Batch, keepalive: boolean): Sending | undefined
  /** Sends what a ticket asked for, once. */
  ship(letter: Pick<Letter, 'id' | 'from' | 'to' | 'lines' | 'omitted' | 'offset'>, ticket: string): Promise<Outcome>
}

/** An answer that takes longer is given up. */
const TIMEOUT = 20_000

/** Below this, gzip saves less than it costs. */
const WORTH_ZIPPING = 1400

const encoder = /* @__PURE__ */ new TextEncoder()

/** How many bytes a line takes in a body, its line feed included. */
export const bytesOf = (line: string): number => encoder.encode(line).length + 1

/** What one request says. */
interface Letter {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly lines: readonly string[]
  readonly omitted: readonly Omission[]
  readonly offset?: number
  readonly sentAt?: number
  readonly closed?: { readonly at: number; readonly by: string }
  readonly ticket?: string
}

/** As the server reads it: the envelope, then one event a line. */
const bodyOf = ({ id, from, to, lines, omitted, ...more }: Letter, { app, key }: Address, client: string): string => {
  const envelope = {
    app, key, client, stream: id, from, to,
    omitted: omitted.length ? omitted.map((run) => [run.from, run.to, run.reason]) : undefined,
    sdk: `clewline-js/${version}`,
    ...more,
  }
  return [JSON.stringify(envelope), ...lines].join('\n')
}

const letterOf = ({ outbox, from, to, omitted, events, closes }: Batch): Letter => ({
  id: outbox.stream.id, from, to, omitted,
  lines: events.map((event) => event.line),
  sentAt: outbox.stream.now(),
  offset: outbox.offset,
  closed: closes ? { at: to, by: outbox.endedBy } : undefined,
})

/** The URL of the track door, from what the user gave: a server, a path on the page's own, or the door itself. */
export const trackURL = (endpoint: string): string => {
  const base = endpoint.replace(/\/+$/, '')
  return `${base.endsWith('/v1/track') ? base : `${base}/v1/track`}?v=1`
}

export const createTransport = (env: Environment, address: Address, budget: KeepaliveBudget): Transport => {
  // text/plain and no header of our own: the browser asks no permission first (CORS preflight).
  const request = async (url: string, body: Uint8Array, stream: string, signal: AbortSignal, keepalive: boolean): Promise<Outcome> => {
    if (!env.fetch) return { kind: 'failed', message: 'there is no fetch here' }
    const response = await env.fetch(url, {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'text/plain;charset=UTF-8' },
      credentials: 'omit',
      cache: 'no-store',
      keepalive,
      signal,
    })
    const text = await response.text()
    return outcomeOf(stream, response.status, response.headers.get('retry-after'), text, env.now())
  }

  const post = (letter: Letter, keepalive: boolean): Sending | undefined => {
    const body = encoder.encode(bodyOf(letter, address, env.client()))
    if (keepalive && body.length > budget.room()) return undefined
    const free = keepalive ? budget.book(body.length) : () => {}
    const controller = new AbortController()
    const zipAndSend = async (): Promise<Outcome> => {
      let zipped: Uint8Array | undefined
      try {
        zipped = env.gzip && !keepalive && body.length >= WORTH_ZIPPING ? await env.gzip(body) : undefined
      } catch {
        // Then plain.
      }
      self.ratio = zipped ? body.length / zipped.length : 1
      return request(zipped ? `${address.url}&enc=gzip` : address.url, zipped ?? body, letter.id, controller.signal, keepalive)
    }
    let resolve: (outcome: Outcome) => void
    const outcome = new Promise<Outcome>((settle) => { resolve = settle })
    const end = (result: Outcome): void => {
      cancel()
      free()
      resolve(result)
    }
    const abort = (message: string): void => {
      controller.abort()
      end({ kind: 'failed', message })
    }
    const cancel = env.timer(() => abort(`no answer within ${TIMEOUT / 1000} s`), TIMEOUT, true)
    // Status 0: no network, DNS, a blocker, CORS. It says nothing of the batch's fate.
    zipAndSend().then(end, (error: unknown) => end({ kind: 'failed', message: String(error).slice(0, 300) }))
    return { outcome, abort: () => abort('given up') }
  }

  const self = {
    ratio: 1,
    send: (batch: Batch, keepalive: boolean) => post(letterOf(batch), keepalive),
    ship: (letter: Parameters<Transport['ship']>[0], ticket: string) => (post({ ...letter, ticket }, false) as Sending).outcome,
  }
  return self
}
