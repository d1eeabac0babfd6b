import { hex } from '../core/environment'
import type { LogEvent } from '../core/event'
import { ERROR, severityOf } from '../core/level'
import type { Handle, Host } from '../core/plugin'
import type { Mode } from '../report/mode'
import type { Report } from '../report/logReport'
import { refusedDelay, retryDelay } from '../report/pace'
import { openChannel, type Ended } from './channel'
import { createLine, type Line } from './line'
import type { PullResult } from './pull'
import { createPulls } from './pulls'

/** A change waits this long for company, in ms. */
const SOON = 1000
/** How often the page tells how it stands, until the server says otherwise. */
const BEAT = 20_000
/** The longest wait for the server, in ms. */
const MOST_RETRY = 60_000
/** How often it is looked whether the upload goes on, at most. */
const LOOK = 500

const modes: readonly unknown[] = ['live', 'onError', 'pull', 'off']

/** What the server asks of this page. */
export type Ask =
  | { readonly kind: 'pull'; readonly from: Date; readonly to: Date; readonly level: string }
  | { readonly kind: 'level' | 'mode'; readonly value: string }

export interface PushOptions {
  /** Whether it is allowed; the user may be asked. By default everything is. What it throws refuses. */
  consent?: (ask: Ask) => boolean | Promise<boolean>
  /** Characters of lines that one pull sends at most. By default 50,000,000. */
  maxBytes?: number
}

export interface PushStatus {
  /** open; waiting for the server; resting, as the page is hidden or frozen. */
  channel: 'open' | 'waiting' | 'resting'
  /** Beats that the server has answered. */
  beats: number
  /** Pulls that were asked of this page, and those that were refused. */
  pulls: number
  refused: number
  /** What went wrong last; it stays until the server answers. */
  lastError?: string
}

/** The way of the server to this page. */
export interface Push extends Handle {
  readonly name: 'logPush'
  status(): PushStatus
  stop(): void
  pull(message: unknown): Promise<PullResult>
}

const text = (value: unknown): string | undefined => (value === undefined || value === null ? undefined : String(value))

/**
 * Shows this page to who looks after it, and sends the logs of this device when they are
 * asked for. It needs clewline/log-report, and clewline/log-data for there to be something.
 *
 * @example
 * T.$use(logPush, { consent: ({ kind }) => kind === 'pull' })
 */
