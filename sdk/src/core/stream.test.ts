import { expect, test } from 'vitest'

import { createVirtualTime, noon } from '../testing/virtualTime'
import { systemEnvironment } from './environment'
import { createStreams, type Stream } from './stream'

const setUp = () => {
  const time = createVirtualTime()
  const closed: Stream[] = []
  const streams = createStreams({ ...systemEnvironment(), ...time.env }, (stream) => closed.push(stream))
  return { time, streams, closed }
}

test('numbers begin with 1 and leave none out', () => {
  const { streams } = setUp()
  const places = Array.from({ length: 5 }, () => streams.next())
  expect(places.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  expect(new Set(places.map(({ stream }) => stream.id)).size).toBe(1)
})

test('the id carries the UTC day and 96 random bits', () => {
  const { streams } = setUp()
  expect(streams.next().stream.id).toMatch(/^20261120[0-9a-f]{24}$/)
})

test('the time is the wall clock at first, to the microsecond', () => {
  const { streams } = setUp()
  const { time } = streams.next()
  expect(Math.abs(time - noon)).toBeLessThan(2)
  expect(Math.round(time * 1000) / 1000).toBe(time)
})

test('after 24 h a stream is closed and another begins', async () => {
  const { time, streams, closed } = setUp()
  const first = streams.next().stream
  await time.pass(24 * 3_600_000 - 1)
  expect(streams.next().stream).toBe(first)
  await time.pass(1)
  const { stream, seq } = streams.next()
  expect([stream === first, seq, first.closed, first.last]).toEqual([false, 1, true, 2])
  expect(stream.id.slice(0, 8)).toBe('20261121')
  expect(closed).toEqual([first])
})

test('sleep moves the clock on within the stream', async () => {
  const { time, streams } = setUp()
  const before = streams.next()
  time.sleep(3_600_000)
  const after = streams.next()
  expect(after.stream).toBe(before.stream)
  expect(Math.abs(after.time - before.time - 3_600_000)).toBeLessThan(2)
})

test('a clock that is set back begins a new stream, and the old one goes on in its own time', async () => {
  const { time, streams } = setUp()
  const before = streams.next()
  time.setBy(-86_400_000)
  const after = streams.next()
  expect(after.stream).not.toBe(before.stream)
  expect(Math.abs(after.time - before.time + 86_400_000)).toBeLessThan(2)
  await time.pass(500)
  expect(Math.abs(before.stream.now() - before.time - 500)).toBeLessThan(2)
  expect(Math.abs(after.stream.now() - after.time - 500)).toBeLessThan(2)
})

test('a clock that wanders by less than a second is not followed', () => {
  const { time, streams } = setUp()
  const before = streams.next()
  time.setBy(-900)
  const after = streams.next()
  expect(after.stream).toBe(before.stream)
  expect(after.time).toBeGreaterThanOrEqual(before.time)
})
