import fc from 'fast-check'
import { expect, test } from 'vitest'

import { capturing } from '../testing/capturing'
import { domReplay, type DOMEvent, type Recorder, type ReplayOptions } from './domReplay'
import { partsOf } from './parts'
import { readReplay } from './readReplay'

const setUp = async (options: ReplayOptions = {}) => {
  let emit: (event: DOMEvent, isCheckpoint?: boolean) => void = () => {}
  let asked: Record<string, unknown> = {}
  const stopped: number[] = []
  let recordings = 0
  const record: Recorder = (given) => {
    const nth = ++recordings
    ;({ emit } = given)
    asked = given
    return () => stopped.push(nth)
  }
  const window = Object.assign(new EventTarget(), { document: new EventTarget() })
  const run = capturing(domReplay, { load: async () => ({ record }), ...options }, window)
  await run.time.pass(0)
  return {
    ...run, window, stopped,
    emit: (event: Partial<DOMEvent>, isCheckpoint?: boolean) => emit({ type: 3, timestamp: run.time.now(), data: {}, ...event }, isCheckpoint),
    asked: () => asked,
    recordings: () => recordings,
    read: () => readReplay(run.told),
  }
}

test('what is recorded can be put together again, in whatever order it is found', async () => {
  const { emit, time, told } = await setUp()
  const texts = Array.from({ length: 30 }, (_, i) => `${i} "quoted" \\ 😀 ${'中文😀'.repeat(i * 200)}`)
  for (const text of texts) {
    emit({ data: { source: 5, text } })
    await time.pass(300)
  }
  await time.pass(2000)
  expect(told.every(({ data, msg }) => String(data?.['text']).length <= 8000 && /^dom \d+ events$/.test(msg))).toBe(true)
  const [recorded] = readReplay([...told].reverse())
  expect(recorded?.missing).toBe(0)
  expect(recorded?.events.map(({ data }) => (data as { text: string }).text)).toEqual(texts)
  expect(told[0]).toMatchObject({ category: 'page', label: 'replay', form: 'data', level: 'info', data: { batch: 1, part: 1 } })
})

test('parts put together are the text, whatever is in it, and none ends within a pair', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme-composite', maxLength: 300 }), fc.integer({ min: 1, max: 200 }), (unit, times) => {
    const text = unit.repeat(times)
    const parts = partsOf(text)
    expect(parts.join('')).toBe(text)
    expect(parts.every((part) => part.length > 0 && part.length <= 8000 && !/[\ud800-\udbff]$/.test(part))).toBe(true)
  }))
})

test('a part that is missing costs its batch, and is counted', async () => {
  const { emit, time, told } = await setUp()
  for (let i = 0; i < 5; i++) {
    emit({ data: { n: i, text: 'x'.repeat(20_000) } })
    await time.pass(1500)
  }
  const at = told.findIndex(({ data }) => data?.['batch'] === 3 && data?.['part'] === 2)
  const [recorded] = readReplay(told.filter((_, i) => i !== at))
  expect([recorded?.missing, recorded?.events.map(({ data }) => (data as { n: number }).n)]).toEqual([1, [0, 1, 3, 4]])
  const [gap] = readReplay(told.filter(({ data }) => data?.['batch'] !== 3))
  expect(gap?.missing).toBe(1)
  expect(readReplay([{}, { data: null }, { data: { replay: 1 } }, { data: { replay: 'a', batch: 1, part: 9, parts: 1, text: '[' } }])).toEqual([{ replay: 'a', events: [], missing: 1 }])
})

test('what is typed is never asked for, text only if one wants it', async () => {
  expect((await setUp()).asked()).toMatchObject({ maskAllInputs: true, maskTextSelector: '*', blockSelector: '[data-clewline="off"]', checkoutEveryNms: 300_000 })
  expect((await setUp({ text: true, checkpoint: 1000 })).asked()).toMatchObject({ maskAllInputs: true, maskTextSelector: undefined, checkoutEveryNms: 1000 })
})

