import { expect, test } from 'vitest'

import { logReport } from '../log-report'
import { capturing } from '../testing/capturing'
import { pushEvents, type PushOptions } from './pushEvents'

class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2
  readyState = 1
  constructor(readonly url: string) {
    super()
  }
  close(): void { this.readyState = 2 }
  push(type: string, data?: string): void { this.dispatchEvent(Object.assign(new Event(type), data === undefined ? {} : { data })) }
}

const setUp = (options: PushOptions = {}) => {
  const window = new EventTarget() as EventTarget & Record<string, unknown>
  const serviceWorker = new EventTarget()
  Object.assign(window, { location: new URL('https://app.test/'), EventSource: FakeEventSource, navigator: { serviceWorker } })
  const run = capturing(pushEvents, options, window)
  const open = (url = '/events?ticket=tk-1') => new (window as unknown as { EventSource: typeof FakeEventSource }).EventSource(url)
  return { ...run, window, serviceWorker, open }
}

test('a stream tells when it opens, is interrupted, opens again, and closes', async () => {
  const { told, time, open } = setUp()
  const source = open()
  await time.pass(30)
  source.push('open')
  source.push('error')
  source.push('open')
  source.readyState = 2
  source.push('error')
  expect(told.map(({ msg, level, errorCode }) => [msg, level, errorCode])).toEqual([
    ['push stream open /events', 'info', undefined], ['push stream interrupted /events', 'warn', undefined],
    ['push stream open /events', 'info', undefined], ['push stream closed /events', 'warn', 'PUSH_CLOSED'],
  ])
  expect([told[0]?.data, told[2]?.data?.['again'], told[0]?.category]).toEqual([{ stream: '/events', ms: 30, again: false }, true, 'push'])
  expect(JSON.stringify(told)).not.toContain('tk-1')
})

test('events are told by their name or by what they say that they are, without their values', () => {
  const { told, open } = setUp()
  const source = open()
  const heard: string[] = []
  source.addEventListener('seat.warning', () => heard.push('seat.warning'))
  source.push('seat.warning', '{"seat":"Anna","code":7}')
  source.push('message', '{"type":"call.incoming","number":"13800138000"}')
  source.push('message', 'plain text of Anna')
  source.push('nobody listens', '{}')
  expect(told).toMatchObject([
    { msg: 'push seat.warning', data: { type: 'seat.warning', head: '{"seat":"*","code":7}', bytes: 24 } },
    { msg: 'push call.incoming', data: { type: 'call.incoming', head: '{"type":"call.incoming","number":"*"}' } },
    { msg: 'push message', data: { bytes: 18 } },
  ])
  expect(heard).toEqual(['seat.warning'])
  expect(JSON.stringify(told)).not.toMatch(/Anna|138001/)
})

test('an event that a server calls error is no interruption', () => {
  const { msgs, open } = setUp()
  open().push('error', 'mine')
  expect(msgs()).toEqual([])
})

test('the SDK\'s own push channel is not told of', () => {
  const { told, open, T } = setUp()
  T.$use(logReport, { endpoint: 'https://logs.test', app: 'a', key: 'k', mode: 'off' })
  open('https://logs.test/v1/push?key=k').push('open')
  expect(told).toEqual([])
})

test('messages of other windows and of the service worker are told, a page\'s own to itself are not', () => {
  const { told, window, serviceWorker } = setUp()
  const message = (target: EventTarget, more: object) => target.dispatchEvent(Object.assign(new Event('message'), more))
  message(window, { source: window, origin: 'https://app.test', data: 'setImmediate' })
  message(window, { source: new EventTarget(), origin: 'https://pay.test', data: { type: 'paid', card: '4111111111111111' } })
  message(serviceWorker, { data: '{"type":"updated"}' })
  expect(told).toMatchObject([{ msg: 'message paid', data: { type: 'paid', from: 'https://pay.test' } }, { msg: 'message updated', data: { from: 'service worker' } }])
  expect(JSON.stringify(told)).not.toContain('4111')
})

test('the host hands on what its own channel brought', () => {
  const { capture, told } = setUp()
  capture.received('seat.warning', { seat: 7 }, { callId: 'c-1', level: 'warn' })
  expect(told).toMatchObject([{ category: 'push', msg: 'push seat.warning', level: 'warn', callId: 'c-1', data: { type: 'seat.warning', seat: 7 } }])
})

test('with heads off nothing is told of contents; with text they are masked only', () => {
  const off = setUp({ heads: 'off', messages: false })
  off.open().push('message', '{"type":"a","seat":"Anna"}')
  expect(off.told[0]?.data).not.toHaveProperty('head')
  const text = setUp({ heads: 'text' })
  text.open().push('message', '{"type":"a","seat":"Anna","token":"x1"}')
  expect(text.told[0]?.data?.['head']).toBe('{"type":"a","seat":"Anna","token":*}')
})

test('the stop puts everything back, on streams that are open too; a closed stream is forgotten', () => {
  const { capture, open, told, window } = setUp()
  const closed = open()
  closed.close()
  expect([Object.hasOwn(closed, 'addEventListener'), Object.hasOwn(closed, 'close')]).toEqual([false, false])
  const source = open()
  expect(source).toBeInstanceOf(FakeEventSource)
  capture.stop()
  source.push('open')
  source.push('message', '{}')
  capture.received('x')
  expect([window['EventSource'], Object.hasOwn(source, 'addEventListener'), told]).toEqual([FakeEventSource, false, []])
})
