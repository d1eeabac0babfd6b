import type { Environment } from '../core/environment'
import { retryAfter } from '../report/reply'

/** The server says every 15 s that it is there. */
const SILENCE = 45_000
/** More than that is no event of ours. */
const MOST = 64 * 1024

/** Why a channel ended. */
export interface Ended {
  readonly message: string
  /** How long the server wants to be left alone, in ms. */
  readonly after?: number
  /** The key or the origin is refused. */
  readonly refused?: boolean
}

/** Who listens to a channel. */
export interface Listener {
  event(name: string, data: Record<string, unknown>): void
  /** It is over; nothing follows. Not called when we end it. */
  ended(why: Ended): void
}

/**
 * Reads server-sent events, once: whoever listens opens the next one. EventSource cannot
 * tell a 429 from a lost network, and comes back when it likes.
 */
export const openChannel = ({ fetch, now, timer }: Environment, url: string, listener: Listener): (() => void) => {
  const controller = new AbortController()
  let over = false
  let cancel = (): void => {}

  const end = (why?: Ended): void => {
    if (over) return
    over = true
    cancel()
    controller.abort()
    if (why) listener.ended(why)
  }
  const heard = (): void => {
    cancel()
    cancel = timer(() => end({ message: `nothing was heard for ${SILENCE / 1000} s` }), SILENCE, true)
  }

  const take = (block: string): void => {
    let name = 'message'
    let data = ''
    for (const line of block.split('\n')) {
      if (line.startsWith('event: ')) name = line.slice(7)
      else if (line.startsWith('data: ')) data += line.slice(6)
    }
    if (!data) return
    let value: unknown
    try {
      value = JSON.parse(data)
    } catch {
      return // nothing of ours
    }
    if (value && typeof value === 'object') listener.event(name, value as Record<string, unknown>)
  }

  const read = async (): Promise<Ended> => {
    if (!fetch) return { message: 'there is no fetch here' }
    const response = await fetch(url, { credentials: 'omit', cache: 'no-store', signal: controller.signal })
    const { status, headers, body } = response
    if (status !== 200 || !headers.get('content-type')?.startsWith('text/event-stream')) {
      controller.abort() // what the body says is of no use
      return { message: `HTTP ${status}`, after: retryAfter(headers.get('retry-after'), now()), refused: status === 401 || status === 403 }
    }
    if (!body) return { message: 'answers cannot be read as they come here', after: Infinity }
    const reader = body.getReader()
    const decoder = new TextDecoder()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done || over) return { message: 'the server ended the channel' }
      heard()
      text += decoder.decode(value, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      if (text.length > MOST) return { message: 'this is no channel of ours' }
      blocks.forEach(take)
    }
  }

  heard()
  read().then(end, (error: unknown) => end({ message: String(error).slice(0, 300) }))
  return () => end()
}
