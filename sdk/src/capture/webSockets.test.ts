import { expect, test } from 'vitest'

import { capturing } from '../testing/capturing'
import { webSockets, type WebSocketOptions } from './webSockets'

const setUp = (options: WebSocketOptions = {}) => {
  class FakeWebSocket extends EventTarget {
    static readonly OPEN = 1
    bufferedAmount = 0
    protocol = ''
    readonly sent: unknown[] = []
    constructor(readonly url: string) {
      super()
      if (url === 'bad') throw new SyntaxError('theirs')
    }
    send(content: unknown): void { this.sent.push(content) }
    open(): void { this.dispatchEvent(new Event('open')) }
    hear(data: unknown): void { this.dispatchEvent(Object.assign(new Event('message'), { data })) }
    end(code: number, reason = '', wasClean = false): void { this.dispatchEvent(Object.assign(new Event('close'), { code, reason, wasClean })) }
  }
  const { send } = FakeWebSocket.prototype
  const window = new EventTarget() as EventTarget & { WebSocket?: typeof FakeWebSocket }
  Object.assign(window, { location: new URL('https://app.test/desk'), WebSocket: FakeWebSocket })
  const run = capturing(webSockets, options, window)
  const connect = (url = 'wss://app.test/ws?ticket=tk-1') => {
    const socket = new (window.WebSocket as typeof FakeWebSocket)(url)
    return socket
  }
  return { ...run, window, FakeWebSocket, send, connect }
}

test('a socket is told from its opening to its end, without what its address carries', async () => {
  const { told, states, connect, time } = setUp()
  const socket = connect()
  await time.pass(37)
  socket.open()
  socket.send('{"type":"call.accept","number":"13800138000"}')
  socket.hear(new Uint8Array(10))
  await time.pass(2500)
  socket.end(1006)
  expect(told).toMatchObject([
    { category: 'websocket', label: 'ws', form: 'tag', msg: 'ws open /ws', data: { socket: '/ws', attempt: 0, ms: 37 } },
    { msg: 'ws send call.accept', data: { type: 'call.accept', head: '{"type":"call.accept","number":"*"}', bytes: 45, nth: 1 } },
    { msg: 'ws received bytes', data: { bytes: 10 } },
    { msg: 'ws closed code=1006', level: 'warn', form: 'alarm', errorCode: 'WS_1006', data: { code: 1006, clean: false, seconds: 2.5, opened: true, frames: 2, sent: 1, received: 1, sentBytes: 45, receivedBytes: 10 } },
  ])
  expect(states.map(({ socket: state }) => state)).toEqual(['open', 'closed code=1006'])
  expect(JSON.stringify(told)).not.toMatch(/tk-1|138001/)
})

test.each([[1000, 'tag', undefined], [1001, 'tag', undefined], [1005, 'tag', undefined], [4001, 'alarm', 'WS_4001']])('an end with code %i is %s', (code, form, errorCode) => {
  const { last, connect } = setUp()
  const socket = connect()
  socket.open()
  socket.end(code, 'password=x')
  expect(last()).toMatchObject({ form, data: { code, reason: 'password=*' } })
  expect(last()['errorCode']).toBe(errorCode)
})

test('attempts are counted until one succeeds', () => {
  const { told, connect } = setUp()
  connect().end(1006)
  connect().end(1006)
  connect().open()
  connect().open()
  expect(told.map(({ msg, data }) => [msg, data?.['attempt'], data?.['opened']])).toEqual([
    ['ws closed code=1006', 0, false], ['ws closed code=1006', 1, false], ['ws open /ws', 2, undefined], ['ws open /ws', 0, undefined],
  ])
})

test('of many messages some are told, all are counted', async () => {
  const { told, connect, time } = setUp({ every: 5000 })
  const socket = connect()
  socket.open()
  for (let i = 0; i < 100; i++) socket.hear('{"type":"tick"}')
  await time.pass(2000)
  for (let i = 0; i < 5; i++) socket.hear('{"type":"tick"}')
  await time.pass(3000)
  expect(told.filter(({ msg }) => msg === 'ws received tick').map(({ data }) => data?.['nth'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 101, 102])
  expect(told.find(({ msg }) => msg.startsWith('ws frames'))).toMatchObject({ msg: 'ws frames=105', form: 'data', data: { frames: 105, received: 105, longestGapMs: 2000 } })
})

test.each([['ping', 'pong'], ['{"type":"ping","n":1}', '{"type":"PONG"}']])('an answered %s tells its round trip', async (ping, pong) => {
  const { told, connect, time } = setUp()
  const socket = connect()
  socket.open()
  socket.send(ping)
  await time.pass(37)
  socket.hear(pong)
  expect(told[1]).toMatchObject({ msg: 'ws ping 37 ms frames=2', data: { rttMs: 37, frames: 2 } })
  expect(told).toHaveLength(2)
})

test('a silence of the other side is an alarm, once, and its end is told', async () => {
  const { told, connect, time } = setUp({ silence: 10_000, every: 1e9 })
  const socket = connect()
  socket.open()
  socket.send('ping')
  await time.pass(35_000)
  socket.hear('{}')
  await time.pass(5000)
  expect(told.slice(1).map(({ msg, errorCode }) => [msg, errorCode])).toEqual([
    ['ws silent for 10 s', 'WS_SILENT'], ['ws heard again after 35000 ms', undefined], ['ws received text', undefined],
  ])
  expect(told[1]?.data).toMatchObject({ waitsForPong: true })
})

test('what the platform throws, the page gets', () => {
  const { connect, told } = setUp()
  expect(() => connect('bad')).toThrow('theirs')
  expect(told).toEqual([])
})

test('the stop puts everything back, and listens to no socket any more', async () => {
  const { window, FakeWebSocket, send, connect, capture, told, time, states } = setUp()
  const socket = connect()
  socket.open()
  expect([socket instanceof FakeWebSocket, window.WebSocket?.OPEN]).toEqual([true, 1])
  capture.stop()
  socket.send('a')
  socket.hear('b')
  await time.pass(600_000)
  socket.end(1006)
  expect([window.WebSocket === FakeWebSocket, FakeWebSocket.prototype.send === send, told.length, socket.sent]).toEqual([true, true, 1, ['a']])
  expect(states[states.length - 1]).toEqual({ socket: undefined })
})
