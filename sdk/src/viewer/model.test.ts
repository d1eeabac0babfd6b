import fc from 'fast-check'
import { expect, test } from 'vitest'

import { parseQuery } from '../query/parse'
import { createHeights } from './heights'
import { createModel, MOST_ROWS } from './model'
import { compareRows, rowOf, type Row } from './row'
import { allShown, batchOf, newCode, share, spansOf } from './share'

const row = (seq: number, more: object = {}, stream = '20261120ab'): Row =>
  rowOf(`{"seq":${seq},"time":${1000 + seq},${JSON.stringify({ level: 'info', label: 'call', form: 'text', msg: `event ${seq}`, ...more }).slice(1)}`, 'local', stream) as Row

/** A model whose clock and timers the test turns. */
const setUp = () => {
  const work: (() => void)[] = []
  let now = 0
  let changes = 0
  const model = createModel((one) => {
    work.push(one)
    return () => work.splice(work.indexOf(one), 1)
  }, () => now, () => changes++)
  return {
    model, work,
    changes: () => changes,
    /** From now on every look at the clock finds that the slice is over. */
    slow: () => { now = Infinity },
    finish: () => { while (work.length) work.shift()?.() },
    shown: () => model.shown.map(({ row: { seq }, count }) => (count > 1 ? [seq, count] : seq)),
  }
}

test('events of any order and origin stand in the order of events, each once', () => {
  const { model, shown } = setUp()
  model.add([row(3), row(1)])
  model.add([row(2), row(3), row(2, {}, '20261121cd')])
  expect(shown()).toEqual([1, 2, 2, 3])
  expect(model.rows).toHaveLength(4)
})

test('equal neighbours fold into one, whatever their time; others do not', () => {
  const { model, shown } = setUp()
  const ping = { msg: 'ping' }
  model.add([row(1), row(2, ping), row(3, ping), row(4, ping), row(5, { msg: 'ping', data: { n: 1 } }), row(6, ping)])
  expect(shown()).toEqual([1, [2, 3], 5, 6])
  model.add([row(7, ping)])
  expect(shown()).toEqual([1, [2, 3], 5, [6, 2]])
  model.change({ query: 'ping' }, parseQuery('ping and not n:1'))
  expect(allShown(model).map(({ seq }) => seq)).toEqual([2, 3, 4, 6, 7])
})

test('filters join; counts are of all rows', () => {
  const { model, shown } = setUp()
  model.add([row(1, { level: 'error' }), row(2, { category: 'call' }), row(3, { category: 'page' }), row(4, { form: 'alarm', level: 'warn' })])
  model.change({ hidden: new Set([1]) })
  expect(shown()).toEqual([1, 4])
  model.change({ hidden: new Set(), categories: new Set(['call', 'page']) })
  expect(shown()).toEqual([2, 3])
  model.change({ categories: new Set(), forms: new Set(['alarm']) })
  expect(shown()).toEqual([4])
  model.change({ forms: new Set(), labels: new Set(['none']) })
  expect(shown()).toEqual([])
  model.change({ labels: new Set(), since: 1003 })
  expect(shown()).toEqual([3, 4])
  model.change({ since: -Infinity, query: 'event 2' }, parseQuery('"event 2" and level:info'))
  expect([shown(), model.passed]).toEqual([[2], 1])
  expect([model.counts.severities, [...model.counts.labels], [...model.counts.categories]]).toEqual([[0, 2, 0, 1, 1, 0], [['call', 4]], [['call', 1], ['page', 1]]])
})

test('a console group closes over what stands in it, also over what comes later', () => {
  const { model, shown } = setUp()
  const inside = (group: number) => ({ data: { console: { group } } })
  model.add([row(1), row(2, inside(1)), row(3, inside(2)), row(4)])
  const [title] = model.rows
  model.toggle(title as Row)
  expect(shown()).toEqual([1, 4])
  expect(model.isClosed(title as Row)).toBe(true)
  model.toggle(title as Row)
  expect(shown()).toEqual([1, 2, 3, 4])
})

test('work on many rows is cut into slices, and an older filter does not go on', () => {
  const { model, work, slow, finish } = setUp()
  slow()
  model.add(Array.from({ length: 1000 }, (_, i) => row(i + 1)))
  expect([model.shown.length, model.busy, work.length]).toEqual([200, true, 1])
  model.change({ query: 'x' }, parseQuery('"event 700"'))
  expect(work).toHaveLength(1)
  finish()
  expect([model.shown.length, model.busy]).toEqual([1, false])
})

test('beyond the most rows the oldest go, and are counted', () => {
  const { model } = setUp()
  const rows = Array.from({ length: MOST_ROWS + 1 }, (_, i) => row(i + 1))
  model.add(rows)
  expect([model.rows.length, model.gone, model.rows[0]?.seq]).toEqual([90_000, 10_001, 10_002])
  expect(model.counts.severities[1]).toBe(90_000)
  model.add(rows.slice(0, 1)) // it may come again, as the oldest of all
  expect(model.rows[0]?.seq).toBe(1)
})

test('what is no event makes no row', () => {
  for (const line of ['', '{', '[]', 'null', '{"seq":1}', '{"time":"yesterday"}']) expect(rowOf(line, 'stored')).toBeUndefined()
  expect(rowOf('{"time":"2026-11-20T14:32:07.688Z","level":"WARNING","stream":"s","seq":3}', 'stored')).toMatchObject({ severity: 3, stream: 's', seq: 3, label: '', form: 'text' })
})

