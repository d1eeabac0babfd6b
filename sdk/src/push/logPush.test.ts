import { describe, expect, test } from 'vitest'

import type { Environment } from '../core/environment'
import type { Handle, Host } from '../core/plugin'
import { createTracker } from '../core/tracker'
import { logData } from '../data/logData'
import { openMemory } from '../data/memory'
import { logReport, type ReportOptions } from '../report/logReport'
import { createPushServer, ticketOf } from '../testing/pushServer'
import { createTrackServer } from '../testing/trackServer'
import { createVirtualTime, noon } from '../testing/virtualTime'
import { logPush, type PushOptions } from './logPush'
import { readTicket } from './ticket'

const HOUR = 3_600_000

const setUp = async (report: Partial<ReportOptions> = {}, push: PushOptions = {}, more: Partial<Environment> = {}) => {
  const time = createVirtualTime()
  const track = createTrackServer(time.now)
  const server = createPushServer(time.now, track)
  const window = new EventTarget()
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const T = createTracker({
    ...time.env, fetch: server.fetch, gzip: undefined, console: undefined, window, document,
    client: () => 'device-1', session: () => 'visit-1', page: () => '/desk', ...more,
  })
  T.$use(logData, { drivers: [openMemory] })
  T.$use(logReport, { endpoint: 'https://logs.test/', app: 'phone', key: 'pk_1', mode: 'off', ...report })
  const handle = T.$use(logPush, push)
  await time.pass(100)
  const show = (state: 'visible' | 'hidden'): void => {
    document.visibilityState = state
    document.dispatchEvent(new Event('visibilitychange'))
  }
  const claims = { pull: 'pl_1', device: 'device-1', from: noon - HOUR, to: noon + HOUR, level: 'debug', until: noon + HOUR }
  const command = (changed: object = {}) => ({ pull: { id: 'pl_1', ticket: ticketOf({ ...claims, ...changed }) } })
  const news = () => server.told.flatMap(({ pull }) => (pull ? [pull['state']] : []))
  const texts = () => [...track.streams.values()].flatMap(({ events }) => [...events.values()].map(({ msg }) => msg))
  return { T, t: new T('call'), time, track, server, window, document, handle, show, claims, command, news, texts }
}

describe('a page', () => {
  test('tells how it stands: who, where, what its capture plugins say, and no query', async () => {
    const { T, server, time } = await setUp({ release: '1.2.3', mode: 'live' })
    T.$context({ account: 'acct-7', staff: 1042, callId: 'c-1' })
    await time.pass(20_000)
    expect(server.told[0]).toMatchObject({ key: 'pk_1', device: 'device-1', app: 'phone', page: '/desk', hidden: false, left: false, mode: 'live', keeps: 'memory' })
    expect(server.told[0]?.['tab']).toMatch(/^[0-9a-f]{16}$/)
    expect(server.told[1]).toMatchObject({ tab: server.told[0]?.['tab'], account: 'acct-7', staff: '1042', callId: 'c-1', session: 'visit-1', release: '1.2.3' })
  })

  test('tells of a change and of an error within a second or so, and not more often', async () => {
    const { T, t, server, time } = await setUp()
    let host: Host | undefined
    T.$use((given: Host): Handle => { host = given; return { name: 'capture', stop() {} } }, {})
    for (const state of ['connecting', 'open', 'closed code=1006']) host?.state('socket', state)
    t.$error(Object.assign(new Error('the ticket has expired'), { code: 'TICKET_EXPIRED' }))
    t.$error('and another', new Error('later'))
    await time.pass(1500)
    expect(server.told).toHaveLength(2)
    expect(server.told[1]).toMatchObject({ socket: 'closed code=1006', lastError: { code: '', text: 'later' } })
  })

  test('tells how long its upload has not moved', async () => {
    const { t, server, track, time } = await setUp({ mode: 'live' })
    t.$log('a')
    await time.pass(20_000)
    expect(server.told.at(-1)).toMatchObject({ buffered: 0, lagMs: 0 })
    track.fault = () => 'loseRequest'
    t.$log('b')
    await time.pass(60_000)
    expect(server.told.at(-1)?.['buffered']).toBe(1)
    expect(server.told.at(-1)?.['lagMs']).toBeGreaterThan(30_000)
  })

  test('says that it goes, and comes back from the cache', async () => {
    const { server, window, time } = await setUp()
    window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: true }))
    await time.pass(60_000)
    expect(server.told.map(({ left }) => left)).toEqual([false, true])
    expect(server.channels).toHaveLength(0)
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
    await time.pass(1000)
    expect(server.told.map(({ left }) => left)).toEqual([false, true, false])
    expect(server.channels).toHaveLength(1)
  })

  test('without log-report says once that nobody is told', async () => {
    const time = createVirtualTime()
    const T = createTracker({ ...time.env, console: undefined })
    T.$use(logPush, {})
    await time.pass(60_000)
    expect(T.$status().warnings).toEqual(['logPush needs clewline/log-report: nobody is told of this page'])
  })
})

