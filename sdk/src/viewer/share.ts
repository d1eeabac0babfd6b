import type { Host } from '../core/plugin'
import type { Tracker } from '../core/tracker'
import type { Omission } from '../core/store'
import type { Report } from '../report/logReport'
import type { Model } from './model'
import { compareRows, type Row } from './row'

/** Signs that are not taken for one another when they are read aloud: no 0 O, 1 I L, 5 S, 8 B. */
const SIGNS = '234679ACDEFGHJKMNPQRTUVWXYZ'
/** Lines of one request. */
const LINES = 300
/** Streams that one code opens. */
const STREAMS = 20

export const newCode = (bytes: Uint8Array): string => {
  const signs = Array.from(bytes.slice(0, 6), (byte) => SIGNS[byte % SIGNS.length]).join('')
  return `${signs.slice(0, 3)}-${signs.slice(3)}`
}

/** What is shown, the equal neighbours that are folded away included. */
export const allShown = ({ rows, shown }: Pick<Model, 'rows' | 'shown'>): Row[] => {
  const chosen = new Set<Row>()
  let at = 0
  for (const { row, count } of shown) {
    chosen.add(row)
    if (count === 1) continue
    at = rows.indexOf(row, at)
    for (let i = at, left = count; i < rows.length && left; i++) {
      const one = rows[i] as Row
      if (one.rest !== row.rest) continue
      chosen.add(one)
      left--
    }
  }
  return [...chosen].sort(compareRows)
}

/** A part of one stream. */
export interface Span {
  readonly stream: string
  readonly from: number
  readonly to: number
  /** What the server has not, in order. */
  readonly missing: readonly Row[]
}

/** What the shown rows are on the server: from the first to the last of each stream, newest streams first. */
export const spansOf = (shown: readonly Row[], all: readonly Row[]): Span[] => {
  const ends = new Map<string, [number, number]>()
  for (const { stream, seq } of shown) {
    if (!stream || !seq) continue
    const end = ends.get(stream)
    if (end) ends.set(stream, [Math.min(end[0], seq), Math.max(end[1], seq)])
    else ends.set(stream, [seq, seq])
  }
  const chosen = [...ends].slice(-STREAMS)
  const missing = new Map(chosen.map(([stream]): [string, Row[]] => [stream, []]))
  for (const row of all) {
    const end = row.where === 'stored' ? undefined : ends.get(row.stream)
    if (end && row.seq >= end[0] && row.seq <= end[1]) missing.get(row.stream)?.push(row)
  }
  return chosen.map(([stream, [from, to]]) => ({ stream, from, to, missing: (missing.get(stream) ?? []).sort((a, b) => a.seq - b.seq) }))
}

/** Lines, and the numbers between them, which were left out before and stay so. */
export const batchOf = (rows: readonly Row[]): { readonly range: readonly [number, number]; readonly lines: string[]; readonly omitted: Omission[] } => {
  const omitted: Omission[] = []
  rows.forEach(({ seq }, i) => {
    const before = rows[i - 1]?.seq ?? seq - 1
    if (seq > before + 1) omitted.push({ from: before + 1, to: seq - 1, reason: 'level' })
  })
  return { range: [rows[0]?.seq ?? 0, rows[rows.length - 1]?.seq ?? 0], lines: rows.map(({ line }) => line), omitted }
}

export interface Shared {
  readonly code: string
  readonly count: number
}

/**
 * Sees to it that the shown events are on the server, and logs a notice that carries the code and the query that
 * finds them: whoever searches for share:CODE is led there. It rejects with a reason in words.
 */
export const share = async (host: Host, tracker: Tracker, shown: readonly Row[], all: readonly Row[], last: () => Row | undefined): Promise<Shared> => {
  const report = host.handle<Report>('logReport')
  if (!report) throw new Error('no upload')
  const code = newCode(host.env.bytes(6))
  const spans = spansOf(shown, all)
  // What is under way first: then the streams have the offset that the server measured.
  await report.flush()
  const offsets = new Map((await host.store?.streams() ?? []).map(({ id, offset }) => [id, offset]))
  const ship = async (stream: string, rows: readonly Row[]): Promise<void> => {
    const { range, lines, omitted } = batchOf(rows)
    const outcome = await report.ship({ id: stream, offset: offsets.get(stream) ?? report.status().offset }, range, { lines, omitted }, '')
    if (outcome.kind === 'tooLarge' && rows.length > 1) {
      const half = rows.length >> 1
      await ship(stream, rows.slice(0, half))
      return ship(stream, rows.slice(half))
    }
    if (outcome.kind !== 'stored') throw new Error(outcome.message)
    rows.forEach((row) => { row.where = 'stored' })
  }
  for (const { stream, missing } of spans) {
    for (let at = 0; at < missing.length; at += LINES) await ship(stream, missing.slice(at, at + LINES))
  }
  const first = shown.reduce((least, { time }) => Math.min(least, time), Infinity)
  tracker.$log(`share code ${code}`, {
    share: code, events: shown.length,
    query: spans.map(({ stream, from, to }) => `(stream:${stream} seq:[${from} to ${to}])`).join(' or '),
    back: Math.ceil(host.env.now() - first) + 60_000, // ms; the server knows this notice's time by its own clock
  }, 'notice')
  const notice = last()
  const arrived = await report.flush()
  // In a mode that sends nothing by itself the notice is sent as what it tells of.
  if (notice && (!arrived || report.status().mode !== 'live')) await ship(notice.stream, [notice])
  return { code, count: shown.length }
}
