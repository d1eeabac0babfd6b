import type { Environment } from '../core/environment'
import type { LogEvent } from '../core/event'
import type { Omission } from '../core/store'
import { runOf, type Known, type Lines, type Run } from './rows'

/** A stream that this page writes. */
export interface Own {
  readonly id: string
  readonly known: Known
  /** What no commit has begun with: events and omissions of the numbers from..to; to is 0 when there is nothing. */
  events: LogEvent[]
  omitted: Omission[]
  from: number
  to: number
  /** The highest event. */
  last: number
  /** Committed parts that are no chunk yet. */
  loose: Part[]
  looseSize: number
}

/** One row of events. */
export interface Part {
  readonly own: Own
  readonly run: Run
  readonly text: string
  readonly omitted: readonly Omission[]
  readonly events: number
}

/** Parts that were zipped into one row, which is to take their place. */
export interface Chunk {
  readonly own: Own
  readonly run: Run
  readonly value: Lines
  readonly gone: readonly Run[]
}

const encoder = /* @__PURE__ */ new TextEncoder()

/** Zips neighbouring parts of a stream. It fails where zipping does. */
export const chunkOf = async (own: Own, parts: readonly Part[], gzip: NonNullable<Environment['gzip']>): Promise<Chunk> => {
  const zipped = await gzip(encoder.encode(parts.map(({ text }) => text).filter(Boolean).join('\n')))
  const gone = parts.map(({ run }) => run)
  const run = runOf(own.id, gone[0]?.from ?? 0, Math.max(...gone.map(({ to }) => to)), zipped.length)
  return { own, run, value: [zipped, parts.flatMap(({ omitted }) => omitted)], gone }
}