describe('the channel', () => {
  test('is held by a page that is seen, and let go of by one that is hidden or frozen', async () => {
    const { server, document, show, handle, time } = await setUp()
    expect(server.channels[0]?.url).toMatch(/^https:\/\/logs\.test\/v1\/push\?key=pk_1&app=phone&tab=[0-9a-f]{16}&device=device-1&sdk=clewline-js%2F/)
    show('hidden')
    await time.pass(10)
    expect([server.channels.length, handle.status().channel]).toEqual([0, 'resting'])
    await time.pass(30_000)
    expect(server.told.at(-1)).toMatchObject({ hidden: true }) // it still tells how it stands
    show('visible')
    await time.pass(10)
    expect([server.channels.length, handle.status().channel]).toEqual([1, 'open'])
    document.dispatchEvent(new Event('freeze'))
    const before = server.told.length
    await time.pass(120_000)
    expect([server.channels.length, server.told.length]).toEqual([0, before])
  })

  test('comes back after a break, later each time, and at once when a beat got through', async () => {
    const { server, handle, time } = await setUp()
    server.channels[0]?.end()
    await time.pass(1100)
    expect(server.opened).toBe(2)
    server.status = 503
    server.channels[0]?.end()
    await time.pass(120_000)
    expect(handle.status()).toMatchObject({ channel: 'waiting', lastError: 'HTTP 503' })
    server.status = 200
    await time.pass(70_000)
    expect([server.channels.length, handle.status().lastError]).toEqual([1, undefined])
  })

  test('that says nothing for long is given up', async () => {
    const { server, time } = await setUp()
    await time.pass(30_000)
    server.channels[0]?.write(': still here\n\n')
    await time.pass(40_000)
    expect(server.opened).toBe(1)
    await time.pass(10_000)
    expect(server.opened).toBe(2)
  })

  test('takes what comes in pieces, and leaves alone what it does not know', async () => {
    const { server, time, handle } = await setUp({ mode: 'live' })
    const [channel] = server.channels
    for (const piece of ['event: comm', 'and\nda', 'ta: {"level":"er', 'ror"}\n', '\nevent: later\ndata: {}\n\nevent: command\ndata: no json\n\n']) {
      channel?.write(piece)
      await time.pass(10)
    }
    await time.pass(2000)
    expect(handle.status().channel).toBe('open')
    expect(server.told.length).toBeGreaterThan(1)
  })
})