test('the order of rows is total', () => {
  expect([row(2), row(1, {}, 'b'), row(1)].sort(compareRows).map(({ stream, seq }) => `${stream}.${seq}`)).toEqual(['20261120ab.1', 'b.1', '20261120ab.2'])
})

test('heights add up, whatever is measured, added and taken away', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 1, max: 90 }))), fc.integer({ min: 1, max: 2000 }), fc.nat(2000), (sets, count, from) => {
    const heights = createHeights(() => 20)
    heights.resize(count, 0)
    const plain = Array.from({ length: count }, () => 20)
    const check = () => {
      const total = plain.reduce((sum, one) => sum + one, 0)
      expect(heights.total).toBe(total)
      for (const index of [0, 1, 255, 256, 257, plain.length - 1].filter((i) => i >= 0 && i < plain.length)) {
        const top = plain.slice(0, index).reduce((sum, one) => sum + one, 0)
        expect([heights.top(index), heights.at(top)]).toEqual([top, index])
      }
    }
    for (const [index, height] of sets) {
      if (index >= count) continue
      heights.set(index, height)
      plain[index] = height
    }
    check()
    const next = Math.ceil(count / 2) + 300
    heights.resize(next, from)
    plain.length = Math.min(plain.length, from, next)
    while (plain.length < next) plain.push(20)
    check()
  }), { numRuns: 60 })
})

test('a share code has six signs that are not taken for one another', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
    expect(newCode(bytes)).toMatch(/^[234679ACDEFGHJKMNPQRTUVWXYZ]{3}-[234679ACDEFGHJKMNPQRTUVWXYZ]{3}$/)
  }))
})

test('a share spans each stream from its first to its last shown event, and names what the server has not', () => {
  const all = [row(1), row(2), row(3), row(5), row(1, {}, 'b'), row(9, {}, 'b')]
  ;(all[1] as Row).where = 'stored'
  const spans = spansOf([all[0], all[3], all[4]] as Row[], all)
  expect(spans.map(({ stream, from, to, missing }) => [stream, from, to, missing.map(({ seq }) => seq)])).toEqual([['20261120ab', 1, 5, [1, 3, 5]], ['b', 1, 1, [1]]])
  expect(batchOf(spans[0]?.missing ?? [])).toMatchObject({ range: [1, 5], omitted: [{ from: 2, to: 2 }, { from: 4, to: 4 }] })
})

test('every number of a batch is an event or left out', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 900 }), (seqs) => {
    const missing = seqs.sort((a, b) => a - b).map((seq) => row(seq))
    const { range: [from, to], lines, omitted } = batchOf(missing)
    const numbers = [...lines.map((line) => (JSON.parse(line) as { seq: number }).seq), ...omitted.flatMap((run) => Array.from({ length: run.to - run.from + 1 }, (_, i) => run.from + i))]
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: to - from + 1 }, (_, i) => from + i))
  }), { numRuns: 40 })
})

/** A page whose report takes so many lines at a time, and its clock's offset is known for one stream alone. */
const setUpShare = (most: number, mode = 'live') => {
  const shipped: { id: string; offset?: number; range: readonly [number, number]; lines: number }[] = []
  const notices: unknown[][] = []
  const report = {
    flush: () => Promise.resolve(mode === 'live'),
    status: () => ({ mode, offset: 7 }),
    ship: ({ id, offset }: { id: string; offset?: number }, range: readonly [number, number], { lines }: { lines: string[] }) => {
      if (lines.length > most) return Promise.resolve({ kind: most < 0 ? 'refused' : 'tooLarge', message: 'no' })
      shipped.push({ id, offset, range, lines: lines.length })
      return Promise.resolve({ kind: 'stored' })
    },
  }
  const host = { env: { now: () => 61_001, bytes: () => new Uint8Array(6) }, handle: () => report, store: { streams: () => Promise.resolve([{ id: 'b', offset: 3_600_000 }]) } } as unknown as Parameters<typeof share>[0]
  const tracker = { $log: (...args: unknown[]) => notices.push(args) } as unknown as Parameters<typeof share>[1]
  return { host, tracker, shipped, notices }
}

test('what the server lacks is sent with the clock of its stream, in halves where it is too much, and then a notice', async () => {
  const { host, tracker, shipped, notices } = setUpShare(2)
  const all = [row(1), row(2), row(4), row(9, {}, 'b')]
  expect(await share(host, tracker, all, all, () => row(5))).toEqual({ code: '222-222', count: 4 })
  expect(shipped).toEqual([
    { id: '20261120ab', offset: 7, range: [1, 1], lines: 1 }, { id: '20261120ab', offset: 7, range: [2, 4], lines: 2 }, { id: 'b', offset: 3_600_000, range: [9, 9], lines: 1 },
  ])
  expect(all.map(({ where }) => where)).toEqual(['stored', 'stored', 'stored', 'stored'])
  expect(notices).toEqual([['share code 222-222', { share: '222-222', events: 4, query: '(stream:20261120ab seq:[1 to 4]) or (stream:b seq:[9 to 9])', back: 120_000 }, 'notice']])
})

test('where nothing is sent by itself the notice is sent too; what the server refuses is told', async () => {
  const quiet = setUpShare(9, 'pull')
  await share(quiet.host, quiet.tracker, [row(1)], [row(1)], () => row(2))
  expect(quiet.shipped.map(({ range }) => range)).toEqual([[1, 1], [2, 2]])
  const { host, tracker, notices } = setUpShare(-1)
  await expect(share(host, tracker, [row(1)], [row(1)], () => row(2))).rejects.toThrow('no')
  expect(notices).toEqual([])
})
