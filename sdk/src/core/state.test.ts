import { expect, test } from 'vitest'

import { createVirtualTime } from '../testing/virtualTime'
import type { Handle, Host } from './plugin'
import { createTracker } from './tracker'

const setUp = () => {
  const T = createTracker({ ...createVirtualTime().env, console: undefined })
  let host: Host | undefined
  const heard: object[] = []
  T.$use((given: Host): Handle => {
    host = given
    return { name: 'breaks', stop() {}, changed() { throw new Error('a plugin that breaks') } }
  }, {})
  T.$use((given: Host): Handle => ({ name: 'hears', stop() {}, changed: () => heard.push({ ...given.states }) }), {})
  if (!host) throw new Error('no host')
  return { T, host, heard }
}

test('how the page stands is told to every plugin, once for each change', () => {
  const { host, heard } = setUp()
  host.state('socket', 'open')
  host.state('socket', 'open')
  host.state('call', 'ringing')
  host.state('socket', undefined)
  expect(heard).toEqual([{ socket: 'open' }, { socket: 'open', call: 'ringing' }, { call: 'ringing' }])
})

test('a plugin that breaks at a state keeps it from nobody', () => {
  const { T, host, heard } = setUp()
  host.state('rtc', 'score 4.3')
  expect(host.states.rtc).toBe('score 4.3')
  expect(heard).toEqual([{ rtc: 'score 4.3' }])
  expect(T.$status().faults).toBe(1)
})
