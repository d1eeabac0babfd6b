import type { Host } from '../core/plugin'
import type { Tracker } from '../core/tracker'
import type { Report } from '../report/logReport'
import { retryDelay } from '../report/pace'
import type { Line } from './line'
import type { Ask } from './logPush'
import { runPull, type PullResult } from './pull'
import { readTicket, type Ticket } from './ticket'

/** The server is told of progress this often, in ms. */
const PROGRESS = 1000
/** So many results are remembered: the server may ask again when it missed one. */
const REMEMBERED = 50
/** A result is told again so many times. */
const TOLD = 8

/** The pulls that this page was asked for. */
export interface Pulls {
  /** Answers a message with a ticket. The same pull is done once. */
  answer(message: unknown): Promise<PullResult>
  readonly refused: number
  readonly count: number
  stop(): void
}

interface PullsOptions {
  readonly host: Host
  readonly log: Tracker
  readonly report: () => Report | undefined
  readonly line: () => Line | undefined
  readonly allows: (ask: Ask) => Promise<boolean>
  /** What makes this device's clock the server's, in ms. */
  readonly offset: () => number
  readonly maxBytes: number
}

export const createPulls = ({ host, log, report, line, allows, offset, maxBytes }: PullsOptions): Pulls => {
  const { env } = host
  const results = new Map<string, Promise<PullResult>>()
  let stopped = false
  let refused = 0

  const refuse = (reason: string): PullResult => {
    refused++
    return { state: 'refused', reason }
  }

  const say = (what: string, ticket: Partial<Ticket>, more: object = {}): void => {
    log.$log(what, { pull: ticket.pull, ...more }, { category: 'push', level: 'notice' })
  }

  /** Tells the server, and gives why it wants no more. */
  const tell = async (ticket: string, told: object): Promise<string | undefined> => {
    const answer = await line()?.post({ pull: { ticket, ...told } })
    return answer && 'beat' in answer && answer.pull && !answer.pull.go ? answer.pull.reason ?? 'the server wants no more' : undefined
  }

  /** Gives what became of it, or the server's reason for not going on: then it is no more this page's. */
  const pull = async (ticket: Ticket, text: string): Promise<PullResult | string> => {
    const { from, level } = ticket
    if (!host.store) return refuse('this page keeps no logs')
    say('logs of this device are asked for', ticket, { from: new Date(from).toISOString(), to: new Date(ticket.to).toISOString(), level })
    if (!(await allows({ kind: 'pull', from: new Date(from), to: new Date(ticket.to), level }))) return refuse('the user of this device, or its page, does not allow it')
    const ended = await tell(text, { state: 'running' })
    if (ended) return ended
    const to = report()
    if (!to) return refuse('clewline/log-report is not in use')
    let last = env.mono()
    let over: string | undefined
    const result = await runPull({
      host, report: to, ticket, text, maxBytes, offset: offset(), stopped: () => stopped,
      async progress(selected) {
        if (env.mono() - last < PROGRESS) return undefined
        last = env.mono()
        say('logs of this device are on their way', ticket, { sent: selected })
        return (over = await tell(text, { state: 'running', selected }))
      },
    }).catch((error: unknown): PullResult => ({ state: 'failed', reason: String(error).slice(0, 300) }))
    return over ?? result
  }

  /** A result that the server does not hear of would have it ask again. */
  const conclude = async (ticket: Ticket, text: string, result: PullResult): Promise<void> => {
    for (let failures = 1; failures <= TOLD; failures++) {
      if (stopped) return
      const answer = await line()?.post({ pull: { ticket: text, state: result.state, selected: result.sent ?? 0, reason: result.reason ?? '' } })
      if (answer && 'beat' in answer) return
      await new Promise<void>((resolve) => { env.timer(resolve, retryDelay(failures, env.chance()), true) })
    }
    say('the server could not be told what became of a pull', ticket)
  }

  const run = async (ticket: Ticket, text: string): Promise<PullResult> => {
    const became = await pull(ticket, text)
    if (typeof became === 'string') results.delete(ticket.pull) // another page is at it, which may go before it is done
    const result = typeof became === 'string' ? refuse(became) : became
    say(`logs of this device were asked for: ${result.state}`, ticket, result)
    if (result === became) await conclude(ticket, text, result)
    return result
  }

  return {
    get refused() {
      return refused
    },
    get count() {
      return results.size
    },
    async answer(message) {
      const text = message && typeof message === 'object' ? (message as { ticket?: unknown }).ticket : message
      const ticket = readTicket(text)
      const wrong = !ticket
        ? 'this is no ticket'
        : ticket.device !== env.client()
          ? 'the ticket names another device'
          : env.now() + offset() >= ticket.until ? 'the ticket has expired' : ''
      if (!ticket || wrong) {
        const result = refuse(wrong)
        say(`logs of this device were asked for: refused`, ticket ?? {}, result)
        return result
      }
      const before = results.get(ticket.pull)
      if (before) {
        void before.then((result) => conclude(ticket, String(text), result))
        return before
      }
      const [oldest] = results.keys()
      if (oldest && results.size >= REMEMBERED) results.delete(oldest)
      const result = run(ticket, String(text))
      results.set(ticket.pull, result)
      return result
    },
    stop() {
      stopped = true
    },
  }
}
