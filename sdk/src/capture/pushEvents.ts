import type { Fields } from '../core/event'
import type { Host } from '../core/plugin'
import { addressOf } from './address'
import { messageData, type Heads } from './mask'
import { createWatch, type Capture, type CaptureOptions } from './watch'

/** What is told of pushes. */
export interface PushOptions extends CaptureOptions {
  /** How contents are told: their members without values (shape), their head, masked (text), or not at all. By default shape. */
  heads?: Heads
  /** Messages of other windows and of the service worker. By default true. */
  messages?: boolean
}

/** The capture of pushes. */
export interface PushEvents extends Capture {
  readonly name: 'pushEvents'
  /** The host's own channel has brought an event. What is passed as data is kept as $log keeps it, unmasked. */
  received(type: string, data?: object, fields?: Fields): void
}

/** Types of one connection that are told of by name. */
const MOST_TYPES = 50

/**
 * Tells of what servers and other windows push to the page: server-sent events, messages, and what the host hands on.
 *
 * @example
 * const push = T.$use(pushEvents, {})
 * channel.on('event', (event) => push.received(event.type, { seat: event.seat }))
 */
export const pushEvents = (host: Host, options: PushOptions = {}): PushEvents => {
  const watch = createWatch(host, 'push', options)
  const { scope, log, listen } = watch
  const { env } = host
  const { heads = 'shape', messages = true } = options

  watch.wrap(scope, 'EventSource', ([url]) => {
    const address = addressOf(url, scope)
    return address && ((made) => {
      const source = made as EventSource
      const { text } = address
      const begun = env.mono()
      let opened = false
      const undo: (() => void)[] = []
      const end = (): void => undo.splice(0).forEach((one) => one())
      const hearing = (types: string, listener: (event: never) => void): void => {
        undo.push(listen(source, types, listener))
      }
      hearing('open', () => {
        log('$log', `push stream open ${text}`, { stream: text, ms: Math.round(env.mono() - begun), again: opened })
        opened = true
      })
      hearing('error', (event: Event & { data?: unknown }) => {
        if ('data' in event) return // an event that the server named so
        const closed = source.readyState === 2
        log('$alarm', `push stream ${closed ? 'closed' : 'interrupted'} ${text}`, { stream: text, closed }, { errorCode: closed ? 'PUSH_CLOSED' : undefined })
        if (closed) end()
      })
      const types = new Set<string>()
      const hear = (type: string): void => {
        if (types.has(type) || types.size >= MOST_TYPES || type === 'open' || type === 'error') return
        types.add(type)
        hearing(type, ({ data }: MessageEvent) => {
          const told = messageData(data, heads)
          const name = type === 'message' ? told.type ?? type : type
          log('$log', `push ${name}`, { ...told, type: name, stream: text })
        })
      }
      hear('message')
      // Named events reach only who listens for their name: we listen for what the page does.
      undo.push(
        watch.wrap(source, 'addEventListener', ([type]) => hear(String(type).slice(0, 100))),
        watch.wrap(source, 'close', () => end),
      )
    })
  })

  if (messages) {
    const told = (from: string, data: unknown): void => {
      const type = typeof data === 'object' ? (data as { type?: unknown } | null)?.type : undefined
      const content = messageData(data, heads)
      const name = (typeof type === 'string' && /^[a-z][\w.:/-]{0,63}$/i.test(type) ? type : content.type) ?? 'message'
      log('$log', `message ${name}`, { ...content, type: name, from })
    }
    listen(env.window, 'message', ({ source, origin, data }: MessageEvent) => {
      if (source && source !== env.window) told(origin, data) // what a page posts to itself is its own way of waiting
    })
    listen(scope.navigator?.serviceWorker, 'message', ({ data }: MessageEvent) => told('service worker', data))
  }

  return watch.handle('pushEvents', {
    received: watch.guard((type: string, data?: object, fields?: Fields) => log('$log', `push ${String(type).slice(0, 100)}`, { type, ...data }, fields)),
  })
}
