import { crc32 } from 'node:zlib'

import type { Omission } from '../core/store'
import type { KeyRange } from '../data/driver'
import type { Lines } from '../data/rows'

/**
 * The open file of one stream: records, each written by one call. A record is a line
 * that begins with # (a checksum, and what it puts and takes away as JSON), then the
 * event lines that it puts, as they are. So the file reads as NDJSON between the # lines.
 * Event lines begin with {, so a torn or damaged record ends where the next # line begins.
 */

/** What one record changes. */
export interface Change {
  /** The writer, and how many records it wrote before: whoever writes a record twice does no harm. */
  readonly by: string
  readonly n: number
  /** It counts only where this record, as by/n, was the last to put the row. */
  readonly if?: readonly [key: string, setter: string]
  readonly gone: readonly KeyRange[]
  /** Plain rows. */
  readonly put: readonly (readonly [key: string, value: unknown])[]
  /** Rows of events. */
  readonly runs: readonly (readonly [key: string, lines: Lines])[]
}

/** A row, and who put it. */
export interface Cell {
  readonly by: string
  readonly n: number
  readonly value?: unknown
  readonly omitted?: readonly Omission[]
  /** The event lines of a run; absent where they were not asked for. */
  readonly text?: string
  readonly bytes: number
}

/** What the records of a file make. */
export interface Journal {
  readonly rows: Map<string, Cell>
  /** Whether a record with a condition counted. */
  readonly decided: Map<string, boolean>
  /** Parts that are no record: torn by a kill, or damaged. */
  damaged: number
  /** Of the file, in bytes. */
  size: number
}

interface Header {
  readonly by: string
  readonly n: number
  readonly if?: readonly [string, string]
  readonly gone?: readonly KeyRange[]
  readonly put?: readonly (readonly [string, unknown])[]
  readonly runs?: readonly (readonly [key: string, omitted: readonly Omission[], bytes: number])[]
}

export const setter = ({ by, n }: { readonly by: string; readonly n: number }): string => `${by}/${n}`

/** Bytes stand in JSON as base64. */
const pack = (value: unknown): unknown =>
  value instanceof Uint8Array ? { '\u0000bytes': Buffer.from(value).toString('base64') }
    : Array.isArray(value) ? value.map(pack)
      : value

const unpack = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(unpack)
  const bytes: unknown = value && typeof value === 'object' ? (value as Record<string, unknown>)['\u0000bytes'] : undefined
  return typeof bytes === 'string' ? new Uint8Array(Buffer.from(bytes, 'base64')) : value
}

/** The record as it is written. It begins with a line feed: what stands before it may be torn. */
export const encode = ({ by, n, if: condition, gone, put, runs }: Change): Buffer => {
  const texts = runs.map(([, [text]]) => (text ? `${text as string}\n` : ''))
  const header: Header = {
    by, n, if: condition,
    gone: gone.length ? gone : undefined,
    put: put.length ? put.map(([key, value]) => [key, pack(value)]) : undefined,
    runs: runs.length ? runs.map(([key, [, omitted]], i) => [key, omitted, Buffer.byteLength(texts[i] as string)]) : undefined,
  }
  const body = Buffer.from(`${JSON.stringify(header)}\n${texts.join('')}`)
  return Buffer.concat([Buffer.from(`\n#${crc32(body).toString(16).padStart(8, '0')} `), body])
}

const LF = 10
/** `#`, eight digits and a space. */
const MARK = 10

const apply = (journal: Journal, header: Header, texts: readonly (string | undefined)[]): void => {
  const { rows } = journal
  const { by, n } = header
  /** What is written twice at an exit may stand behind what came after it. */
  const newer = (key: string): boolean => {
    const there = rows.get(key)
    return !there || there.by !== by || there.n <= n
  }
  if (header.if) {
    const id = setter(header)
    if (journal.decided.has(id)) return
    const [key, wanted] = header.if
    const there = rows.get(key)
    const counts = (there ? setter(there) : '') === wanted
    journal.decided.set(id, counts)
    if (!counts) return
  }
  for (const [from, to] of header.gone ?? []) {
    if (from === to) {
      if (newer(from)) rows.delete(from)
    } else for (const key of rows.keys()) if (key >= from && key <= to && newer(key)) rows.delete(key)
  }
  for (const [key, value] of header.put ?? []) {
    if (newer(key)) rows.set(key, { by, n, value: unpack(value), bytes: 200 })
  }
  header.runs?.forEach(([key, omitted, bytes], i) => {
    if (newer(key)) rows.set(key, { by, n, omitted, bytes: bytes + 100, text: texts[i] })
  })
}

/** What was written at the end of the file, done to what is known of it. */
export const extend = (journal: Journal, { gone, put, runs, ...more }: Change, size: number): void => {
  const sizes = runs.map(([key, [text, omitted]]) => [key, omitted, text.length] as const)
  apply(journal, { ...more, gone, put, runs: sizes }, [])
  journal.size = size
}

export const emptyJournal = (): Journal => ({ rows: new Map(), decided: new Map(), damaged: 0, size: 0 })

/** Reads a file. What is no record, the end that a kill tore off among it, is passed over and counted. */
export const parseJournal = (file: Buffer, withText = false): Journal => {
  const journal = { ...emptyJournal(), size: file.length }
  const seen = new Set<string>()
  for (let at = 0; at < file.length;) {
    if (file[at] === LF) {
      at++
      continue
    }
    const end = file.indexOf(LF, at)
    let next = -1
    if (end > 0 && file[at] === 35) {
      try {
        const header = JSON.parse(file.toString('utf8', at + MARK, end)) as Header
        const stop = (header.runs ?? []).reduce((sum, [, , bytes]) => sum + bytes, end + 1)
        if (stop <= file.length && crc32(file.subarray(at + MARK, stop)) === Number.parseInt(file.toString('latin1', at + 1, at + 9), 16)) {
          let from = end + 1
          const texts = (header.runs ?? []).map(([, , bytes]) => {
            const text = withText ? file.toString('utf8', from, Math.max(from, from + bytes - 1)) : undefined
            from += bytes
            return text
          })
          const id = setter(header)
          if (!seen.has(id)) apply(journal, header, texts)
          seen.add(id)
          next = stop
        }
      } catch {
        // Not ours, or torn.
      }
    }
    if (next < 0) {
      journal.damaged++
      next = file.indexOf('\n#', at)
      if (next < 0) break
    }
    at = next
  }
  return journal
}
