import { expect, test } from 'vitest'

import { configurationOf, createRecording, maskCandidate } from './dump'
import type { Stat } from './quality'

const sample = (...all: Record<string, unknown>[]) => new Map(all.map((stat) => [String(stat['id']), stat as unknown as Stat]))

test('a dump has what webrtc-internals writes: each value from its first sample on, also where it did not change', () => {
  const recording = createRecording('/desk', { iceServers: [] }, 100)
  recording.sample(1000, sample({ id: 'IT1', type: 'inbound-rtp', timestamp: 1, packetsReceived: 1, kind: 'audio' }))
  recording.sample(2000, sample({ id: 'IT1', type: 'inbound-rtp', packetsReceived: 1, kind: 'audio' }))
  recording.sample(3000, sample({ id: 'IT1', type: 'inbound-rtp', packetsReceived: 5, kind: 'audio' }, { id: 'late', type: 'codec', clockRate: 48_000 }))
  recording.update(3500, 'ICE', 'connected')
  const { stats, updateLog, rtcConfiguration } = recording.dump()
  expect(stats).toEqual({
    'IT1-packetsReceived': { statsType: 'inbound-rtp', startTime: '1970-01-01T00:00:01.000Z', endTime: '1970-01-01T00:00:03.000Z', values: '[1,1,5]' },
    'IT1-kind': expect.objectContaining({ values: '["audio","audio","audio"]' }) as object,
    'late-clockRate': expect.objectContaining({ startTime: '1970-01-01T00:00:03.000Z', values: '[48000]' }) as object,
  })
  expect([updateLog, rtcConfiguration]).toEqual([[{ time: '1970-01-01T00:00:03.500Z', type: 'ICE', value: 'connected' }], '{"iceServers":[]}'])
})

test('nobody\'s address, and nothing that proves who one is, is in a dump', () => {
  const recording = createRecording('/desk', {}, 10)
  recording.sample(1, sample({ id: 'c', type: 'local-candidate', address: '10.1.2.3', ip: '10.1.2.3', port: 5, usernameFragment: 'uf', relatedAddress: '8.8.8.8', candidateType: 'host' }, { id: 'cert', type: 'certificate', fingerprint: 'AA:BB', base64Certificate: 'MII' }))
  expect(Object.keys(recording.dump().stats)).toEqual(['c-candidateType'])
})

test('only so many samples are kept; a value that stopped changing keeps its place', () => {
  const recording = createRecording('/desk', {}, 100)
  for (let i = 0; i < 1000; i++) recording.sample(i * 1000, sample({ id: 'a', type: 't', n: i, same: 7, ...(i < 10 && { gone: i }) }))
  const { stats } = recording.dump()
  const values = (name: string): unknown[] => JSON.parse(stats[name]?.values ?? '[]') as unknown[]
  expect(values('a-n').length).toBeLessThanOrEqual(100)
  expect(values('a-n').at(-1)).toBe(999)
  expect(values('a-n')[0]).toBe(1000 - values('a-n').length)
  expect(values('a-same')).toEqual(values('a-n').map(() => 7))
  expect(stats['a-n']?.startTime).toBe(new Date(Number(values('a-n')[0]) * 1000).toISOString())
  expect(stats).not.toHaveProperty('a-gone')
})

test('updates are bounded', () => {
  const recording = createRecording('/desk', {}, 1)
  for (let i = 0; i < 1000; i++) recording.update(i, 'x', 'y'.repeat(5000))
  const { updateLog } = recording.dump()
  expect([updateLog.length, updateLog[0]?.value.length]).toEqual([500, 1000])
})

test.each([
  ['candidate:1 1 udp 2122260223 192.168.1.7 52000 typ host generation 0 ufrag abCD network-id 1', 'candidate:1 1 udp 2122260223 * * typ host generation 0 ufrag * network-id 1'],
  ['candidate:2 1 udp 1686052607 203.0.113.9 61000 typ srflx raddr 10.0.0.5 rport 52000', 'candidate:2 1 udp 1686052607 * * typ srflx raddr * rport *'],
  ['candidate:3 1 tcp 1518280447 2001:db8:0:1:2:3:4:5 9 typ host tcptype active', 'candidate:3 1 tcp 1518280447 * * typ host tcptype active'],
  ['candidate:3 1 udp 1 fe80::1:2 9 typ host', 'candidate:3 1 udp 1 * * typ host'],
  ['candidate:4 1 udp 1 8a2b3c4d-1111-2222-3333-444455556666.local 9 typ host', 'candidate:4 1 udp 1 * * typ host'],
])('%s keeps its kind, not its address', (candidate, masked) => {
  expect(maskCandidate(candidate)).toBe(masked)
})

test('the servers of a configuration are kept without their credentials', () => {
  expect(configurationOf({ iceServers: [{ urls: ['turn:turn.test', 'stun:stun.test'], username: 'anna', credential: 'secret' }], iceTransportPolicy: 'relay' }))
    .toEqual({ iceServers: [['turn:turn.test', 'stun:stun.test']], iceTransportPolicy: 'relay', bundlePolicy: undefined })
})
