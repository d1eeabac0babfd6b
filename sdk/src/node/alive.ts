import * as fs from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isMainThread, threadId } from 'node:worker_threads'

import type { Environment } from '../core/environment'
import { codeOf } from './folder'

/** A process says this often that it is alive, in ms ... */
const BEAT = 10_000
/** ... and where its process cannot be looked up it is believed for so long. */
const BELIEVED = 90_000

const PREFIX = 'clewline:'
const SUFFIX = '.alive'

/** Who holds a name: enough to tell whether it still lives. */
interface Holder {
  /** Where process ids mean the same: machine, boot and container. */
  readonly place: string
  readonly pid: number
  /** When the process began, as the system counts; ids are given again. */
  readonly began?: string
  /** A worker's: it may end before its process. */
  readonly thread: number
}

const textOf = (read: () => string): string => {
  try {
    return read().trim()
  } catch {
    return '' // not Linux
  }
}

const placeOfProcess = (): string =>
  [hostname(), textOf(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')), textOf(() => fs.readlinkSync('/proc/self/ns/pid'))].join(' ')

/** The start of a process in ticks since the boot: the 22nd field, counted behind the name, which may hold anything. */
const beginningOf = (pid: number): string =>
  textOf(() => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[19] ?? '')

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM' // somebody else's
  }
}

/** Locks among the processes that share a folder. */
export interface FolderLocks {
  readonly locks: NonNullable<Environment['locks']>
  /** Writes down once more what is held, as the folder may be new. It throws where it cannot be written. */
  write(): void
  /** The process exits: gives up everything at once. */
  leave(): void
}

/**
 * Web Locks as far as streams need them: a name is held by a file that says by whom. The
 * death of a process of this machine shows at once, that of one elsewhere, or of a worker,
 * by its silence.
 */
export const createFolderLocks = (folder: string, now: () => number): FolderLocks => {
  const held = new Set<string>()
  const me: Holder = { place: placeOfProcess(), pid: process.pid, began: beginningOf(process.pid), thread: isMainThread ? 0 : threadId }
  const fileOf = (name: string): string => join(folder, name.slice(PREFIX.length) + SUFFIX)
  let timer: NodeJS.Timeout | undefined

  const write = (): void => {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const name of held) fs.writeFileSync(fileOf(name), JSON.stringify(me), { mode: 0o600 })
  }

  const beat = (): void => {
    const at = new Date(now())
    for (const name of held) void fs.promises.utimes(fileOf(name), at, at).catch(() => {})
  }

  const isAlive = ({ place, pid, began, thread }: Holder, beatAt: number): boolean => {
    const recently = Math.abs(now() - beatAt) < BELIEVED
    if (place !== me.place) return recently
    if (!runs(pid)) return false
    if (began && began !== beginningOf(pid)) return false
    return (thread === 0 && !!began) || recently // without its beginning the pid may be somebody else's
  }

  const locks = {
    async request(name: string, body: () => Promise<unknown>) {
      held.add(name)
      timer ??= setInterval(beat, BEAT).unref()
      try {
        write()
      } catch {
        // It is written when the folder can be opened.
      }
      await body()
      held.delete(name)
      if (!held.size) {
        clearInterval(timer)
        timer = undefined
      }
      fs.rmSync(fileOf(name), { force: true })
    },
    async query() {
      const found: { name: string }[] = [...held].map((name) => ({ name }))
      for (const file of await fs.promises.readdir(folder)) {
        if (!file.endsWith(SUFFIX)) continue
        const name = PREFIX + file.slice(0, -SUFFIX.length)
        if (held.has(name)) continue
        try {
          const path = join(folder, file)
          const [text, { mtimeMs }] = await Promise.all([fs.promises.readFile(path, 'utf8'), fs.promises.stat(path)])
          // One that is being written, or is torn, is believed for a while.
          const holder = text ? JSON.parse(text) as Holder : { place: '', pid: 0, thread: 0 }
          if (isAlive(holder, mtimeMs)) found.push({ name })
          else await fs.promises.rm(path, { force: true })
        } catch {
          // Gone meanwhile.
        }
      }
      return { held: found, pending: [] }
    },
  }
  return {
    locks: locks as unknown as FolderLocks['locks'],
    write,
    leave() {
      for (const name of held) {
        try {
          fs.rmSync(fileOf(name), { force: true })
        } catch {
          // Its process will be found dead.
        }
      }
    },
  }
}
