import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as forward } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

import { seeded } from '../src/testing/virtualTime'
import { startClewline, type Clewline } from './clewline'
import { startProgram, type Program, type Start } from './node/programs'
import { listen } from './servers'

// Real processes with the built package, against the real server.
let clewline: Clewline
let folder: string
let programs: Program[] = []

beforeAll(async () => { clewline = await startClewline() })
afterAll(() => clewline.stop())
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'clewline-node-')) })
afterEach(async () => {
  programs.forEach(({ process }) => process.kill('SIGKILL'))
  await Promise.all(programs.map(({ ended }) => ended))
  programs = []
  await rm(folder, { recursive: true, force: true })
})

const start = (app: string, options: Start): Program => {
  const program = startProgram({ folder, endpoint: clewline.url, key: clewline.browserKey, app, name: app, ...options })
  programs.push(program)
  return program
}
const messages = async (app: string, count: number): Promise<unknown[]> => (await clewline.find(`app:${app}`, count)).reverse().map(({ msg }) => msg)
const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms) })

test.each([1, 2, 3])('two processes in one folder that are killed at any moment lose nothing that was written down (seed %i)', async (seed) => {
  const chance = seeded(seed)
  const app = `kill-${seed}`
  const durable = new Map<string, number>()
  let begun = 0
  const begin = (): [string, Program] => {
    const name = `${app}/${++begun}`
    return [name, start(app, { does: 'write', name, perSecond: 1500 })]
  }
  let running = [begin(), begin()]
  for (let kill = 0; kill < 5; kill++) {
    const at = Math.floor(chance() * 2)
    const [name, program] = running[at] as [string, Program]
    await program.heard(({ durable }) => durable !== undefined)
    await pause(chance() * 400)
    if (kill === 2) await clewline.restart()
    program.process.kill('SIGKILL')
    await program.ended
    durable.set(name, Math.max(...program.said.map((line) => line['durable'] as number)))
    running = running.map((one, i) => (i === at ? begin() : one))
  }
  for (const [name, program] of running) {
    await program.heard(({ durable }) => durable !== undefined)
    program.process.kill('SIGKILL')
    await program.ended
    durable.set(name, Math.max(...program.said.map((line) => line['durable'] as number)))
  }
  const last = start(app, { does: 'idle' })
  // Nobody but it is alive, and it has nothing left to send.
  await last.heard((line) => {
    const { logReport, node } = line['plugins'] as { logReport: { adopted: number; buffered: number; acknowledged: number; sending: boolean }; node: { kind: string } }
    return node.kind === 'file' && logReport.acknowledged > 0 && !logReport.adopted && !logReport.buffered && !logReport.sending
  })
  const found = (await clewline.all(`app:${app} level:info`)).reverse()
  const got = new Map<string, number[]>()
  for (const { label, data } of found) {
    const name = String(label)
    if (!got.has(name)) got.set(name, [])
    got.get(name)?.push((data as { n: number }).n)
  }
  for (const [name, upTo] of durable) {
    const numbers = got.get(name) ?? []
    expect(numbers, `${name} is in order, without a hole, and without a double`).toEqual(numbers.map((_, i) => i + 1))
    expect(numbers.length, `${name} is there as far as it was written down`).toBeGreaterThanOrEqual(upTo)
  }
  expect(durable.size).toBe(begun)
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
})

describe('the end of a process', () => {
  test('by process.exit keeps its code, and what was logged until the last moment', async () => {
    expect(await start('exits', { does: 'exit' }).ended).toBe(7)
    start('exits', { does: 'idle' })
    expect(await messages('exits', 2)).toEqual(['the last words', 'words at the exit'])
  })

  test('by an exception is as it would be without us, and the exception is there', async () => {
    const program = start('throws', { does: 'throws' })
    expect(await program.ended).toBe(1)
    expect(program.errors()).toContain('Error: broken')
    start('throws', { does: 'idle' })
    const [before, fatal] = (await clewline.find('app:throws', 2)).reverse()
    expect(before).toMatchObject({ msg: 'before' })
    expect(fatal).toMatchObject({ level: 'fatal', form: 'error', label: 'process', errorMsg: 'broken', errorCode: 'BROKEN', data: { origin: 'uncaughtException', stack: expect.stringContaining('program.mjs') as string } })
  })

  test('by a rejection too, and only if the host does not listen', async () => {
    expect(await start('rejects', { does: 'rejects' }).ended).toBe(1)
    const program = start('rejects', { does: 'handlesRejections' })
    expect(await program.ended).toBe(0)
    expect(program.said).toEqual([{ handled: 'Error: somebody listens' }])
    start('rejects', { does: 'idle' })
    const found = await clewline.find('app:rejects', 2)
    expect(found.map(({ level, errorMsg }) => [level, errorMsg]).sort()).toEqual([['error', 'somebody listens'], ['fatal', 'nobody catches']])
  })

  test('comes when its work is done, and its logs have arrived', async () => {
    expect(await start('finishes', { does: 'finish', exitWait: 20_000 }).ended).toBe(0)
    expect((await clewline.search('app:finishes')).map(({ msg }) => msg)).toEqual(['done'])
  })

  test('is held up by a server that does not answer for no longer than it was told, and the next process delivers', async () => {
    let silent = true
    const between = await listen((request, response) => {
      if (!silent) request.pipe(forward(clewline.url + String(request.url), { method: 'POST', headers: request.headers }, (answer) => answer.pipe(response)))
    })
    const began = performance.now()
    expect(await start('held', { does: 'finish', endpoint: between.url, exitWait: 300 }).ended).toBe(0)
    expect(performance.now() - began).toBeLessThan(10_000) // fetch would wait for 20 s
    silent = false
    start('held', { does: 'idle', endpoint: between.url })
    expect(await messages('held', 1)).toEqual(['done'])
    await between.close()
  })
})

