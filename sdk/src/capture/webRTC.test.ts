import { expect, test } from 'vitest'

import { capturing } from '../testing/capturing'
import { webRTC, type WebRTCOptions } from './webRTC'

const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

const setUp = (options: WebRTCOptions = {}) => {
  class FakeConnection extends EventTarget {
    connectionState = 'new'
    iceConnectionState = 'new'
    iceGatheringState = 'new'
    signalingState = 'stable'
    stats: Record<string, Record<string, unknown>> = {}
    asked = 0
    constructor(readonly configuration?: RTCConfiguration) {
      super()
    }
    async getStats() {
      this.asked++
      return new Map(Object.entries(this.stats).map(([id, stat]) => [id, { id, ...stat }]))
    }
    close(): void { this.connectionState = 'closed' }
    fire(type: string, more: object = {}): void { this.dispatchEvent(Object.assign(new Event(type), more)) }
    be(state: string): void {
      this.connectionState = state
      this.fire('connectionstatechange')
    }
    ice(state: string): void {
      this.iceConnectionState = state
      this.fire('iceconnectionstatechange')
    }
    /** So many packets more, so many of them lost. */
    packets(more: number, lost = 0, rtt = 0.04): void {
      const before = this.stats['in'] ?? { packetsReceived: 0, packetsLost: 0 }
      this.stats['in'] = { type: 'inbound-rtp', kind: 'audio', packetsReceived: Number(before['packetsReceived']) + more - lost, packetsLost: Number(before['packetsLost']) + lost, jitter: 0.005, bytesReceived: 0 }
      this.stats['remote'] = { type: 'remote-inbound-rtp', roundTripTime: rtt }
    }
  }
  const devices = ['audioinput', 'audioinput', 'audiooutput']
  const mediaDevices = Object.assign(new EventTarget(), {
    enumerateDevices: async () => devices.map((kind) => ({ kind, label: 'Headset of Anna' })),
    getUserMedia: async (wishes: { audio?: boolean; video?: boolean }) => {
      if (wishes.video) throw new DOMException('no camera for you', 'NotAllowedError')
      return { getTracks: () => [Object.assign(new EventTarget(), { kind: 'audio' })] }
    },
  })
  const window = new EventTarget() as EventTarget & { RTCPeerConnection?: typeof FakeConnection }
  Object.assign(window, { location: new URL('https://app.test/desk'), RTCPeerConnection: FakeConnection, navigator: { mediaDevices, userAgent: 'test' } })
  const { getUserMedia } = mediaDevices
  const run = capturing(webRTC, options, window)
  const connect = (configuration?: RTCConfiguration) => new (window.RTCPeerConnection as typeof FakeConnection)(configuration)
  /** Lets time pass in steps, so that answers come in between. */
  const pass = async (seconds: number, each = () => {}): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      each()
      await run.time.pass(1000)
    }
  }
  return { ...run, window, FakeConnection, connect, pass, devices, mediaDevices, getUserMedia }
}

