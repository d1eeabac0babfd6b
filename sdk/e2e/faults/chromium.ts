import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { chromium, type BrowserContext } from 'playwright-core'

/** A browser with a profile that outlives it. */
export interface Chromium {
  context(): BrowserContext
  /** kill -9 of all its processes, and a start on the same profile. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const flags = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--remote-debugging-port=0',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', 'about:blank',
]

export const startChromium = async (): Promise<Chromium> => {
  const profile = await mkdtemp(join(tmpdir(), 'clewline-profile-'))
  let running: ChildProcess
  let context: BrowserContext

  const start = async (): Promise<void> => {
    // A group of its own, so that a kill takes renderers and the storage process as well.
    running = spawn(process.env['CHROMIUM'] ?? '/usr/bin/chromium', [`--user-data-dir=${profile}`, ...flags], { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
    const address = await new Promise<string>((resolve, reject) => {
      let text = ''
      running.stderr?.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        const [, url] = /DevTools listening on (\S+)/.exec(text) ?? []
        if (url) resolve(url)
      })
      running.once('exit', () => reject(new Error(`chromium ended: ${text.slice(-2000)}`)))
      running.once('error', reject)
    })
    const browser = await chromium.connectOverCDP(address)
    const [first] = browser.contexts()
    if (!first) throw new Error('the browser has no context')
    context = first
  }

  const kill = async (): Promise<void> => {
    if (running.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    process.kill(-(running.pid ?? 0), 'SIGKILL')
    await ended
  }

  await start()
  return {
    context: () => context,
    async restart() {
      await kill()
      await rm(join(profile, 'SingletonLock'), { force: true })
      await start()
    },
    async stop() {
      await kill()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