test.each(['program.mjs', 'program.cjs'] as const)('%s logs from modules, CommonJS and workers', async (file) => {
  const app = file.replace('.', '-')
  const program = start(app, { file, does: 'worker' })
  expect([await program.ended, program.errors()]).toEqual([0, ''])
  const found = (await clewline.find(`app:${app}`, file === 'program.cjs' ? 1 : 2)).map(({ msg, host, callId }) => [msg, typeof host, callId]).sort()
  expect(found).toEqual(file === 'program.cjs'
    ? [['from CommonJS', 'string', 'c-cjs']]
    : [['from a worker', 'string', undefined], ['from the main thread', 'string', undefined]])
})

test('requests that run at the same time each log under their own call and trace, across two services', async () => {
  expect(await start('served', { does: 'serve' }).ended).toBe(0)
  const found = await clewline.find('app:served', 12)
  for (const callId of ['c-1', 'c-2', 'c-3']) {
    const mine = found.filter((event) => event['callId'] === callId).reverse()
    expect(mine.map(({ msg }) => msg)).toEqual(['request begins', 'request begins', 'request ends', 'request ends'])
    expect(new Set(mine.map(({ traceId }) => traceId)).size).toBe(1)
    const [outer, inner] = mine
    expect(inner).toMatchObject({ childOf: outer?.['spanId'] })
  }
  expect(new Set(found.map(({ traceId }) => traceId)).size).toBe(3)
})

describe('a folder that cannot be written', () => {
  test('does not hurt: it is said, and the logs are sent from memory', async () => {
    await chmod(folder, 0o555)
    const nobody = process.getuid?.() === 0 ? 65_534 : undefined // root may write anywhere
    const program = start('denied', { does: 'status', folder: join(folder, 'logs'), until: 'error', uid: nobody })
    const { onDisk, status } = await program.heard(() => true) as { onDisk: boolean; status: { faults: number; plugins: Record<string, object> } }
    expect([onDisk, status.faults]).toEqual([false, 0])
    expect(status.plugins['node']).toMatchObject({ kind: 'none', lastError: expect.stringContaining('EACCES') as string })
    expect(await program.ended).toBe(0)
    expect(program.errors()).toMatch(/^(clewline: logs cannot be written on this device: .*\n)?$/)
    expect(await messages('denied', 20)).toHaveLength(20)
  })

  test('nor does a file in its place', async () => {
    await writeFile(join(folder, 'file'), '')
    const program = start('file', { does: 'status', folder: join(folder, 'file'), until: 'error' })
    const { status } = await program.heard(() => true) as { status: { plugins: Record<string, object> } }
    expect(status.plugins['node']).toMatchObject({ kind: 'none', lastError: expect.stringMatching(/EEXIST|ENOTDIR/) as string })
    expect(await program.ended).toBe(0)
    expect(await messages('file', 20)).toHaveLength(20)
  })
})

/** A file system of 400 KB that only the child sees, where the kernel lets us; else files of at most 64 KB each. */
const smallDisk = (path: string): string[] => {
  try {
    execFileSync('unshare', ['-rm', 'true'], { stdio: 'ignore' })
    return ['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o size=400k tmpfs '${path}' && exec "$@"`, 'sh']
  } catch {
    return ['sh', '-c', 'trap "" XFSZ; ulimit -f 128; exec "$@"', 'sh']
  }
}

test('a full disk is said, costs the oldest first, and everything arrives from memory', async () => {
  const small = join(folder, 'small')
  await mkdir(small)
  const program = start('full', { does: 'fill', folder: small, through: smallDisk(small) })
  const status = await program.heard(() => true) as { faults: number; logged: number; warnings: string[]; plugins: Record<string, Record<string, unknown>> }
  expect(status.faults).toBe(0)
  expect(await program.ended).toBe(0)
  expect(program.errors()).toMatch(/^(clewline: there is no room on this device .*\n)*$/)
  expect(status.plugins['node']).toMatchObject({ kind: 'file', dropped: { quota: expect.any(Number) as number } })
  expect(status.warnings.join() + JSON.stringify(status.plugins['node'])).toMatch(/no room|ENOSPC|EFBIG/)
  await vi.waitUntil(async () => (await clewline.all('app:full')).length === 2400, { timeout: 20_000, interval: 200 })
  expect(status.plugins['logReport']).toMatchObject({ dropped: 0, missing: 0 })
})
