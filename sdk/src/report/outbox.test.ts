import { describe, expect, test } from 'vitest'

import type { LogEvent } from '../core/event'
import type { Stream } from '../core/stream'
import { createOutbox, type Batch } from './outbox'

const setUp = (mostRuns = 100) => {
  const stream = { id: 's', last: 0, closed: false, now: () => 0 }
  const outbox = createOutbox(stream as Stream, mostRuns)
  const add = (count = 1): void => {
    for (; count > 0; count--) {
      const seq = ++stream.last
      outbox.add({ stream, seq, severity: 1, form: 'text', urgent: false, size: 10, line: `{"seq":${seq}}` } as LogEvent)
    }
  }
  const omit = (reason: 'level' | 'quota' | 'rate' = 'level'): void => {
    const seq = ++stream.last
    outbox.omit(seq, seq, reason)
  }
  const take = (events = 100, size = 1e6): Batch | undefined => outbox.take({ events, size, measure: () => 10 })
  return { stream, outbox, add, omit, take }
}

const shape = (batch: Batch | undefined) =>
  batch && { from: batch.from, to: batch.to, events: batch.events.map(({ seq }) => seq), omitted: batch.omitted.map(({ from, to, reason }) => [from, to, reason]), closes: batch.closes }

describe('a batch', () => {
  test('covers its range, omissions joined', () => {
    const { add, omit, take } = setUp()
    omit(); omit(); add(2); omit('rate'); omit(); add()
    expect(shape(take())).toEqual({ from: 1, to: 7, events: [3, 4, 7], omitted: [[1, 2, 'level'], [5, 5, 'rate'], [6, 6, 'level']], closes: false })
  })

  test('is bounded in events and in size, but holds one event at least', () => {
    const { add, take, outbox } = setUp()
    add(5)
    expect(shape(take(2))).toMatchObject({ from: 1, to: 2 })
    outbox.settle([])
    expect(shape(take(100, 35))).toMatchObject({ from: 1, to: 3 })
    outbox.settle([])
    expect(shape(take(100, 1))).toMatchObject({ from: 1, to: 1 })
  })

  test('ends before what was acknowledged in between', () => {
    const { add, take, outbox } = setUp()
    add(6)
    take()
    expect(outbox.settle([[3, 4]])).toBe(2)
    expect(shape(take())).toMatchObject({ from: 1, to: 2, events: [1, 2] })
    outbox.settle([[1, 2]])
    expect(shape(take())).toMatchObject({ from: 5, to: 6 })
  })
})

describe('an acknowledgement', () => {
  test('is worth nothing beyond the batch that it answers', () => {
    const { add, take, outbox } = setUp()
    add(5)
    take(2)
    expect(outbox.settle([[1, 1000]])).toBe(2)
    expect(shape(take())).toMatchObject({ from: 3, to: 5 })
  })

  test('of a part of an omission lets it be declared once more', () => {
    const { omit, add, take, outbox } = setUp()
    add(); omit(); omit()
    take()
    expect(outbox.settle([[1, 2]])).toBe(1)
    add()
    expect(shape(take())).toMatchObject({ from: 2, to: 4, omitted: [[2, 3, 'level']] })
  })
})

test('omissions are not joined over what was acknowledged between them', () => {
  const { omit, add, take, outbox } = setUp()
  omit(); add(); omit()
  take()
  outbox.settle([[2, 2]])
  expect(shape(take())).toMatchObject({ from: 1, to: 1, omitted: [[1, 1, 'level']] })
})

