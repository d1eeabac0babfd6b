import * as fs from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

import type { Environment } from '../core/environment'
import type { Handle, Host } from '../core/plugin'
import { createData, type Data, type DataOptions } from '../data/logData'
import type { StoreStatus } from '../data/store'
import { createFolderLocks } from './alive'
import { createFiles } from './files'
import type { FileSystem, Fsync } from './folder'
import { watchProcess } from './processEvents'
import { quietFetch } from './quietFetch'

/** How a program keeps its logs, and how it ends. */
export interface NodeOptions {
  /** Where logs are kept until the server has them, and for days. It is made if need be; several processes may share it. Without it they wait in memory. */
  folder?: string
  /** Events are kept for so many days. By default 7; 0 keeps them only until the server has them. */
  days?: number
  /** They take at most so many bytes, of all processes of the folder together. By default 200,000,000. */
  maxBytes?: number
  /** The least severe level that is kept. By default debug. */
  level?: DataOptions['level']
  /** When the disk itself is asked to write: by `T.$flush('disk')` (flush, the default), at every commit (always), or never. */
  fsync?: Fsync
  /** How long a process that has nothing left to do waits for its logs to be delivered, in ms. By default 2,000; 0 does not wait. */
  exitWait?: number
  /** Whether uncaught exceptions and unhandled rejections are logged. By default true. */
  uncaught?: boolean
  /** What sends, in place of our own, which keeps no process alive: for a proxy, or for certificates of your own. */
  fetch?: Environment['fetch']
  /** The file system, for tests. */
  fs?: FileSystem
}

/** How the program's logs stand. */
export interface NodeStatus extends Partial<StoreStatus> {
  /** The folder, as an absolute path. */
  folder?: string
  /** Parts of files that could not be read: torn by a kill, or damaged. */
  damaged?: number
}

/** The tracker's hold on the process. */
export interface NodeProgram extends Handle {
  readonly name: 'node'
  /** Resolves to whether all that was logged so far is written down. */
  flush(): Promise<boolean>
  status(): NodeStatus
  stop(): Promise<void>
}

/** The id of the folder, the same after a restart; undefined where it cannot be kept. */
const keptId = (folder: string, fresh: string): string | undefined => {
  const path = join(folder, 'client')
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    fs.writeFileSync(path, fresh, { flag: 'wx', mode: 0o600 })
    return fresh
  } catch {
    try {
      const id = fs.readFileSync(path, 'utf8')
      return /^[0-9a-f]{24}$/.test(id) ? id : undefined
    } catch {
      return undefined
    }
  }
}

/**
 * Makes a tracker at home in a Node process: logs are kept in a folder, nothing of ours
 * keeps the process alive, and what it logs at its end and dies of is kept.
 *
 * @example
 * T.$use(node, { folder: '/var/lib/shop/logs' })
 * T.$use(logReport, { endpoint: 'https://logs.example.com', app: 'shop', key })
 */
export const node = (host: Host, options: NodeOptions = {}): NodeProgram => {
  const { env } = host
  const { days, maxBytes = 200_000_000, level, fsync, exitWait = 2000, uncaught = true, fs: system } = options
  const folder = options.folder ? resolve(String(options.folder)) : undefined
  if ('folder' in options && folder === undefined) host.warn('the folder for logs has no name; they wait in memory only') // an unset variable
  const before = { fetch: env.fetch, timer: env.timer, client: env.client }
  env.fetch = options.fetch ?? quietFetch
  env.timer = (callback, ms) => before.timer(callback, ms, true)

  const locks = folder === undefined ? undefined : createFolderLocks(folder, env.now)
  const files = folder === undefined ? undefined : createFiles(folder, { fsync, fs: system, opened: () => locks?.write() })
  const gone = new EventTarget()
  let data: Data | undefined
  if (folder !== undefined && files && locks) {
    const id = keptId(folder, env.client())
    if (id) env.client = () => id
    const here: Host = {
      ...host,
      env: { ...env, locks: locks.locks, window: gone },
      get store() { return host.store },
      set store(store) { host.store = store },
    }
    data = createData(here, { days, maxBytes, level, drivers: [files.open] }, { spill: (_, rows) => files.spill(rows), absorb: async () => {} })
  }
  host.context({ host: hostname() })

  let leaving = false
  const leave = (): void => {
    leaving = true
    files?.leave()
    gone.dispatchEvent(new Event('pagehide')) // the store takes it from there
    locks?.leave()
  }
  // Who logs after us at the end is written down as well.
  const remove = data && host.sink({ destination: 'store', take() { if (leaving) leave() }, omit() {} })
  const unwatch = watchProcess(host, {
    leave, exitWait, uncaught,
    async deliver() {
      await data?.flush()
      const report = host.handle('logReport')
      if (!(await report?.flush?.())) return
      // What a dead process has left is on its way as well; short programs would leave it for ever.
      const adopts = (): boolean => {
        const { adopted, failures } = (report?.status?.() ?? {}) as { adopted?: number; failures?: number }
        return !!adopted && !failures
      }
      while (adopts()) await new Promise<void>((done) => { env.timer(done, 20, true) })
    },
  })

  return {
    name: 'node',
    flush: () => data?.flush() ?? Promise.resolve(true),
    status: () => ({ ...data?.status(), folder, damaged: files?.damaged() }),
    async stop() {
      unwatch()
      remove?.()
      Object.assign(env, before) // at once: another of us may take our place
      await data?.stop()
    },
  }
}
