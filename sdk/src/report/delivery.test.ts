import { expect, test } from 'vitest'

import { createTracker } from '../core/tracker'
import { createTrackServer, type Fault, type TrackServer } from '../testing/trackServer'
import { createVirtualTime, seeded } from '../testing/virtualTime'
import { logReport, type ReportOptions } from './logReport'

const options = { endpoint: 'https://logs.test', app: 'phone', key: 'pk_1' }

const faults: (Fault | undefined)[] = [
  'loseRequest', 'loseReply', 'stall', 'portal', 'truncate', 'partial', 'nothing', 500, 502, 429, 503, 401, 404,
  undefined, undefined, undefined, undefined,
]

/**
 * Each number up to the last is stored, with what was logged under it, or declared. Only where
 * something was dropped may it be both: a reply was lost, and then there was no room.
 */
const check = (server: TrackServer, logged: Map<string, string[]>, drops: boolean): void => {
  expect(server.complaints).toEqual([])
  for (const [stream, { events, omitted, closedAt }] of server.streams) {
    const texts = logged.get(stream) ?? []
    for (let seq = 1; seq <= texts.length; seq++) {
      const declared = omitted.some(({ from, to }) => from <= seq && seq <= to)
      const event = events.get(seq)
      if (!event && !declared) throw new Error(`number ${seq} of ${stream} is lost`)
      if (event) expect(event['msg']).toBe(texts[seq - 1])
      if (event && declared && !drops) throw new Error(`number ${seq} of ${stream} is stored and declared omitted`)
    }
    if (!drops) expect(omitted.filter(({ reason }) => reason !== 'level')).toEqual([])
    expect(Math.max(...events.keys(), ...omitted.map(({ to }) => to))).toBe(texts.length)
    if (closedAt !== undefined) expect(closedAt).toBe(texts.length)
  }
  expect([...server.streams.keys()].sort()).toEqual([...logged.keys()].sort())
}

/** Logs at random through a network and a server that fail at random, then lets everything recover. */
const run = async (seed: number, more: Partial<ReportOptions> = {}, mostBytes = Infinity): Promise<number> => {
  const drops = mostBytes < Infinity || more.maxEvents !== undefined
  const plan = drops ? [...faults, 413] : faults
  const chance = seeded(seed)
  const time = createVirtualTime(seed)
  const server = createTrackServer(time.now)
  server.mostBytes = mostBytes
  const T = createTracker({ ...time.env, fetch: server.fetch, gzip: undefined, console: undefined, client: () => 'c'.repeat(24) })
  const report = T.$use(logReport, { ...options, ...more })
  const t = new T('model')
  const logged = new Map<string, string[]>()
  server.fault = () => plan[Math.floor(chance() * plan.length)] as Fault | undefined

  for (let step = 0; step < 40; step++) {
    for (let burst = Math.floor(chance() * chance() * 30); burst > 0; burst--) {
      const text = `${seed}/${step}/${burst}${'x'.repeat(chance() < 0.05 ? 3000 : chance() * 40)}`
      const dice = chance()
      const before = T.$status()
      if (dice < 0.1) t.$error(text)
      else if (dice < 0.3) t.$log(text, undefined, 'debug')
      else t.$log(text)
      const { stream = '', logged: last } = T.$status()
      if (stream === (before.stream ?? '') && last === before.logged) continue // nobody takes debug: it has no number
      logged.set(stream, [...(logged.get(stream) ?? []), text])
    }
    const dice = chance()
    if (dice < 0.05) time.setBy(-3_600_000)
    else if (dice < 0.1) time.sleep(3_600_000 * chance() * 30)
    await time.pass(chance() < 0.1 ? 600_000 * chance() : 3000 * chance())
  }
  server.fault = undefined
  for (let i = 0; i < 50 && !(await Promise.race([report.stop(), time.pass(3_600_000).then(() => false)])); i++);
  await time.pass(3_600_000)
  expect(report.status()).toMatchObject({ buffered: 0, failures: 0, sending: false })
  expect(server.mostAtOnce).toBe(1)
  check(server, logged, drops)
  for (const stream of server.streams.values()) expect(stream.closedAt).toBeDefined()
  return report.status().dropped
}

const runs = async (from: number, count: number, more?: Partial<ReportOptions>, mostBytes?: number): Promise<number> => {
  let dropped = 0
  for (let seed = from; seed < from + count; seed++) dropped += await run(seed, more, mostBytes)
  return dropped
}

test('whatever the network and the server do, every event is stored once', { timeout: 180_000 }, async () => {
  expect(await runs(1, 200)).toBe(0)
})

test('what does not fit into memory is declared, and the rest is stored once', { timeout: 180_000 }, async () => {
  expect(await runs(1001, 100, { maxEvents: 20 })).toBeGreaterThan(0)
})

test('a server that takes little gets little, and what is too large alone is declared', { timeout: 180_000 }, async () => {
  expect(await runs(2001, 80, {}, 1500)).toBeGreaterThan(0)
})
