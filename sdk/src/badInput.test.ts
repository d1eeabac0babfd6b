import { describe, expect, test, vi } from 'vitest'

import { createTracker } from './index'
import { logData } from './log-data'
import { logReport, type ReportOptions } from './log-report'
import { createProfile } from './testing/profile'
import { createTrackServer } from './testing/trackServer'
import { createVirtualTime } from './testing/virtualTime'

const setUp = (options: Partial<ReportOptions> = {}) => {
  const time = createVirtualTime()
  const server = createTrackServer(time.now)
  const profile = createProfile(time, server.fetch)
  const warn = vi.fn()
  const page = profile.open({ console: { log() {}, info() {}, debug() {}, error() {}, warn } as unknown as Console })
  page.T.$use(logData, { drivers: [page.driver] })
  const report = page.T.$use(logReport, { endpoint: 'https://logs.test', app: 'phone', key: 'pk_1', ...options })
  const texts = (): unknown[] => [...server.streams.values()].flatMap(({ events }) => [...events.values()].map(({ msg }) => msg))
  return { ...page, time, server, profile, report, warn, texts, t: new page.T('call') }
}

describe.each<[string, number | 'portal' | 'loseRequest', string]>([
  ['a wrong key', 401, 'HTTP 401'],
  ['an origin that may not', 403, 'HTTP 403'],
  ['a wrong endpoint', 404, 'HTTP 404'],
  ['a captive portal', 'portal', 'HTTP 200, but not from a Clewline server'],
  ['an ad blocker, a policy, no network', 'loseRequest', 'Failed to fetch'],
])('%s', (_, fault, words) => {
  test('is said in the status, and once in the console; nothing is thrown or lost', async () => {
    const { T, t, time, server, report, warn, texts } = setUp()
    server.fault = () => fault
    for (let i = 0; i < 10; i++) {
      expect(() => t.$log(`${i}`)).not.toThrow()
      await time.pass(60_000)
    }
    expect(report.status().lastError).toContain(words)
    expect(T.$status().warnings).toEqual([expect.stringContaining(words)])
    expect(warn).toHaveBeenCalledTimes(1)
    server.fault = undefined
    await time.pass(3_600_000)
    expect(texts()).toHaveLength(10)
  })
})

test.each<[string, object]>([
  ['no options at all', {}],
  ['options of another kind', { endpoint: 7, app: null, key: {}, level: 'loud', rate: 'fast', maxEvents: 'many' }],
])('%s throw nothing', async (_, options) => {
  const T = createTracker({ console: undefined })
  expect(() => T.$use(logReport, options as ReportOptions)).not.toThrow()
  expect(() => T.$use(logReport, undefined as unknown as ReportOptions)).not.toThrow()
  expect(() => T.$use(logData, undefined as never)).not.toThrow()
  expect(() => T.$use(undefined as never, undefined)).not.toThrow()
  expect(() => new T('call').$error('x')).not.toThrow()
  await T.$stop().catch(() => expect.fail('stop must not fail'))
})

test('the clock is set back a day: a new stream, said once, and all arrives in order', async () => {
  const { T, t, time, warn, server, texts } = setUp()
  t.$log('before')
  time.setBy(-24 * 3_600_000)
  t.$log('after')
  await time.pass(2000)
  expect(texts()).toEqual(['before', 'after'])
  expect(server.streams.size).toBe(2)
  expect(T.$status().warnings).toEqual(['the clock was set back by 86400 s; a new stream begins'])
  expect(warn).toHaveBeenCalledTimes(1)
})

test('the page is frozen for an hour: its stream ends before, and what it logs afterwards is another', async () => {
  const { T, t, time, document, server, texts, profile } = setUp()
  t.$log('before')
  document.dispatchEvent(new Event('freeze'))
  await time.pass(1000)
  const other = profile.open()
  other.T.$use(logData, { drivers: [other.driver] })
  other.T.$use(logReport, { endpoint: 'https://logs.test', app: 'phone', key: 'pk_1' })
  await time.pass(3_600_000)
  document.dispatchEvent(new Event('resume'))
  t.$log('after')
  await time.pass(60_000)
  expect(texts()).toEqual(['before', 'after'])
  expect(server.complaints).toEqual([])
  expect([...server.streams.values()][0]?.closedAt).toBe(1)
  expect(T.$status().faults).toBe(0)
})

test('console.log was replaced before us: it is used as it is, and that is said', () => {
  const lines: unknown[] = []
  const console = { log: (...args: unknown[]) => lines.push(args), warn: (...args: unknown[]) => lines.push(args) } as unknown as Console
  const T = createTracker({ console, callSites: true })
  new T('call').$log('a')
  expect(T.$status().warnings).toEqual([expect.stringContaining('somebody replaced console.log')])
  expect(lines).toHaveLength(2)
})

test('a second copy of the SDK says so, and both go on', async () => {
  vi.resetModules()
  const second = await import('./index')
  const warn = vi.fn()
  const T = second.createTracker({ console: { warn, log() {} } as unknown as Console })
  expect(T.$status()).toMatchObject({ copies: 2, warnings: [expect.stringContaining('more than once') as string] })
  expect(() => new T('call').$log('a')).not.toThrow()
  expect(warn).toHaveBeenCalledTimes(1)
})

test('storage is cleared under us: what is in memory still arrives, and what is gone is declared', async () => {
  const { t, time, server, profile, report, texts } = setUp({ maxEvents: 5 })
  server.fault = () => 'loseRequest'
  for (let i = 0; i < 30; i++) {
    t.$log(`${i}`)
    await time.pass(1000)
  }
  profile.clear()
  t.$log('last')
  server.fault = undefined
  await time.pass(3_600_000)
  const [stream] = server.streams.values()
  const declared = (stream?.omitted ?? []).filter(({ reason }) => reason === 'quota').reduce((sum, { from, to }) => sum + to - from + 1, 0)
  expect(texts()).toContain('last')
  expect(texts().length + declared).toBe(31)
  expect(report.status().missing).toBe(declared)
  expect(server.complaints).toEqual([])
})

describe('a server of another version', () => {
  test('that says more than we know is understood', async () => {
    const { T, t, time, server, texts } = setUp()
    const commands: unknown[] = []
    T.$use(() => ({ name: 'push', stop() {}, command: (command: unknown) => { commands.push(command) } }), undefined)
    server.reply = { commands: [{ op: 'dance' }, 'x', null], news: { a: 1 }, wait: 'soon' }
    t.$log('a')
    await time.pass(2000)
    expect(texts()).toEqual(['a'])
    expect(commands).toEqual([{ op: 'dance' }, 'x', null])
    expect(T.$status().faults).toBe(0)
  })

  test('that knows less refuses in words, and the logs wait', async () => {
    const { t, time, server, report, texts } = setUp()
    server.fault = () => 400
    t.$log('a')
    await time.pass(600_000)
    expect(report.status()).toMatchObject({ buffered: 1, lastError: 'HTTP 400' })
    server.fault = undefined
    await time.pass(600_000)
    expect(texts()).toEqual(['a'])
  })
})
