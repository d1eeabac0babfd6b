import type { Environment } from '../core/environment'
import { version } from '../core/version'
import type { Report } from '../report/logReport'
import { retryAfter } from '../report/reply'

/** What the server answers a beat. */
export interface Answer {
  readonly now: number
  readonly beat: number
  readonly commands: readonly unknown[]
  readonly pull?: { readonly go: boolean; readonly reason?: string }
}

/** Why there was no answer. */
export interface Failure {
  readonly message: string
  readonly after?: number
  readonly refused?: boolean
}

/** Requests that this page makes of the push door. */
export interface Line {
  /** Where its channel is. */
  channel(stream: string | undefined): string
  /** With keepalive the request outlives the page, and nobody waits for its answer. */
  post(body: object, keepalive?: boolean): Promise<Answer | Failure>
}

const TIMEOUT = 20_000

export const createLine = (env: Environment, address: Report['address'], tab: string): Line => {
  const url = address.url.replace(/\/track\?v=1$/, '/push')
  const { app, key } = address
  const sdk = `clewline-js/${version}`
  return {
    channel: (stream) => {
      const params = { key, app, tab, device: env.client(), sdk, stream: stream ?? '' }
      return `${url}?${Object.entries(params).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`
    },
    async post(body, keepalive = false) {
      const controller = new AbortController()
      const cancel = env.timer(() => controller.abort(), TIMEOUT, true)
      try {
        if (!env.fetch) return { message: 'there is no fetch here' }
        // text/plain and no header of our own: the browser asks no permission first.
        const { status, headers, ...response } = await env.fetch(url, {
          method: 'POST', body: JSON.stringify({ key, app, tab, device: env.client(), sdk, ...body }),
          headers: { 'content-type': 'text/plain;charset=UTF-8' }, credentials: 'omit', cache: 'no-store', keepalive, signal: controller.signal,
        }).then(async (answer) => ({ status: answer.status, headers: answer.headers, text: await answer.text() }))
        const reply = status === 200 ? JSON.parse(response.text) as Record<string, unknown> : {}
        if (reply['clewline'] === 1) return { now: 0, beat: 0, ...reply, commands: Array.isArray(reply['commands']) ? reply['commands'] as unknown[] : [] } as Answer
        return { message: status === 200 ? 'HTTP 200, but not from a Clewline server' : `HTTP ${status}`, after: retryAfter(headers.get('retry-after'), env.now()), refused: status === 401 || status === 403 }
      } catch (error) {
        return { message: String(error).slice(0, 300) }
      } finally {
        cancel()
      }
    },
  }
}
