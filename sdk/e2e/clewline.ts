import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The binary under test: CLEWLINE_BIN, or what `make build` leaves. */
const binary = process.env['CLEWLINE_BIN'] ?? '../bin/clewline'

/** A real server on a folder of its own. */
export interface Clewline {
  readonly url: string
  /** Keys of one new project: what a page writes with, and what we read with. */
  readonly browserKey: string
  readonly readKey: string
  /** Makes another key, as `clewline key create` does. */
  key(...args: string[]): Promise<string>
  /** What a search finds, newest first. */
  search(query: string): Promise<Record<string, unknown>[]>
  /** All that a search finds, page by page. */
  all(query: string): Promise<Record<string, unknown>[]>
  /** Asks until the search finds so many. */
  find(query: string, count: number): Promise<Record<string, unknown>[]>
  /** kill -9, and a start on the same folder and port. */
  restart(): Promise<void>
  kill(): Promise<void>
  stop(): Promise<void>
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (!address || typeof address === 'string') throw new Error('no port')
  return address.port
}

const soon = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 50) })

export const startClewline = async (): Promise<Clewline> => {
  const data = await mkdtemp(join(tmpdir(), 'clewline-sdk-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`

  const start = async () => {
    const process = spawn(binary, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    process.stderr.on('data', (chunk: Buffer) => { errors = (errors + chunk.toString()).slice(-4000) })
    const failed = once(process, 'error').then(([error]) => { throw error })
    const ready = async (): Promise<void> => {
      for (;;) {
        if (process.exitCode !== null) throw new Error(`${binary} serve ended with ${process.exitCode}: ${errors}`)
        const response = await fetch(`${url}/readyz`).catch(() => undefined)
        if (response?.ok) return
        await soon()
      }
    }
    await Promise.race([ready(), failed])
    return process
  }
  let running = await start()

  const key = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(binary, ['key', 'create', '--data', data, '--project', 'phone', ...args])
    return stdout.trim()
  }
  const readKey = await key('--type', 'read')

  const page = async (query: string, cursor = ''): Promise<{ found: Record<string, unknown>[]; next?: string }> => {
    const response = await fetch(`${url}/v1/search?limit=10000&q=${encodeURIComponent(query)}&cursor=${encodeURIComponent(cursor)}`, { headers: { authorization: `Bearer ${readKey}` } })
    const text = await response.text()
    if (!response.ok) throw new Error(`search ${query}: ${response.status} ${text}`)
    const lines = text.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    const end = lines.find((line) => 'clewline' in line)?.['clewline'] as { next?: string } | undefined
    return { found: lines.filter((line) => !('clewline' in line)), next: end?.next }
  }
  const search = async (query: string): Promise<Record<string, unknown>[]> => (await page(query)).found

  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (running.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill(signal)
    await ended
  }

  return {
    url,
    browserKey: await key('--type', 'browser', '--origin', '*'),
    readKey,
    key,
    search,
    async all(query) {
      const everything: Record<string, unknown>[] = []
      for (let cursor: string | undefined = ''; cursor !== undefined;) {
        const { found, next } = await page(query, cursor)
        everything.push(...found)
        cursor = next || undefined
      }
      return everything
    },
    async find(query, count) {
      for (;;) {
        const found = await search(query)
        if (found.length >= count) return found
        await soon()
      }
    },
    kill: () => kill('SIGKILL'),
    async restart() {
      await kill('SIGKILL')
      running = await start()
    },
    async stop() {
      await kill('SIGTERM')
      await rm(data, { recursive: true, force: true })
    },
  }
}