export const logPush = (host: Host, options: PushOptions = {}): Push => {
  const { env } = host
  const { consent, maxBytes = 50_000_000 } = options
  const tab = hex(env.bytes(8))
  const log = host.create({ label: 'clewline', level: { console: 'off' } })
  let made: Line | undefined
  let every = BEAT
  let beats = 0
  let failures = 0
  let lastError: string | undefined
  let stopped = false
  let away = false // frozen, or in the cache
  let offset = 0
  let worst: LogEvent | undefined
  let cancelBeat = (): void => {}
  let beatAt = Infinity
  let beating = false
  let close: (() => void) | undefined
  let cancelOpen = (): void => {}
  let broken = 0
  let progressAt = env.mono()
  let acknowledged = -1
  let lookedAt = 0

  const report = (): Report | undefined => host.handle<Report>('logReport')
  const line = (): Line | undefined => {
    const to = report()
    return (made ??= to && createLine(env, to.address, tab))
  }

  const allows = async (ask: Ask): Promise<boolean> => {
    try {
      return consent ? Boolean(await consent(ask)) : true
    } catch (error) {
      host.warn(`the consent callback of logPush failed: ${String(error)}`)
      return false
    }
  }

  const pulls = createPulls({ host, log, report, line, allows, maxBytes, offset: () => offset })

  const obey = async (kind: 'level' | 'mode', value: string, act: () => void): Promise<void> => {
    const allowed = await allows({ kind, value })
    if (allowed && !stopped) act()
    log.$log(`the server changes the ${kind} of this page: ${allowed ? 'done' : 'refused'}`, { [kind]: value }, { category: 'push', level: 'notice' })
    soon()
  }

  const command = (given: unknown): void => {
    const { pull, level, mode } = (given ?? {}) as { pull?: unknown; level?: unknown; mode?: unknown }
    if (pull) void pulls.answer(pull)
    if (severityOf(level) !== undefined) void obey('level', level as string, () => host.level({ report: level as 'info' }))
    if (modes.includes(mode)) void obey('mode', mode as string, () => report()?.mode(mode as Mode))
  }

  /** How long what is buffered has not moved, in ms. */
  const lag = (): number => {
    const status = report()?.status()
    const now = env.mono()
    if (!status?.buffered || status.acknowledged !== acknowledged) progressAt = now
    acknowledged = status?.acknowledged ?? -1
    return Math.round(now - progressAt)
  }

  const errorOf = (event: LogEvent | undefined): object | undefined => {
    if (!event) return undefined
    const { errorCode, errorMsg, msg } = JSON.parse(event.line) as Record<string, unknown>
    return { time: Math.round(event.time), code: text(errorCode) ?? '', text: String(errorMsg ?? msg ?? '').slice(0, 300) }
  }

  const told = (left: boolean): object => {
    const { account, staff, callId, number, session, release } = host.known()
    const status = report()?.status()
    const stream = host.streams.current()
    const { socket, call, rtc } = host.states
    return {
      page: env.page()?.slice(0, 512), release: text(release), account: text(account), staff: text(staff), callId: text(callId), number: text(number), session: text(session),
      socket, call, rtc, hidden: env.document?.visibilityState === 'hidden', left,
      stream: stream?.id, logged: stream?.last, keeps: host.store?.kind ?? '',
      mode: status?.mode, buffered: status?.buffered, failures: status?.failures, lagMs: lag(), lastError: errorOf(worst),
    }
  }

  const failed = ({ message, after, refused }: Ended, count: number): number => {
    lastError = message
    return after ?? (refused ? refusedDelay(count, env.chance()) : Math.min(MOST_RETRY, retryDelay(count, env.chance())))
  }

  const beat = async (): Promise<void> => {
    beatAt = Infinity
    if (stopped || away || beating) return
    const to = line()
    if (!to) return host.warn('logPush needs clewline/log-report: nobody is told of this page')
    beating = true
    const sent = env.now()
    const answer = await to.post(told(false))
    beating = false
    if ('beat' in answer) {
      beats++
      failures = 0
      lastError = undefined
      every = Math.min(Math.max(answer.beat, SOON), 10 * 60_000) || BEAT
      // Half of the way there and back; less than a second is not worth correcting.
      const difference = answer.now - (sent + env.now()) / 2
      offset = Math.abs(difference) < 1000 ? 0 : Math.round(difference)
      answer.commands.forEach(command)
      later(every)
      if (!close && broken) reach() // the server is there again
    } else later(Math.max(SOON, failed(answer, ++failures)))
  }

  const later = (ms: number): void => {
    const at = env.mono() + ms
    if (stopped || away || at >= beatAt) return
    cancelBeat()
    beatAt = at
    cancelBeat = env.timer(() => { void beat() }, ms, true)
  }
  const soon = (): void => {
    if (!failures) later(SOON)
  }

  /** Only a page that is seen holds a channel: a browser has six connections to a host, for all its tabs. */
  const reach = (): void => {
    cancelOpen()
    const to = line()
    if (close || stopped || away || !to || env.document?.visibilityState === 'hidden') return
    close = openChannel(env, to.channel(host.streams.current()?.id), {
      event(name, data) {
        if (name === 'open') {
          if (broken) later(0) // it may be another server, which knows nothing
          broken = 0
        }
        if (name === 'command') command(data)
      },
      ended(why) {
        close = undefined
        const wait = failed(why, ++broken)
        if (wait < Infinity) cancelOpen = env.timer(reach, wait, true)
      },
    })
  }
  const rest = (): void => {
    cancelOpen()
    close?.()
    close = undefined
  }

  const leave = (forGood: boolean): void => {
    away = true
    cancelBeat()
    beatAt = Infinity
    rest()
    if (forGood) void line()?.post({ ...told(true), lastError: undefined }, true)
  }
  const back = (): void => {
    away = false
    later(0)
    reach()
  }

  const undo: (() => void)[] = []
  const on = (target: EventTarget | undefined, type: string, listener: (event: Event) => void): void => {
    target?.addEventListener(type, listener)
    undo.push(() => target?.removeEventListener(type, listener))
  }
  on(env.window, 'pagehide', () => leave(true))
  on(env.window, 'pageshow', back)
  on(env.window, 'online', back)
  on(env.document, 'freeze', () => leave(false))
  on(env.document, 'resume', back)
  on(env.document, 'visibilitychange', () => {
    if (env.document?.visibilityState === 'hidden') rest()
    else reach()
    soon()
  })

  undo.push(host.sink({
    destination: 'report',
    take(event) {
      if (event.severity >= ERROR) {
        worst = event
        soon()
      }
      if (event.time - lookedAt < LOOK) return
      lookedAt = event.time
      lag()
    },
    omit() {},
  }))
  cancelOpen = env.timer(() => {
    later(0)
    reach()
  }, 0, true)

  return {
    name: 'logPush',
    command,
    changed: soon,
    pull: (message) => pulls.answer(message),
    status: () => ({
      channel: close ? 'open' : env.document?.visibilityState === 'hidden' || away ? 'resting' : 'waiting',
      beats, pulls: pulls.count, refused: pulls.refused, lastError,
    }),
    stop() {
      leave(true)
      stopped = true
      pulls.stop()
      undo.forEach((one) => one())
    },
  }
}