test('addresses lose their query, in the page and of the page', async () => {
  const { emit, time, read } = await setUp()
  emit({ type: 4, data: { href: 'https://app.test/desk?ticket=tk-1#x', width: 10 } }, true)
  emit({ type: 2, data: { node: { attributes: { href: '/a?ticket=tk-2', src: 'b.png?sig=3#icon', title: 'why?' } } } }, true)
  await time.pass(2000)
  expect(read()[0]?.events.map(({ data }) => data)).toEqual([
    { href: 'https://app.test/desk', width: 10 }, { node: { attributes: { href: '/a', src: 'b.png#icon', title: 'why?' } } },
  ])
})

test('a checkpoint begins a batch of its own', async () => {
  const { emit, time, told } = await setUp()
  emit({ data: { a: 1 } })
  emit({ type: 4, data: { href: 'https://app.test/' } }, true)
  emit({ type: 2, data: {} }, true)
  await time.pass(2000)
  expect(told.map(({ data }) => [data?.['batch'], data?.['count']])).toEqual([[1, 1], [2, 2]])
})

test('a page that changes too much pauses the recording, says so, and begins anew', async () => {
  const { emit, time, msgs, capture, stopped, recordings } = await setUp({ perMinute: 1000 })
  emit({ data: { text: 'x'.repeat(600) } })
  emit({ data: { text: 'x'.repeat(600) } })
  emit({ data: { text: 'not any more' } })
  expect([msgs(), capture.status().state, stopped]).toEqual([['dom 1 events', 'dom replay paused: more than 1000 characters a minute'], 'paused', [1]])
  await time.pass(30_000)
  expect([capture.status().state, recordings()]).toEqual(['recording', 2])
  emit({ data: { source: 0, adds: Array.from({ length: 9000 }, () => 1), texts: Array.from({ length: 2000 }, () => 1) } })
  expect(msgs()[2]).toBe('dom replay paused: 11000 changes at a time')
  expect(capture.status()).toMatchObject({ pauses: 2, events: 1 })
})

test('a first picture that is too much leaves no recorder behind', async () => {
  const stopped: string[] = []
  const record: Recorder = ({ emit }) => {
    emit({ type: 2, timestamp: 1, data: { text: 'x'.repeat(5000) } })
    return () => stopped.push('stopped')
  }
  const { capture } = await setUp({ perMinute: 100, load: async () => ({ record }) })
  expect([capture.status().state, stopped]).toEqual(['paused', ['stopped']])
})

test('what waits is said when the page goes, and at the stop', async () => {
  const { emit, window, msgs, capture, stopped, time, recordings } = await setUp()
  emit({})
  window.dispatchEvent(new Event('pagehide'))
  expect(msgs()).toEqual(['dom 1 events'])
  emit({})
  capture.stop()
  emit({})
  await time.pass(120_000)
  expect([msgs().length, stopped, capture.status().state, recordings()]).toEqual([2, [1], 'stopped', 1])
})

test('stopped while it is loading, or while it pauses, it does not begin', async () => {
  let give: (loaded: { record: Recorder }) => void = () => {}
  const loading = await setUp({ load: () => new Promise((resolve) => { give = resolve }) })
  loading.capture.stop()
  give({ record: () => { throw new Error('it began') } })
  await loading.time.pass(100)
  expect(loading.capture.status()).toMatchObject({ state: 'stopped', faults: 0 })
  const paused = await setUp({ perMinute: 1 })
  paused.emit({})
  paused.capture.stop()
  await paused.time.pass(60_000)
  expect([paused.recordings(), paused.capture.status().state]).toEqual([1, 'stopped'])
})

test('a recorder that cannot be loaded is said once; nothing is thrown', async () => {
  const { T, capture } = await setUp({ load: () => Promise.reject(new Error('Failed to fetch dynamically imported module')) })
  expect(capture.status().state).toBe('failed')
  expect(T.$status().warnings).toEqual([expect.stringContaining('@rrweb/record could not be loaded')])
})

test('a recorder that breaks reaches nobody', async () => {
  const { capture } = await setUp({ load: async () => ({ record: () => { throw new Error('theirs') } }) })
  expect(capture.status()).toMatchObject({ state: 'recording', faults: 1 })
})