describe('a pull', () => {
  test('brings what was never uploaded, of the range and the level, and declares the rest', async () => {
    const { T, t, server, track, time, command, news, texts } = await setUp()
    t.$log('early')
    await time.pass(10_000)
    const from = time.now() - 5
    for (const level of ['debug', 'info', 'warn'] as const) t.$log(level, undefined, level)
    await time.pass(10_000)
    const to = time.now()
    t.$log('late')
    server.channels[0]?.send('command', command({ from, to, level: 'info' }))
    await time.pass(5000)
    expect(texts()).toEqual(['info', 'warn'])
    expect(news()).toEqual(['running', 'done'])
    expect(server.told.at(-1)?.pull).toMatchObject({ state: 'done', selected: 2 })
    expect(track.complaints).toEqual([])
    const { stream } = T.$status()
    expect(track.streams.get(String(stream))?.omitted).toEqual([{ from: 1, to: 2, reason: 'mode' }])
    expect(track.requests[0]?.envelope['ticket']).toBe(command({ from, to, level: 'info' }).pull.ticket)
  })

  test('does not send again what the upload has brought', async () => {
    const { T, t, server, track, time, command, news, texts } = await setUp({ mode: 'live' })
    t.$log('sent')
    t.$log('kept', undefined, 'debug') // below the level of the upload
    t.$log('sent too')
    expect(await flushed(T, time)).toBe(true)
    expect(texts()).toEqual(['sent', 'sent too'])
    const before = track.requests.length
    server.channels[0]?.send('command', command())
    await time.pass(5000)
    const pulled = track.requests.slice(before).filter(({ envelope }) => envelope['ticket'])
    const [first] = pulled.flatMap(({ lines }) => lines.map(({ msg }) => msg)) // what the upload has not brought yet may follow
    expect([first, pulled.some(({ body }) => body.includes('"sent'))]).toEqual(['kept', false])
    expect(news()).toEqual(['running', 'done'])
    expect(track.complaints).toEqual([])
  })

  test.each([
    ['by the reply to a beat', async ({ server, time, command }: Seat) => {
      server.commands = [command()]
      await time.pass(20_000)
    }],
    ['by the reply to an upload', async ({ track, t, time, command }: Seat) => {
      track.reply = { commands: [command()] }
      t.$alarm('uploads')
      await time.pass(2000)
    }],
    ['by the host itself', async ({ T, time, command }: Seat) => {
      const pulled = T.$pull(command().pull)
      await time.pass(2000)
      expect(await pulled).toMatchObject({ state: 'done' })
    }],
  ])('comes %s', async (_, bring) => {
    const seat = await setUp({ mode: 'live' })
    seat.t.$log('secret of this device', undefined, 'debug')
    await bring(seat)
    await seat.time.pass(5000)
    expect(seat.texts()).toContain('secret of this device')
    expect(seat.news()).toContain('done')
  })

  test('that is asked twice is done once', async () => {
    const { t, server, track, time, command, news } = await setUp()
    t.$log('a')
    server.commands = [command()]
    server.channels[0]?.send('command', command())
    await time.pass(30_000)
    expect(news().filter((state) => state === 'running')).toHaveLength(1)
    expect(track.requests).toHaveLength(1)
  })

  test.each([
    ['of another device', { device: 'device-2' }, 'names another device'],
    ['that has expired', { until: noon - 1 }, 'has expired'],
  ])('with a ticket %s is refused and logged, and nothing is sent', async (_, changed, reason) => {
    const { T, t, server, track, time, command, news } = await setUp()
    t.$log('a')
    const result = await T.$pull(command(changed).pull.ticket)
    server.channels[0]?.send('command', command(changed))
    await time.pass(5000)
    expect(result).toEqual({ state: 'refused', reason: expect.stringContaining(reason) as string })
    expect([news(), track.requests]).toEqual([[], []])
    expect(T.$status().plugins['logPush']).toMatchObject({ refused: 2 })
  })

  test('whose ticket has expired by the server\'s clock is refused, whatever ours says', async () => {
    const { T, server, time, command } = await setUp()
    server.ahead = 2 * HOUR
    await time.pass(20_000)
    expect(await T.$pull(command().pull)).toEqual({ state: 'refused', reason: 'the ticket has expired' })
  })

  test('takes the range by the server\'s clock', async () => {
    const { t, server, track, time, command, texts } = await setUp()
    server.ahead = 2 * HOUR
    await time.pass(20_000)
    t.$log('a')
    server.channels[0]?.send('command', command({ from: noon + 1.5 * HOUR, to: noon + 3 * HOUR, until: noon + 3 * HOUR }))
    await time.pass(5000)
    expect(texts()).toContain('a')
    expect(track.requests[0]?.envelope['offset']).toBe(2 * HOUR)
  })

  test.each([
    ['says no', () => false],
    ['breaks', () => { throw new Error('the dialog is broken') }],
    ['says no later', () => Promise.resolve(false)],
  ])('that the consent callback %s to is refused, and the server is told', async (_, consent) => {
    const { T, t, server, track, time, command, news } = await setUp({}, { consent })
    t.$log('a')
    server.channels[0]?.send('command', command())
    await time.pass(5000)
    expect(news()).toEqual(['refused'])
    expect(track.requests).toEqual([])
    expect(T.$status().faults).toBe(0)
  })

  test('that the server wants no more ends', async () => {
    const { t, server, track, time, command } = await setUp()
    t.$log('a')
    server.verdict = { go: false, reason: 'this pull is cancelled' }
    server.channels[0]?.send('command', command())
    await time.pass(5000)
    expect(track.requests).toEqual([])
  })

  test('that another page is at is left to it, and done when that page has gone', async () => {
    const { t, server, time, command, news, texts } = await setUp()
    t.$log('a')
    server.verdict = { go: false, reason: 'another page of this device is at it' }
    server.channels[0]?.send('command', command())
    await time.pass(5000)
    expect([news(), texts()]).toEqual([['running'], []])
    server.verdict = { go: true }
    server.commands = [command()]
    await time.pass(30_000)
    expect(news()).toEqual(['running', 'running', 'done'])
    expect(texts()).toContain('a')
  })

  test('goes on after faults of the network, and halves what is too large', async () => {
    const { t, server, track, time, command, news, texts } = await setUp()
    for (let i = 0; i < 40; i++) t.$log(`event ${i}`, { text: 'x'.repeat(200) })
    let faults = 0
    track.fault = () => (faults++ < 6 ? (['loseRequest', 'loseReply', 503, 'portal', 'nothing', 'stall'] as const)[faults - 1] : undefined)
    track.mostBytes = 3000
    server.channels[0]?.send('command', command())
    await time.pass(300_000)
    expect(news().at(-1)).toBe('done')
    expect(texts().filter((text) => String(text).startsWith('event'))).toHaveLength(40)
    expect(track.complaints).toEqual([])
  })

  test('that is refused by the server fails with its reason', async () => {
    const { t, server, track, time, command } = await setUp()
    t.$log('a')
    track.fault = () => 403
    server.channels[0]?.send('command', command())
    await time.pass(5000)
    expect(server.told.at(-1)?.pull).toMatchObject({ state: 'failed', reason: 'HTTP 403' })
  })

  test('has a bound', async () => {
    const { t, server, time, command } = await setUp({}, { maxBytes: 1000 })
    for (let i = 0; i < 20; i++) t.$log('x'.repeat(100))
    server.channels[0]?.send('command', command())
    await time.pass(5000)
    expect(server.told.at(-1)?.pull).toMatchObject({ state: 'failed', reason: expect.stringContaining('1000 bytes') as string })
  })
})

