import { hex } from '../core/environment'
import type { Driver, KeyRange, OpenDriver, Row } from '../data/driver'
import type { Lines } from '../data/rows'
import { chunkKey, chunkName, decodeChunk, encodeChunk, isChunk } from './chunk'
import { asRoom, createFolder, type FileSystem, type Folder, type Fsync } from './folder'
import { emptyJournal, encode, extend, parseJournal, setter, type Cell, type Change, type Journal } from './journal'

/** An open file is written anew when so many of its bytes are of no use any more. */
const WASTE = 64 * 1024
/** Attempts at changing a row that others change too. */
const ATTEMPTS = 10
/** What nobody has touched for so long is nobody's; in ms. */
const LONG = 3_600_000

/** Rows of all keys that are no stream's. */
const REST = 'rest'

/** Whose file a row is in: that of its stream. */
const familyOf = (key: string): string => /^[ds](\d{8}[0-9a-z]*)(?:\/|$)/.exec(key)?.[1] ?? REST
const fileOf = (family: string): string => `${family}.log`

/** Whether the range may reach into the files of several streams. */
const isWide = ([from, to]: KeyRange): boolean => from !== to && (familyOf(from) === REST || familyOf(from) !== familyOf(to))

/** Something to be written that is not on its way yet, or not confirmed. */
interface Job {
  readonly family: string
  readonly put: Row[]
  readonly gone: KeyRange[]
  readonly strict: boolean
  /** The record, once it is made. */
  record?: Buffer
  /** It was written at the exit. */
  done?: boolean
}

/** Rows in the files of a folder, which several processes share. */
export interface Files {
  readonly open: OpenDriver
  /** The process exits: what is under way, and all that comes, is written at once. */
  leave(): void
  /** Writes rows at once, if no driver is open that does. */
  spill(rows: readonly Row[]): void
  /** Parts of files that could not be read, since the process began. */
  damaged(): number
}

export interface FilesOptions {
  readonly fsync?: Fsync
  readonly fs?: FileSystem
  /** Is called when the folder is there, each time. */
  readonly opened?: () => void
}