describe('the end of a stream', () => {
  test('is told with the last number', () => {
    const { stream, add, take, outbox } = setUp()
    add(3)
    stream.closed = true
    expect(shape(take(2))).toMatchObject({ closes: false })
    outbox.settle([[1, 2]])
    expect(shape(take())).toMatchObject({ from: 3, to: 3, closes: true })
    outbox.settle([[3, 3]])
    expect([outbox.done(), outbox.ready(), take()]).toEqual([true, false, undefined])
  })

  test.each(['event', 'omission'])('is told by sending the last %s once more', (kind) => {
    const { stream, add, omit, take, outbox } = setUp()
    add(2)
    if (kind === 'omission') omit()
    take()
    outbox.settle([[1, 3]])
    expect(outbox.ready()).toBe(false)
    stream.closed = true
    expect(outbox.ready()).toBe(true)
    expect(shape(take())).toMatchObject({ from: stream.last, to: stream.last, closes: true })
    expect(outbox.settle([])).toBe(0)
    expect(outbox.done()).toBe(false)
    take()
    expect(outbox.settle([[stream.last, stream.last]])).toBe(1)
    expect(outbox.done()).toBe(true)
  })

  test('of a stream that told us nothing is nothing to tell', () => {
    const { stream, outbox } = setUp()
    stream.closed = true
    expect([outbox.done(), outbox.ready()]).toEqual([true, false])
  })
})

describe('what waits', () => {
  test('does not count what is under way', () => {
    const { add, take, outbox } = setUp()
    add(5)
    take(3)
    expect([outbox.characters, outbox.waiting()]).toEqual([50, 20])
    outbox.settle([[1, 3]])
    expect([outbox.characters, outbox.waiting()]).toEqual([20, 20])
  })

  test('can lie on the device, and is read when its turn comes', () => {
    const { add, take, outbox, stream } = setUp()
    add(10)
    take(2)
    outbox.spill(8)
    expect([outbox.events, outbox.wants()]).toEqual([4, undefined]) // 1 and 2 are under way, 9 and 10 not written down
    outbox.settle([[1, 2]])
    expect(outbox.wants()).toEqual([3, 8])
    expect(take()).toBeUndefined()
    const lines = [3, 4, 5].map((seq) => `{"seq":${seq}}`)
    expect(outbox.supply({ lines, omitted: [{ from: 5, to: 5, reason: 'mode' }], next: 7 })).toBe(1)
    expect(outbox.wants()).toBeUndefined()
    expect(shape(take())).toMatchObject({ from: 3, to: 6, events: [3, 4], omitted: [[5, 5, 'mode'], [6, 6, 'quota']] })
    outbox.settle([[3, 6]])
    expect(outbox.wants()).toEqual([7, 8])
    expect(outbox.supply({ lines: [], omitted: [], next: Infinity })).toBe(2)
    expect(shape(take())).toMatchObject({ from: 7, to: 10, events: [9, 10], omitted: [[7, 8, 'quota']] })
    expect(stream.last).toBe(10)
  })
})

describe('where there is no room', () => {
  test('the oldest is dropped and declared, never what is under way', () => {
    const { add, take, outbox } = setUp()
    add(5)
    take(2)
    expect([outbox.dropOldest(), outbox.dropOldest(), outbox.events]).toEqual([true, true, 3])
    outbox.settle([[1, 2]])
    expect(shape(take())).toMatchObject({ from: 3, to: 5, events: [5], omitted: [[3, 4, 'quota']] })
  })

  test('nothing is left to drop', () => {
    const { omit, outbox } = setUp()
    omit()
    expect(outbox.dropOldest()).toBe(false)
  })

  test('omissions are joined, so that they are bounded too', () => {
    const { omit, take } = setUp(10)
    for (let i = 0; i < 1000; i++) omit(i % 2 ? 'level' : 'rate')
    expect(take()?.omitted.length).toBeLessThanOrEqual(11)
  })

  test('the newest are kept for a last request', () => {
    const { add, take, outbox } = setUp()
    add(10)
    expect(outbox.keepNewest({ events: 100, size: 35, measure: () => 10 })).toBe(7)
    expect(shape(take())).toMatchObject({ from: 1, to: 10, events: [8, 9, 10], omitted: [[1, 7, 'quota']] })
  })
})
