import { severityOf } from '../core/level'
import type { Host } from '../core/plugin'
import { seqOf, type LocalStore, type Omission, type StoredStream } from '../core/store'
import type { Report } from '../report/logReport'
import { retryDelay } from '../report/pace'
import type { Ticket } from './ticket'

/** What became of a pull. */
export interface PullResult {
  readonly state: 'done' | 'refused' | 'failed'
  /** Events that were sent. */
  readonly sent?: number
  readonly reason?: string
}

/** What a pull is done with. */
export interface Puller {
  readonly host: Host
  readonly report: Pick<Report, 'ship'>
  readonly ticket: Ticket
  /** The ticket as the server wrote it. */
  readonly text: string
  /** What is to be added to this device's clock to have the server's, in ms; for streams that have no offset of their own. */
  readonly offset: number
  readonly maxBytes: number
  /** Tells how many were found so far. Resolves to why the server wants no more, if it does. */
  progress(selected: number): Promise<string | undefined>
  /** The page wants no more. */
  stopped(): boolean
}

/** One request holds so many events, and about so many characters. */
const EVENTS = 500
const CHARACTERS = 256 * 1024
const DAY = 86_400_000

const head = /^\{"seq":(\d+),"time":(-?[\d.]+),"level":"(\w+)"/

/** The day that a stream's id begins with, as epoch ms. A stream lasts for a day. */
const dayOf = (id: string): number => Date.UTC(Number(id.slice(0, 4)), Number(id.slice(4, 6)) - 1, Number(id.slice(6, 8)))

/** Numbers from..to that are not among the lines, as runs that are left out. */
const gaps = (from: number, to: number, lines: readonly string[], reason: Omission['reason']): Omission[] => {
  const runs: Omission[] = []
  let next = from
  for (const seq of [...lines.map(seqOf), to + 1]) {
    if (seq > next) runs.push({ from: next, to: seq - 1, reason })
    next = seq + 1
  }
  return runs
}

/** Reads this device's logs, chooses by time and level, and sends them under the ticket until all have arrived. */
export const runPull = async (puller: Puller): Promise<PullResult> => {
  const { host, report, ticket, text, maxBytes } = puller
  const { env } = host
  const store = host.store as LocalStore
  const least = severityOf(ticket.level) ?? 0
  let sent = 0
  let characters = 0
  let tooBig = 0
  let why: string | undefined

  const wait = (ms: number): Promise<void> => new Promise((resolve) => { env.timer(resolve, ms, true) })

  /** Sends until it has arrived; halves what is too large. */
  const ship = async (stream: StoredStream, offset: number, from: number, lines: readonly string[]): Promise<void> => {
    const last = lines[lines.length - 1]
    if (!last) return
    for (let failures = 0; !why;) {
      const to = seqOf(last)
      const outcome = await report.ship({ id: stream.id, offset }, [from, to], { lines, omitted: gaps(from, to, lines, 'mode') }, text)
      if (puller.stopped()) why = 'the page was left'
      else if (outcome.kind === 'stored' && outcome.acknowledged.some(([low, high]) => low <= from && high >= to)) {
        sent += lines.length
        why = await puller.progress(sent)
        return
      } else if (outcome.kind === 'tooLarge') {
        if (lines.length < 2) {
          tooBig++ // alone, and still too large for the server
          return
        }
        const half = lines.length >> 1
        await ship(stream, offset, from, lines.slice(0, half))
        return ship(stream, offset, seqOf(lines[half - 1] as string) + 1, lines.slice(half))
      } else if (outcome.kind === 'refused') why = outcome.message
      else {
        const message = outcome.kind === 'stored' ? 'the server acknowledged nothing' : outcome.message
        const after = outcome.kind === 'failed' ? outcome.after : undefined
        if (env.now() + puller.offset >= ticket.until) why = `the ticket has expired; last: ${message}`
        else await wait(after ?? retryDelay(++failures, env.chance()))
      }
    }
  }

  const pullStream = async (stream: StoredStream): Promise<void> => {
    const offset = stream.offset ?? puller.offset
    let next = stream.first
    let from = 0 // the first number that is not told yet; 0 before the first
    let lines: string[] = []
    let size = 0
    const send = async (): Promise<void> => {
      const [first] = lines
      if (!first || why) return
      // What comes before was told by the upload, or never: then it must not look like a loss.
      from ||= Math.min(stream.acked + 1, seqOf(first))
      const ready = lines
      lines = []
      size = 0
      await ship(stream, offset, from, ready)
      from = seqOf(ready[ready.length - 1] as string) + 1
    }
    while (next < Infinity && !why) {
      const part = await store.read(stream.id, next)
      next = part.next
      const left = (seq: number): boolean => part.omitted.some((run) => seq >= run.from && seq <= run.to)
      for (const line of part.lines) {
        const [, seq, time, level] = head.exec(line) ?? []
        const at = Number(time) + offset
        if (!(at >= ticket.from && at < ticket.to) || (severityOf(level) ?? 0) < least) continue
        if (Number(seq) <= stream.acked && !left(Number(seq))) continue // the server has it
        characters += line.length
        if (characters > maxBytes) {
          why = `it is more than ${maxBytes} bytes; ask for a shorter time`
          break
        }
        lines.push(line)
        size += line.length
        if (lines.length >= EVENTS || size >= CHARACTERS) await send()
      }
    }
    await send()
  }

  await store.flush()
  const streams = (await store.streams()).filter(({ id, last }) => last && dayOf(id) - DAY < ticket.to && dayOf(id) + 3 * DAY > ticket.from)
  for (const stream of streams) if (!why) await pullStream(stream)
  if (!why && tooBig) why = `${tooBig} events are too large for the server`
  return why ? { state: 'failed', reason: why, sent } : { state: 'done', sent }
}