test('a connection is told by how it is connected, how it is, and how it was in the end', async () => {
  const { told, states, connect, pass } = setUp()
  const pc = connect()
  pc.stats = {
    T: { type: 'transport', selectedCandidatePairId: 'P' }, P: { type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' },
    L: { type: 'local-candidate', candidateType: 'srflx', protocol: 'udp', address: '203.0.113.9' }, R: { type: 'remote-candidate', candidateType: 'relay' },
    C: { type: 'codec', mimeType: 'audio/opus', clockRate: 48_000 },
  }
  pc.ice('checking')
  pc.ice('connected')
  pc.be('connected')
  await settle()
  pc.packets(50)
  await pass(21, () => pc.packets(50))
  pc.close()
  expect(told.map(({ msg }) => msg)).toEqual([
    'ICE checking', 'media connected', 'ICE connected via srflx', 'getStats rtt=40 ms jitter=5 ms lost=0', 'getStats rtt=40 ms jitter=5 ms lost=0', 'media closed after 21 s',
  ])
  expect(told[2]).toMatchObject({ category: 'webrtc', label: 'rtc', form: 'data', data: { connection: '1', candidate: 'srflx', remote: 'relay', protocol: 'udp', codec: 'audio/opus/48000' } })
  expect(told[3]?.data).toMatchObject({ rtt: 40, jitter: 5, lost: 0, loss: 0, score: 4.4, band: 'good' })
  expect(told[5]?.data).toEqual({ connection: '1', seconds: 21, score: 4.4 })
  expect([states[0], states[states.length - 1]]).toEqual([{ rtc: 'score 4.4' }, { rtc: undefined }])
  expect(JSON.stringify(told)).not.toContain('203.0')
})

test('when it gets hard to follow, that is an alarm at once, and told once', async () => {
  const { told, connect, pass } = setUp()
  const pc = connect()
  pc.be('connected')
  await pass(3, () => pc.packets(50))
  await pass(3, () => pc.packets(50, 20, 0.4))
  const stats = told.filter(({ msg }) => msg.startsWith('getStats'))
  expect(stats).toHaveLength(1)
  expect(stats[0]).toMatchObject({ level: 'warn', form: 'alarm', msg: expect.stringContaining('the other side may not understand') as string, data: { band: 'poor', lost: 20 } })
  expect(Number(stats[0]?.data?.['score'])).toBeLessThan(3.1)
})

test('states that are bad are told as such', () => {
  const { told, connect } = setUp()
  const pc = connect()
  pc.ice('disconnected')
  pc.ice('failed')
  pc.be('failed')
  expect(told.map(({ msg, level, errorCode }) => [msg, level, errorCode])).toEqual([
    ['ICE disconnected', 'warn', undefined], ['ICE failed', 'warn', 'ICE_FAILED'], ['media failed', 'warn', 'RTC_FAILED'],
  ])
})

test('candidates are told without addresses, and counted', () => {
  const { told, connect } = setUp()
  const pc = connect()
  pc.fire('icecandidate', { candidate: { candidate: 'candidate:1 1 udp 1 192.168.1.7 52000 typ host ufrag abc', type: 'host' } })
  pc.fire('icecandidate', { candidate: { candidate: 'candidate:2 1 udp 1 203.0.113.9 52001 typ srflx raddr 192.168.1.7 rport 52000' } })
  pc.fire('icecandidate', { candidate: null })
  pc.iceGatheringState = 'complete'
  pc.fire('icegatheringstatechange')
  pc.fire('icecandidateerror', { errorCode: 701, errorText: 'no STUN', url: 'stun:stun.test' })
  expect(told).toMatchObject([
    { level: 'debug', msg: 'candidate host' }, { msg: 'candidate srflx' }, { level: 'info', msg: 'ICE gathered host 1, srflx 1', data: { found: { host: 1, srflx: 1 } } },
    { level: 'warn', msg: 'ICE candidate error 701', errorCode: 'ICE_701', errorMsg: 'no STUN', data: { server: 'stun:stun.test' } },
  ])
  expect(JSON.stringify(told)).not.toMatch(/192\.168|203\.0|52000/)
})

test('who asks for a microphone, with what success, and what comes and goes is told; nothing is named', async () => {
  const { told, mediaDevices, devices } = setUp()
  await settle()
  const stream = await mediaDevices.getUserMedia({ audio: true })
  await expect(mediaDevices.getUserMedia({ video: true })).rejects.toThrow('no camera')
  devices.splice(0, 1)
  mediaDevices.dispatchEvent(new Event('devicechange'))
  await settle()
  stream.getTracks()[0]?.dispatchEvent(new Event('ended'))
  expect(told).toMatchObject([
    { msg: 'getUserMedia granted', data: { audio: true, video: false, tracks: 1 } },
    { msg: 'getUserMedia: NotAllowedError', level: 'error', errorCode: 'NotAllowedError', errorMsg: 'no camera for you' },
    { msg: 'devices changed: audioinput 2 → 1', level: 'notice', data: { before: { audioinput: 2 }, now: { audioinput: 1 } } },
  ])
  expect(JSON.stringify(told)).not.toContain('Anna')
})

test('tracks of the other side are followed', () => {
  const { msgs, connect } = setUp()
  const track = Object.assign(new EventTarget(), { kind: 'audio' })
  connect().fire('track', { track })
  for (const type of ['mute', 'unmute', 'ended', 'mute']) track.dispatchEvent(new Event(type))
  expect(msgs()).toEqual(['remote audio mute', 'remote audio unmute', 'remote audio ended'])
})

test('what is not connected is measured ten times less, what is closed not at all', async () => {
  const { connect, pass } = setUp()
  const idle = connect()
  const closed = connect()
  closed.close()
  await pass(20)
  expect([idle.asked, closed.asked]).toEqual([2, 0])
})

test('a connection that closes without telling is noticed', async () => {
  const { connect, pass, msgs, FakeConnection } = setUp()
  FakeConnection.prototype.close.call(connect())
  await pass(1)
  expect(msgs()).toEqual(['media closed after 1 s'])
})

test('a dump holds what is in memory, by connection; of the configuration no credentials', async () => {
  const { connect, pass, capture, mediaDevices } = setUp()
  const pc = connect({ iceServers: [{ urls: 'turn:turn.test', username: 'anna', credential: 'secret' }] })
  pc.be('connected')
  await mediaDevices.getUserMedia({ audio: true })
  await pass(5, () => pc.packets(10))
  const dump = capture.dump()
  expect(dump).toMatchObject({ UserAgent: 'test', getUserMedia: [{ audio: true, tracks: 1 }], PeerConnections: { '1-1': { url: '/desk', stats: { 'in-packetsReceived': { statsType: 'inbound-rtp', values: '[10,20,30,40,50]' } } } } })
  expect(JSON.stringify(dump)).not.toMatch(/anna|secret/)
})

test('of many connections the last are kept', () => {
  const { connect, capture } = setUp()
  for (let i = 0; i < 20; i++) connect()
  expect(Object.keys(capture.dump().PeerConnections)).toEqual(['1-13', '1-14', '1-15', '1-16', '1-17', '1-18', '1-19', '1-20'])
})

test('a connection from before is followed when it is given, once', () => {
  const { capture, FakeConnection, msgs } = setUp()
  const pc = new FakeConnection()
  capture.watch(pc as never)
  capture.watch(pc as never)
  pc.be('connected')
  expect(msgs()).toEqual(['media connected'])
})

test('the stop puts everything back, on connections that live too', async () => {
  const { window, FakeConnection, connect, capture, told, pass, mediaDevices, getUserMedia } = setUp()
  const pc = connect()
  expect(pc).toBeInstanceOf(FakeConnection)
  capture.stop()
  pc.be('connected')
  await pass(30)
  pc.close()
  expect([window.RTCPeerConnection === FakeConnection, Object.hasOwn(pc, 'close'), mediaDevices.getUserMedia === getUserMedia, pc.asked, told]).toEqual([true, false, true, 0, []])
})
