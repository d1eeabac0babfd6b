import type { DOMEvent } from './domReplay'

/** One page's recording, put together again. */
export interface Recorded {
  /** Names the recording; a page that is loaded anew has another. */
  readonly replay: string
  /** What a player of rrweb takes, in order. */
  readonly events: DOMEvent[]
  /** Batches that are missing, in part or whole. From there on a player is right again at the next checkpoint. */
  readonly missing: number
}

interface Part {
  replay?: unknown
  batch?: unknown
  part?: unknown
  parts?: unknown
  text?: unknown
}

/** Puts together what domReplay logged, from the events that a search finds, in whatever order; other events are left out. */
export const readReplay = (events: Iterable<{ data?: unknown }>): Recorded[] => {
  const replays = new Map<string, Map<number, string[]>>()
  for (const { data } of events) {
    const { replay, batch, part, parts, text } = (data ?? {}) as Part
    if (typeof replay !== 'string' || typeof batch !== 'number' || typeof part !== 'number' || typeof parts !== 'number' || typeof text !== 'string') continue
    const batches = replays.get(replay) ?? new Map<number, string[]>()
    replays.set(replay, batches)
    const all = batches.get(batch) ?? Array.from({ length: Math.min(parts, 10_000) }, () => '')
    batches.set(batch, all)
    if (part >= 1 && part <= all.length) all[part - 1] = text
  }
  return [...replays].map(([replay, batches]) => {
    const numbers = [...batches.keys()].sort((a, b) => a - b)
    const all: DOMEvent[] = []
    let whole = 0
    for (const number of numbers) {
      const texts = batches.get(number) ?? []
      if (texts.includes('')) continue
      try {
        all.push(...JSON.parse(texts.join('')) as DOMEvent[])
        whole++
      } catch {
        // Not ours, or changed on the way: missing.
      }
    }
    const first = numbers[0] ?? 1
    const last = numbers[numbers.length - 1] ?? 0
    return { replay, events: all, missing: last - first + 1 - whole }
  })
}
