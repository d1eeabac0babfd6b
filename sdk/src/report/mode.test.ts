import { describe, expect, test } from 'vitest'

import { logData } from '../data/logData'
import { createProfile } from '../testing/profile'
import { createTrackServer } from '../testing/trackServer'
import { createVirtualTime } from '../testing/virtualTime'
import { logReport, type ReportOptions } from './logReport'

const setUp = (options: Partial<ReportOptions>) => {
  const time = createVirtualTime()
  const server = createTrackServer(time.now)
  const profile = createProfile(time, server.fetch)
  const open = () => {
    const page = profile.open()
    page.T.$use(logData, { drivers: [page.driver] })
    const report = page.T.$use(logReport, { endpoint: 'https://logs.test', app: 'phone', key: 'pk_1', ...options })
    return { ...page, report, t: new page.T('call') }
  }
  const texts = (): unknown[] => [...server.streams.values()].flatMap(({ events }) => [...events.values()].map(({ msg }) => msg))
  const omitted = (): unknown[] => [...server.streams.values()].flatMap((stream) => stream.omitted.map(({ from, to, reason }) => [from, to, reason]))
  return { time, server, profile, open, texts, omitted }
}

describe('mode onError', () => {
  test('sends nothing until an alarm or error, then what led to it and what follows', async () => {
    const { time, server, open, texts, omitted } = setUp({ mode: 'onError', minutes: 5 })
    const { t } = open()
    for (let minute = 0; minute < 10; minute++) {
      t.$log(`minute ${minute}`)
      t.$log('detail', undefined, 'debug')
      await time.pass(60_000)
    }
    expect(server.requests).toEqual([])
    t.$error('broken')
    await time.pass(1000)
    t.$log('soon after')
    await time.pass(2000)
    expect(texts()).toEqual(['minute 5', 'minute 6', 'minute 7', 'minute 8', 'minute 9', 'broken', 'soon after'])
    expect(omitted()).toContainEqual([1, 1, 'mode'])
    await time.pass(120_000)
    t.$log('long after')
    await time.pass(60_000)
    expect(texts()).toHaveLength(7)
    expect(server.complaints).toEqual([])
  })

  test('a page that is killed in peace leaves nothing to be sent, and all is declared', async () => {
    const { time, open, texts, server } = setUp({ mode: 'onError' })
    const page = open()
    page.t.$log('a')
    page.t.$log('b')
    await time.pass(1000)
    page.kill()
    open()
    await time.pass(60_000)
    expect(texts()).toEqual([])
    expect([...server.streams.values()]).toMatchObject([{ omitted: [{ from: 1, to: 2, reason: 'mode' }], closedAt: 2 }])
  })

  test('a page that is killed after an error leaves what was to be sent', async () => {
    const { time, open, texts, server } = setUp({ mode: 'onError' })
    server.fault = () => 'loseRequest'
    const page = open()
    page.t.$log('a')
    await time.pass(1000)
    page.t.$error('b')
    await time.pass(1000)
    page.kill()
    server.fault = undefined
    open()
    await time.pass(60_000)
    expect(texts()).toEqual(['a', 'b'])
  })
})

test('mode pull sends no event, tells of every number, and a ticket brings what was left out', async () => {
  const { time, server, profile, open, texts } = setUp({ mode: 'pull' })
  const page = open()
  page.t.$log('a')
  page.t.$error('b')
  await time.pass(3000)
  expect(server.requests).toEqual([])
  const [stream] = [...profile.rows.keys()].filter((key) => key[0] === 's').map((key) => key.slice(1))
  await page.report.ship({ id: stream ?? '' }, [1, 1], { lines: ['{"seq":1,"msg":"a"}'], omitted: [] }, 'ticket-1')
  expect(server.requests[0]?.envelope).toMatchObject({ stream, from: 1, to: 1, ticket: 'ticket-1' })
  page.close()
  await time.pass(1000)
  expect(texts()).toEqual(['a'])
  expect([...server.streams.values()]).toMatchObject([{ closedAt: 2 }])
})

test('mode off sends nothing at all, not even later, and a change of mode begins a new stream', async () => {
  const { time, server, open, texts } = setUp({ mode: 'off' })
  const page = open()
  page.t.$error('secret')
  await time.pass(3000)
  page.report.mode('live')
  page.t.$log('public')
  await time.pass(3000)
  expect(texts()).toEqual(['public'])
  page.report.mode('off')
  page.t.$error('secret again')
  await time.pass(3000)
  page.kill()
  open().report.mode('live')
  await time.pass(120_000)
  expect(texts()).toEqual(['public'])
  expect(server.complaints).toEqual([])
  expect(server.streams.size).toBe(1)
})
