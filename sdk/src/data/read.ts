import type { Environment } from '../core/environment'
import { seqOf, type Omission, type StoredPart } from '../core/store'
import type { Driver } from './driver'
import type { Known, Lines, Run } from './rows'

/** How much is read at a time, in bytes as they are kept. */
const AT_ONCE = 64 * 1024

const decoder = /* @__PURE__ */ new TextDecoder()

/** A run without what lies in other runs: the pieces that are left. */
const without = ({ from, to, reason }: Omission, taken: readonly (readonly [number, number])[]): Omission[] => {
  let left: Omission[] = [{ from, to, reason }]
  for (const [low, high] of taken) {
    left = left.flatMap((run) => [
      ...(run.from < low ? [{ ...run, to: Math.min(run.to, low - 1) }] : []),
      ...(run.to > high ? [{ ...run, from: Math.max(run.from, high + 1) }] : []),
    ])
  }
  return left
}

/** Reads a stream from a number on: as many runs as make about so many bytes, at least one. */
export const readPart = async (
  env: Environment, driver: Driver, runs: readonly Run[], known: Known | undefined, from: number, most = AT_ONCE,
): Promise<StoredPart> => {
  const sorted = runs.filter((run) => run.to >= from).sort((a, b) => (a.key < b.key ? -1 : 1))
  const [first] = sorted
  if (!first) return { lines: [], omitted: [], next: Infinity }
  let room = most
  let last = first
  let to = 0
  for (const run of sorted) {
    // Runs that overlap belong together: one may leave out what the other holds.
    if (room <= 0 && run.from > to) break
    room -= run.bytes
    to = Math.max(to, run.to)
    last = run
  }
  const lines: string[] = []
  const omitted: Omission[] = []
  for (const [, value] of await driver.rows([first.key, last.key])) {
    const [text, left] = value as Lines
    try {
      const all = typeof text === 'string' ? text : decoder.decode(await env.gunzip?.(text))
      if (all) lines.push(...all.split('\n').filter((line) => seqOf(line) >= from))
      omitted.push(...left.filter((run) => run.to >= from).map((run) => ({ ...run, from: Math.max(run.from, from) })))
    } catch {
      // Damaged: its numbers are found in no line, and will be declared.
    }
  }
  lines.sort((a, b) => seqOf(a) - seqOf(b))
  const sent = known?.sent
  return {
    lines,
    omitted: sent ? omitted.flatMap((run) => without(run, sent)) : omitted,
    next: last === sorted[sorted.length - 1] ? Infinity : to + 1,
  }
}