describe('a command', () => {
  test('changes what is sent from now on', async () => {
    const { T, t, server, time, texts } = await setUp()
    t.$log('before')
    server.channels[0]?.send('command', { mode: 'live' })
    server.channels[0]?.send('command', { level: 'debug' })
    await time.pass(100)
    t.$log('after', undefined, 'debug')
    await time.pass(2000)
    expect(texts()).toContain('after')
    expect(texts()).not.toContain('before')
    expect(T.$status().plugins['logReport']).toMatchObject({ mode: 'live' })
  })

  test('asks for consent as well', async () => {
    const asked: unknown[] = []
    const { T, server, time } = await setUp({}, { consent: (ask) => { asked.push(ask); return false } })
    server.channels[0]?.send('command', { mode: 'live' })
    await time.pass(100)
    expect(asked).toEqual([{ kind: 'mode', value: 'live' }])
    expect(T.$status().plugins['logReport']).toMatchObject({ mode: 'off' })
  })

  test.each([[null], [7], ['pull'], [{}], [{ mode: 'on' }], [{ level: 'loud' }], [{ pull: 7 }], [{ pull: { ticket: 'a.b' } }], [{ pull: { ticket: '' } }]])('that is none (%j) changes nothing', async (given) => {
    const { T, server, track, time } = await setUp()
    server.commands = [given]
    await time.pass(21_000)
    expect(track.requests).toEqual([])
    expect(T.$status()).toMatchObject({ faults: 0, plugins: { logReport: { mode: 'off' } } })
  })
})

test.each([['', undefined], ['a', undefined], ['bm8.c2ln', undefined], [`${btoa('{"pull":1}')}.x`, undefined], [undefined, undefined]])('%s is no ticket', (text, want) => {
  expect(readTicket(text)).toBe(want)
})

type Seat = Awaited<ReturnType<typeof setUp>>

const flushed = async (T: Seat['T'], time: Seat['time']): Promise<boolean> => {
  const done = T.$flush()
  await time.pass(3000)
  return done
}
