import { expect, test } from 'vitest'

import { pairOf, qualityOf, scoreOf, type Stat, type Stats } from './quality'

const stats = (...all: (Record<string, unknown> & { id: string; type: string })[]): Stats => new Map(all.map((stat) => [stat.id, stat as Stat]))
const inbound = (packetsReceived: number, packetsLost: number, more: object = {}) =>
  ({ id: 'in', type: 'inbound-rtp', kind: 'audio', packetsReceived, packetsLost, bytesReceived: packetsReceived * 100, jitter: 0.007, ...more })

test('what is counted is told as the difference, what stands as it stands', () => {
  const before = stats(inbound(1000, 5), { id: 'out', type: 'outbound-rtp', bytesSent: 50_000 })
  const after = stats(inbound(1490, 15, { totalSamplesReceived: 1000, concealedSamples: 100, totalSamplesDuration: 10 }), { id: 'out', type: 'outbound-rtp', bytesSent: 175_000 }, { id: 'remote', type: 'remote-inbound-rtp', roundTripTime: 0.041 })
  expect(qualityOf(before, after, 10_000)).toEqual({ rtt: 41, jitter: 7, lost: 10, loss: 2, inKbps: 39, outKbps: 100, fps: undefined, concealed: 1000, score: 4.3 })
})

test('an entry that comes late, and one that begins anew, do no harm', () => {
  const late = stats({ id: 'v', type: 'inbound-rtp', kind: 'video', packetsReceived: 30, packetsLost: 0, framesDecoded: 25 })
  expect(qualityOf(stats(), late, 1000)).toMatchObject({ fps: 25, lost: 0, loss: 0 })
  expect(qualityOf(stats(inbound(1000, 90)), stats(inbound(10, 0)), 1000)).toMatchObject({ lost: 0, loss: 0, inKbps: 0 })
  expect(qualityOf(stats(), stats(), 0)).toEqual({ rtt: undefined, jitter: undefined, lost: 0, loss: 0, inKbps: 0, outKbps: 0, fps: undefined, concealed: undefined, score: undefined })
})

test('the score falls with latency, jitter and loss, from 4.4 to 1', () => {
  expect([scoreOf(0, 0, 0), scoreOf(40, 5, 0), scoreOf(40, 5, 3), scoreOf(400, 20, 0), scoreOf(400, 50, 8), scoreOf(2000, 200, 50)]).toEqual([4.4, 4.4, 4.2, 4, 2.8, 1])
  for (let loss = 0; loss < 50; loss++) expect(scoreOf(50, 5, loss + 1)).toBeLessThanOrEqual(scoreOf(50, 5, loss))
})

test('the pair in use is the one that the transport names, else the one that was nominated', () => {
  const pair = (id: string, more: object) => ({ id, type: 'candidate-pair', ...more })
  expect(pairOf(stats(pair('a', { nominated: true, state: 'succeeded' }), pair('b', {}), { id: 't', type: 'transport', selectedCandidatePairId: 'b' }))?.id).toBe('b')
  expect(pairOf(stats(pair('a', { state: 'succeeded' }), pair('b', { nominated: true, state: 'succeeded' })))?.id).toBe('b')
  expect(pairOf(stats())).toBeUndefined()
})
