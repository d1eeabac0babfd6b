import type { TrackServer } from './trackServer'

/** One request to the push door. */
export type Told = Record<string, unknown> & { readonly pull?: Record<string, unknown> }

/** A server of the push door, beside one of the track door. */
export interface PushServer {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** What pages told, in order: beats and news of pulls. */
  readonly told: Told[]
  /** The channels that are open, oldest first. */
  readonly channels: Channel[]
  /** How many were ever opened. */
  opened: number
  /** Commands for the next beat. */
  commands: unknown[]
  /** What a page is answered about a pull. */
  verdict: { go: boolean; reason?: string }
  /** A status other than 200 for all requests. */
  status: number
  /** What the server's clock is ahead of the page's, in ms. */
  ahead: number
}

/** One open channel. */
export interface Channel {
  readonly url: string
  /** Writes text as it is. */
  write(text: string): void
  send(name: string, data: object): void
  end(): void
}

const encoder = new TextEncoder()

export const createPushServer = (now: () => number, track: TrackServer): PushServer => {
  const open = (url: string, signal: AbortSignal | null | undefined): Response => {
    let channel: Channel | undefined
    const remove = (): void => {
      const at = channel ? server.channels.indexOf(channel) : -1
      if (at >= 0) server.channels.splice(at, 1)
    }
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const write = (text: string): void => controller.enqueue(encoder.encode(text))
        channel = {
          url, write,
          send: (name, data) => write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
          end() {
            remove()
            controller.close()
          },
        }
        signal?.addEventListener('abort', () => {
          remove()
          try {
            controller.error(new DOMException('aborted', 'AbortError'))
          } catch {
            // It was closed.
          }
        })
      },
    })
    if (channel) {
      server.channels.push(channel)
      channel.send('open', { now: now() + server.ahead, beat: 20_000 })
    }
    server.opened++
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }

  const server: PushServer = {
    told: [], channels: [], commands: [], verdict: { go: true }, status: 200, ahead: 0, opened: 0,
    async fetch(url, init) {
      if (!url.includes('/v1/push')) return track.fetch(url, init)
      if (server.status !== 200) return new Response('{"error":{"message":"no"}}', { status: server.status, headers: { 'retry-after': '2' } })
      if (init.method !== 'POST') return open(url, init.signal)
      const told = JSON.parse(String(init.body)) as Told
      server.told.push(told)
      const { commands } = server
      if (!told.pull) server.commands = []
      return new Response(JSON.stringify({
        clewline: 1, now: now() + server.ahead, beat: 20_000, commands: told.pull ? [] : commands, ...(told.pull && { pull: server.verdict }),
      }))
    },
  }
  return server
}

/** A ticket as the server writes it; what signs it is nobody's business here. */
export const ticketOf = (claims: object): string =>
  `${btoa(JSON.stringify({ project: 'phone', ...claims })).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')}.c2lnbmVk`
