import * as fs from 'node:fs'
import { join } from 'node:path'

/** What is asked of the file system. Tests give one that fails. */
export type FileSystem = Pick<typeof fs, 'openSync' | 'closeSync' | 'writeSync' | 'mkdirSync' | 'renameSync' | 'unlinkSync'> & {
  readonly promises: Pick<typeof fs.promises, 'open' | 'readFile' | 'readdir' | 'mkdir' | 'stat' | 'unlink' | 'writeFile'>
}

/** When the disk itself is asked to write: at T.$flush('disk') and what is sealed, at every commit, or never. */
export type Fsync = 'flush' | 'always' | 'never'

/** Bytes that are given back when the disk is full, so that making room has room. */
const RESERVE = 64 * 1024
const RESERVE_NAME = 'reserve'

export const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '')

/** Nothing of that name. */
export const isAbsent = (error: unknown): boolean => codeOf(error) === 'ENOENT'

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** The error as the store wants it: no room has a name of its own. */
export const asRoom = (error: unknown): unknown =>
  full.has(codeOf(error)) ? Object.assign(new Error((error as Error).message), { name: 'QuotaExceededError', code: codeOf(error) }) : error

/** The size of a file before and after something was added, and its number. */
export interface Appended {
  readonly before: number
  readonly size: number
  readonly ino: number
}

/** Files of one folder. */
export interface Folder {
  readonly path: string
  open(): Promise<void>
  /** Names of what lies in it. */
  names(): Promise<string[]>
  /** Size and number of the file; undefined where there is none. */
  stat(name: string): Promise<{ size: number; ino: number; mtimeMs: number } | undefined>
  /** What the file holds; undefined where there is none. */
  read(name: string): Promise<Buffer | undefined>
  /**
   * Adds to the end, in one call, so that nobody else's record stands inside of ours. The
   * bytes are made when the file's size is known. Gives the size before and after. What is
   * written in part is taken back. Needed says that room is to be made with it.
   */
  append(name: string, make: (size: number) => Buffer, sync: boolean, needed?: boolean): Promise<Appended>
  /** Makes the folder, at once. */
  openNow(): void
  /** As append, at once, for a process that exits. */
  appendNow(name: string, bytes: Buffer, sync: boolean): void
  /** Writes a whole file under another name. It takes its own with the function that this gives, if the file there is still of that size. */
  prepare(name: string, bytes: Buffer): Promise<() => void>
  /** Makes what was renamed survive a power cut. */
  syncNames(): Promise<void>
  remove(name: string): Promise<void>
}

export const createFolder = (path: string, fsync: Fsync, system: FileSystem = fs): Folder => {
  const { promises } = system
  const at = (name: string): string => join(path, name)
  let reserved = false
  let prepared = 0

  const reserve = async (): Promise<void> => {
    if (reserved) return
    reserved = true
    try {
      await promises.writeFile(at(RESERVE_NAME), Buffer.alloc(RESERVE), { flag: 'wx', mode: 0o600 })
    } catch (error) {
      reserved = codeOf(error) === 'EEXIST'
    }
  }

  const syncFile = async (name: string): Promise<void> => {
    if (fsync === 'never') return
    const file = await promises.open(at(name), 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }

  const addTo = async (name: string, make: (size: number) => Buffer, sync: boolean): Promise<Appended> => {
    const file = await promises.open(at(name), 'a', 0o600)
    try {
      const { size, ino } = await file.stat()
      const bytes = make(size)
      const { bytesWritten } = await file.write(bytes)
      if (bytesWritten < bytes.length) {
        await file.truncate(size)
        throw Object.assign(new Error(`ENOSPC: no space left on device, write '${at(name)}'`), { code: 'ENOSPC' })
      }
      if (fsync === 'always' || (sync && fsync !== 'never')) {
        await file.datasync()
        if (!size) await self.syncNames()
      }
      return { before: size, size: size + bytes.length, ino }
    } finally {
      await file.close()
    }
  }

  const self: Folder = {
    path,
    async open() {
      await promises.mkdir(path, { recursive: true, mode: 0o700 })
      await reserve()
    },
    openNow: () => void system.mkdirSync(path, { recursive: true, mode: 0o700 }),
    names: () => promises.readdir(path),
    async stat(name) {
      try {
        return await promises.stat(at(name))
      } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
      }
    },
    async read(name) {
      try {
        return await promises.readFile(at(name))
      } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
      }
    },
    async append(name, make, sync, needed) {
      try {
        const sizes = await addTo(name, make, sync)
        if (!needed) void reserve()
        return sizes
      } catch (error) {
        if (!needed || !reserved || !full.has(codeOf(error))) throw asRoom(error)
        await self.remove(RESERVE_NAME)
        reserved = false
        return addTo(name, make, sync)
      }
    },
    appendNow(name, bytes, sync) {
      const file = system.openSync(at(name), sync && fsync !== 'never' ? 'as' : 'a', 0o600)
      try {
        system.writeSync(file, bytes)
      } finally {
        system.closeSync(file)
      }
    },
    async prepare(name, bytes) {
      const other = `${name}.${process.pid}-${++prepared}.part`
      try {
        await promises.writeFile(at(other), bytes, { mode: 0o600 })
        await syncFile(other)
      } catch (error) {
        await self.remove(other)
        throw asRoom(error)
      }
      // In one step, for the process may exit between two.
      return () => system.renameSync(at(other), at(name))
    },
    syncNames: () => syncFile('.').catch(() => {}), // Windows opens no folders
    async remove(name) {
      try {
        await promises.unlink(at(name))
      } catch (error) {
        if (!isAbsent(error)) throw error
      }
    },
  }
  return self
}
