import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A child process, and what it said. */
export interface Program {
  readonly process: ChildProcess
  readonly said: Record<string, unknown>[]
  /** What it printed to stderr. */
  errors(): string
  /** Resolves with the exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Resolves when it has said something of the kind. */
  heard(test: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
}

export interface Start {
  readonly file?: 'program.mjs' | 'program.cjs'
  readonly does?: string
  /** Put before the command, such as `unshare -rm`. */
  readonly through?: readonly string[]
  /** Run as this user. */
  readonly uid?: number
  readonly [option: string]: unknown
}

export const startProgram = ({ file = 'program.mjs', through = [], uid, ...options }: Start): Program => {
  const [command = '', ...args] = [...through, process.execPath, new URL(file, import.meta.url).pathname, JSON.stringify(options)]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(uid !== undefined && { uid, gid: uid }) })
  const said: Record<string, unknown>[] = []
  let errors = ''
  let waiting: (() => void)[] = []
  const wake = (): void => {
    const all = waiting
    waiting = []
    all.forEach((one) => one())
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(JSON.parse(line) as Record<string, unknown>)
    wake()
  })
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString() })
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals)
  let over = false
  void ended.then(() => {
    over = true
    wake()
  })
  return {
    process: child, said, ended,
    errors: () => errors,
    async heard(test) {
      for (;;) {
        const found = said.find(test)
        if (found) return found
        if (over) throw new Error(`the program ended: ${errors}`)
        await new Promise<void>((resolve) => { waiting.push(resolve) })
      }
    },
  }
}
