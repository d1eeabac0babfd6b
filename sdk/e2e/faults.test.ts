import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startClewline, type Clewline } from './clewline'
import { buildPage, mutants } from './faults/build'
import { startChromium, type Chromium } from './faults/chromium'
import { startProxy, type Proxy } from './faults/proxy'
import { runPlan, type Verdict } from './faults/run'

/** LOGS=200000 SEEDS=5 make soak */
const logs = Number(process.env['LOGS'] ?? 20_000)
const seeds = Array.from({ length: Number(process.env['SEEDS'] ?? 3) }, (_, i) => i + Number(process.env['SEED'] ?? 1))

let clewline: Clewline
let chromium: Chromium
let proxy: Proxy

beforeAll(async () => {
  clewline = await startClewline()
  chromium = await startChromium()
  proxy = await startProxy(() => clewline.url)
})
afterAll(async () => {
  await chromium.stop()
  await proxy.close()
  await clewline.stop()
})

const tell = ({ lost, twice, wrong, ...rest }: Verdict): void => {
  console.log(JSON.stringify({ ...rest, struck: Object.fromEntries(proxy.struck), lost: lost.length, twice: twice.length, wrong: wrong.length }))
  proxy.struck.clear()
}

const faultless = { lost: [], twice: [], wrong: [] }

test('without faults the harness itself loses nothing', { timeout: 120_000 }, async () => {
  const verdict = await runPlan(clewline, chromium, proxy, { seed: 0, logs: 2000, script: await buildPage(), quiet: true })
  tell(verdict)
  expect(verdict).toMatchObject(faultless)
})

test.each(seeds)('seed %i: pages die, the network fails, and every log that was written down arrives once, in order', { timeout: 60_000 + logs * 30 }, async (seed) => {
  const verdict = await runPlan(clewline, chromium, proxy, { seed, logs, perSecond: 800, script: await buildPage() })
  tell(verdict)
  expect(verdict).toMatchObject(faultless)
  expect(Object.keys(verdict.declared)).toEqual(['level']) // debug, by choice: nothing else was left out
})

describe('the harness finds an SDK that', () => {
  test.each(mutants)('$name', { timeout: 240_000 }, async (mutant) => {
    const script = await buildPage(mutant)
    for (let seed = 1; seed <= 4; seed++) {
      const { lost, twice, wrong } = await runPlan(clewline, chromium, proxy, { seed, logs: 2500, script })
      if (lost.length + twice.length + wrong.length) return
    }
    expect.fail('nobody noticed')
  })
})
