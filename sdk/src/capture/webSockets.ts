import type { Host } from '../core/plugin'
import { addressOf } from './address'
import { maskText, messageData, sizeOf, typeOf, type Heads } from './mask'
import { createWatch, type Capture, type CaptureOptions } from './watch'

/** What is told of WebSockets. */
export interface WebSocketOptions extends CaptureOptions {
  /** How contents are told: their members without values (shape), their head, masked (text), or not at all. By default shape. */
  heads?: Heads
  /** Messages a second in each direction that are told of one by one; the others are counted. By default 1, and 10 at once. */
  perSecond?: number
  /** How often the counts are told, in ms, where no answered ping tells them. By default 60,000. */
  every?: number
  /** A silence of the other side that is worth an alarm, in ms. By default 45,000. */
  silence?: number
}

/** The capture of WebSockets. */
export interface WebSockets extends Capture {
  readonly name: 'webSockets'
}

/** Endings that are meant: a normal one, the page leaves, no code. */
const MEANT = [1000, 1001, 1005]

const AT_ONCE = 10

/** What is known of one socket. */
interface State {
  sent(content: unknown): void
}

const isPing = (text: unknown, word: 'ping' | 'pong'): boolean =>
  typeof text === 'string' && text.length < 1000 && (text === word || typeOf(text)?.toLowerCase() === word)

/**
 * Tells of WebSockets: open, close codes, how many messages, samples of their heads, answered pings and silences.
 *
 * @example
 * T.$use(webSockets, { silence: 40_000 })
 */
export const webSockets = (host: Host, options: WebSocketOptions = {}): WebSockets => {
  const watch = createWatch(host, 'websocket', { label: 'ws', ...options })
  const { scope, log, listen } = watch
  const { env } = host
  const { heads = 'shape', perSecond = 1, every = 60_000, silence = 45_000 } = options
  const sockets = new WeakMap<object, State>()
  let attempts = 0
  let openSockets = 0

  const follow = (socket: WebSocket, text: string): void => {
    const begun = env.mono()
    const counts = { received: 0, sent: 0, receivedBytes: 0, sentBytes: 0 }
    const attempt = attempts++
    const tokens = { received: AT_ONCE, sent: AT_ONCE }
    let opened: number | undefined
    let pinged: number | undefined
    let heard = begun
    let told = begun
    let longest = 0
    let silent = false

    const data = () => ({ socket: text, frames: counts.received + counts.sent, ...counts, buffered: socket.bufferedAmount || undefined, longestGapMs: Math.round(longest) })

    const tellCounts = (msg: string, more: object): void => {
      told = env.mono()
      log('$data', `${msg} frames=${counts.received + counts.sent}`, { ...more, ...data() })
      longest = 0
    }

    const sample = (way: 'sent' | 'received', content: unknown): void => {
      counts[way]++
      counts[`${way}Bytes`] += sizeOf(content) ?? 0
      if (tokens[way] < 1) return
      tokens[way]--
      const message = messageData(content, heads)
      log('$log', `ws ${way === 'sent' ? 'send' : 'received'} ${message.type ?? (typeof content === 'string' ? 'text' : 'bytes')}`, { ...message, socket: text, nth: counts[way] })
    }

    sockets.set(socket, {
      sent(content) {
        if (isPing(content, 'ping')) {
          pinged = env.mono()
          counts.sent++
        } else if (!isPing(content, 'pong')) sample('sent', content)
      },
    })

    const stop = [
      listen(socket, 'open', () => {
        heard = opened = env.mono()
        attempts = 0
        openSockets++
        host.state('socket', 'open')
        log('$tag', `ws open ${text}`, { socket: text, attempt, ms: Math.round(opened - begun), protocol: socket.protocol || undefined })
      }),
      listen(socket, 'message', ({ data: content }: MessageEvent) => {
        const now = env.mono()
        const gap = now - heard
        heard = now
        longest = Math.max(longest, gap)
        if (silent) log('$log', `ws heard again after ${Math.round(gap)} ms`, { socket: text, ms: Math.round(gap) })
        silent = false
        if (isPing(content, 'pong') && pinged !== undefined) {
          counts.received++
          const rttMs = Math.round(now - pinged)
          pinged = undefined
          tellCounts(`ws ping ${rttMs} ms`, { rttMs })
        } else if (!isPing(content, 'ping')) sample('received', content)
      }),
      listen(socket, 'close', ({ code, reason, wasClean }: CloseEvent) => {
        end()
        const meant = MEANT.includes(code)
        if (opened !== undefined) openSockets--
        if (!openSockets) host.state('socket', `closed code=${code}`)
        log(meant ? '$tag' : '$alarm', `ws closed code=${code}`, {
          code, reason: reason && maskText(reason, 200), clean: wasClean, seconds: Math.round(env.mono() - (opened ?? begun)) / 1000, opened: opened !== undefined, attempt, ...data(),
        }, { errorCode: meant ? undefined : `WS_${code}` })
      }),
      watch.every(1000, () => {
        for (const way of ['sent', 'received'] as const) tokens[way] = Math.min(AT_ONCE, tokens[way] + perSecond)
        const now = env.mono()
        if (opened === undefined) return
        if (!silent && now - heard >= silence) {
          silent = true
          log('$alarm', `ws silent for ${Math.round((now - heard) / 1000)} s`, { ms: Math.round(now - heard), waitsForPong: pinged !== undefined, ...data() }, { errorCode: 'WS_SILENT' })
        }
        if (now - told >= every) tellCounts('ws', {})
      }),
    ]
    const end = (): void => stop.forEach((one) => one())
  }

  watch.wrap(scope, 'WebSocket', ([url]) => {
    const address = addressOf(url, scope)
    return address && ((made) => follow(made as WebSocket, address.text))
  })
  watch.wrap(scope.WebSocket?.prototype, 'send', ([content], self) => () => sockets.get(self)?.sent(content))

  watch.undo(() => {
    if (openSockets) host.state('socket', undefined)
  })
  return watch.handle('webSockets')
}
