import { expect, test } from 'vitest'

import { capturing } from '../testing/capturing'
import { callStatus } from './callStatus'

test('a call is told step by step, and everything else of the page carries its id meanwhile', async () => {
  const { capture, told, states, time, T } = capturing(callStatus, {})
  const t = new T('other')
  const call = capture.call('call-9f3c27', { number: '13800138000', staff: '1001' })
  call.to('ringing')
  await time.pass(4000)
  call.to('in call')
  t.$log('during')
  await time.pass(141_000)
  call.to('held')
  call.to('dropped', { reason: 'hold_rejected' })
  t.$log('after')
  expect(told).toMatchObject([
    { category: 'call', form: 'tag', level: 'notice', msg: 'call state idle → ringing', callId: 'call-9f3c27', number: '13800138000', staff: '1001', data: { from: 'idle', to: 'ringing', ms: 0 } },
    { level: 'info', msg: 'call state ringing → in call', data: { ms: 4000 } },
    { msg: 'during', callId: 'call-9f3c27', number: '13800138000' },
    { msg: 'call state in call → held', data: { ms: 141_000 } },
    { msg: 'call state held → dropped reason=hold_rejected', level: 'warn', form: 'alarm', callId: 'call-9f3c27', data: { from: 'held', to: 'dropped', reason: 'hold_rejected' } },
    { msg: 'after' },
  ])
  expect(told[5]).not.toHaveProperty('callId')
  expect(states.map(({ call: state }) => state)).toEqual(['idle', 'ringing', 'in call', 'held', undefined])
})

test('a step that the states do not know is taken, and is an alarm', () => {
  const { capture, told } = capturing(callStatus, {})
  const call = capture.call('c-1')
  call.to('held')
  expect([call.state, told[0]]).toMatchObject(['held', { form: 'alarm', level: 'warn', data: { from: 'idle', to: 'held', unexpected: true } }])
  call.to('held')
  expect(told).toHaveLength(1)
})

test('the host has states of its own', () => {
  const { capture, told, states } = capturing(callStatus, { transitions: { 新: ['振铃'], 振铃: ['结束'], 结束: [] } })
  const call = capture.call('c-1', { state: '新' })
  call.to('振铃')
  call.to('结束')
  expect(told.map(({ msg, form }) => [msg, form])).toEqual([['call state 新 → 振铃', 'tag'], ['call state 振铃 → 结束', 'tag']])
  expect(states[states.length - 1]).toEqual({ call: undefined })
})

test('of several calls the newest is shown, then the one before it', () => {
  const { capture, told, T } = capturing(callStatus, {})
  const t = new T('other')
  const first = capture.call('c-1', { number: '1' })
  first.to('ringing')
  const second = capture.call('c-2', { number: '2' })
  expect(capture.call('c-2')).toBe(second)
  t.$log('a')
  second.to('dialing')
  second.to('ended')
  t.$log('b')
  expect(told.filter(({ label }) => label === 'other').map(({ callId, number }) => [callId, number])).toEqual([['c-2', '2'], ['c-1', '1']])
})

test('calls that are never ended do not pile up', () => {
  const { capture } = capturing(callStatus, {})
  const first = capture.call('c-0')
  for (let i = 1; i <= 100; i++) capture.call(`c-${i}`)
  expect(capture.call('c-0')).not.toBe(first)
})

test('without context the page\'s events are left alone; what is asked after the stop is harmless', () => {
  const { capture, told, T, states } = capturing(callStatus, { context: false })
  const call = capture.call('c-1')
  new T('other').$log('a')
  expect(told[0]).not.toHaveProperty('callId')
  capture.stop()
  call.to('ringing')
  capture.call('c-2').to('ringing')
  expect([told.length, call.state, states[states.length - 1]]).toEqual([1, 'ringing', { call: undefined }])
})