export const createFiles = (path: string, { fsync = 'flush', fs, opened }: FilesOptions = {}): Files => {
  const folder: Folder = createFolder(path, fsync, fs)
  const me = hex(crypto.getRandomValues(new Uint8Array(6)))
  const journals = new Map<string, { journal: Journal; ino: number }>()
  const mine = new Set<string>() // files that we began: nobody but us writes them anew
  const chains = new Map<string, Promise<unknown>>()
  const jobs = new Set<Job>()
  let count = 0
  let leaving = false
  let isOpen = false
  let damaged = 0

  /** One thing at a time for each file. */
  const inTurn = <Result>(family: string, body: () => Promise<Result>): Promise<Result> => {
    const before = chains.get(family) ?? Promise.resolve()
    const turn = before.then(body, body)
    const tail = turn.then(() => {}, () => {}).then(() => { if (chains.get(family) === tail) chains.delete(family) })
    chains.set(family, tail)
    return turn
  }

  const read = async (family: string, withText: boolean): Promise<Journal> =>
    parseJournal((await folder.read(fileOf(family))) ?? Buffer.alloc(0), withText)

  /** What a file holds, without its lines; read again only when it has changed. */
  const journalOf = async (family: string): Promise<Journal> => {
    const now = await folder.stat(fileOf(family))
    const known = journals.get(family)
    if (!now) return emptyJournal() // what was known is kept: somebody may have deleted it under us
    if (known?.ino === now.ino && known.journal.size === now.size) return known.journal
    const journal = await read(family, false)
    damaged += Math.max(0, journal.damaged - (known?.journal.damaged ?? 0))
    journals.set(family, { journal, ino: now.ino })
    return journal
  }

  const changeOf = (put: readonly Row[], gone: readonly KeyRange[], condition?: Change['if']): Change => {
    const isRun = ([key, value]: Row): boolean => key[0] === 'd' && Array.isArray(value) && typeof value[0] === 'string' && value.length === 2
    return { by: me, n: ++count, if: condition, gone, put: put.filter((row) => !isRun(row)), runs: put.filter(isRun).map(([key, value]) => [key, value as Lines]) }
  }

  /** The change that a job makes. Where the file is gone, what was known of its stream is written once more. */
  const changeOfJob = ({ family, put, gone }: Job, size: number): Change => {
    const known = size || !mine.has(family) ? undefined : journals.get(family)?.journal
    const lost = known ? [...known.rows].filter(([, cell]) => 'value' in cell).map(([key, { value }]): Row => [key, value]) : []
    return changeOf([...lost, ...put], gone)
  }

  /** Adds a change to a file, and to what is known of it. */
  const append = async (family: string, make: (size: number) => readonly [Change, Buffer], strict: boolean, needed: boolean): Promise<void> => {
    let change: Change | undefined
    const { before, size, ino } = await folder.append(fileOf(family), (at) => {
      const [made, record] = make(at)
      change = made
      return record
    }, strict, needed)
    if (!before) {
      mine.add(family)
      journals.set(family, { journal: emptyJournal(), ino })
    }
    const known = journals.get(family)
    if (change && known?.ino === ino && known.journal.size === before) extend(known.journal, change, size)
  }

  /** Whether nobody else writes the file: it is ours, or its process is long gone. */
  const isOurs = async (family: string): Promise<boolean> => {
    if (mine.has(family)) return true
    const now = await folder.stat(fileOf(family))
    return now !== undefined && Date.now() - now.mtimeMs > LONG
  }

  /** Leaves out of an open file what is of no use any more. */
  const tidy = async (family: string): Promise<void> => {
    const journal = await journalOf(family)
    let live = 0
    for (const { bytes } of journal.rows.values()) live += bytes
    if (!mine.has(family) || journal.size - live < Math.max(WASTE, live)) return
    const { rows, size } = await read(family, true)
    const bytes = encode(changeOf([...rows].map(([key, cell]): Row => [key, 'value' in cell ? cell.value : [cell.text ?? '', cell.omitted ?? []]]), []))
    const rename = await folder.prepare(fileOf(family), bytes)
    const now = await folder.stat(fileOf(family))
    if (now?.size === size && !leaving) rename()
    journals.delete(family)
  }

  const run = async (job: Job): Promise<void> => {
    const { family, gone } = job
    if (job.done) return
    const chunks = job.put.filter(([key, value]) => isChunk(key, value))
    const rest: Row[] = job.put.filter(([key, value]) => !isChunk(key, value))
    for (const row of chunks) {
      const bytes = encodeChunk(row[1] as [Uint8Array, []])
      if (bytes) (await folder.prepare(chunkName(row[0]), bytes))()
      else rest.push(row)
    }
    if (chunks.length && fsync !== 'never') await folder.syncNames()
    const names = gone.length ? (await folder.names()).filter((name) => familyOf(chunkKey(name) ?? '') === family) : []
    const files = names.filter((name) => {
      const key = chunkKey(name) as string
      return gone.some(([from, to]) => key >= from && key <= to) && !chunks.some(([put]) => put === key)
    })
    const { rows, size: before } = gone.length || rest.length ? await journalOf(family) : emptyJournal()
    const touched = [...rows.keys()].filter((key) => gone.some(([from, to]) => key >= from && key <= to))
    if (!rest.length && touched.length && touched.length === rows.size && (await isOurs(family))) {
      await folder.remove(fileOf(family))
      journals.delete(family)
      mine.delete(family)
    } else if (rest.length || touched.length) {
      const left: Job = { ...job, put: rest, gone: touched.length ? gone : [] }
      await append(family, (size) => {
        const change = changeOfJob(left, size)
        return [change, (job.record = encode(change))]
      }, job.strict, !rest.length)
    }
    for (const name of files) await folder.remove(name)
    if (touched.length || (mine.has(family) && before > 4 * WASTE)) await tidy(family)
  }

  const start = (job: Job): Promise<void> => {
    jobs.add(job)
    const done = inTurn(job.family, () => run(job))
    const forget = (): void => { jobs.delete(job) }
    done.then(forget, forget)
    return done
  }

  const jobsOf = (rows: readonly Row[], gone: readonly KeyRange[], families: readonly string[], strict: boolean): Job[] => {
    const all = new Map<string, Job>()
    const of = (family: string): Job => {
      let job = all.get(family)
      if (!job) all.set(family, (job = { family, put: [], gone: [], strict }))
      return job
    }
    for (const range of gone) for (const family of isWide(range) ? families : [familyOf(range[0])]) of(family).gone.push(range)
    for (const row of rows) of(familyOf(row[0])).put.push(row)
    return [...all.values()]
  }

  /** Of streams and of the rest, as far as there is something. */
  const familiesIn = async ([from, to]: KeyRange): Promise<{ families: string[]; chunks: string[] }> => {
    const names = await folder.names()
    const chunks = names.map(chunkKey).filter((key): key is string => key !== undefined && key >= from && key <= to)
    const [first, last] = [familyOf(from), familyOf(to)]
    const open = names.filter((name) => name.endsWith('.log')).map((name) => name.slice(0, -4))
    const families = [...new Set([...open, ...chunks.map(familyOf)])]
    return { families: first === last && first !== REST ? families.filter((one) => one === first) : families, chunks }
  }

  /** At the exit. Chunks are left out: their lines are there already. */
  const writeNow = (job: Job): void => {
    job.done = true
    const put = job.put.filter(([key, value]) => !isChunk(key, value))
    const gone = put.length < job.put.length ? [] : job.gone
    if (job.record ?? put.length + gone.length) folder.appendNow(fileOf(job.family), job.record ?? encode(changeOf(put, gone)), job.strict)
  }

  const cellsIn = async (range: KeyRange, withText: boolean): Promise<{ cells: [string, Cell][]; chunks: string[] }> => {
    const { families, chunks } = await familiesIn(range)
    const cells: [string, Cell][] = []
    for (const family of families) {
      const { rows } = withText ? await read(family, true) : await journalOf(family)
      for (const row of rows) if (row[0] >= range[0] && row[0] <= range[1]) cells.push(row)
    }
    return { cells, chunks }
  }

  const driver: Driver = {
    kind: 'file',
    binary: true,
    async write(rows, gone = [], strict = false) {
      try {
        if (leaving) return jobsOf(rows, gone, [], strict).forEach(writeNow)
        const families = gone.some(isWide) ? (await familiesIn(['', '~'])).families : []
        await Promise.all(jobsOf(rows, gone, families, strict).map(start))
      } catch (error) {
        throw asRoom(error)
      }
    },
    async rows(range) {
      const isAboutStreams = range[0][0] === 's' && range[1][0] === 's'
      const { cells, chunks } = await cellsIn(range, !isAboutStreams)
      const found = cells.map(([key, cell]): Row => [key, 'value' in cell ? cell.value : [cell.text ?? '', cell.omitted ?? []]])
      for (const key of chunks) {
        const file = await folder.read(chunkName(key))
        if (file) found.push([key, decodeChunk(file)])
      }
      return found.sort(([a], [b]) => (a < b ? -1 : 1))
    },
    async keys(range) {
      const { cells, chunks } = await cellsIn(range, false)
      return [...new Set([...cells.map(([key]) => key), ...chunks])].sort()
    },
    change(key, change) {
      const family = familyOf(key)
      return inTurn(family, async () => {
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
          const there = (await journalOf(family)).rows.get(key)
          const value = change(there?.value)
          if (value === undefined) return false
          const mark = changeOf([[key, value]], [], [key, there ? setter(there) : ''])
          await append(family, () => [mark, encode(mark)], false, true)
          // Who came first is told by the file; whoever wrote it anew meanwhile took ours out.
          if ((await journalOf(family)).decided.get(setter(mark))) return true
        }
        throw new Error(`${path} is busy`)
      })
    },
    close() { isOpen = false },
  }

  return {
    async open() {
      try {
        await folder.open()
        for (const name of await folder.names()) {
          if (!name.endsWith('.part')) continue
          const part = await folder.stat(name)
          if (part && Date.now() - part.mtimeMs > LONG) await folder.remove(name)
        }
        opened?.()
      } catch (error) {
        throw asRoom(error)
      }
      isOpen = true
      return driver
    },
    leave() {
      if (leaving) return
      leaving = true
      for (const job of jobs) {
        try {
          writeNow(job)
        } catch {
          // The disk is full, or gone: nothing is left to be done.
        }
      }
    },
    spill(rows) {
      if (isOpen || !leaving) return
      try {
        folder.openNow()
        jobsOf(rows, [], [], false).forEach(writeNow)
      } catch {
        // As above.
      }
    },
    damaged: () => damaged,
  }
}
