import type { Host } from '../core/plugin'

/** What is done when the process comes to its end, and what it dies of. */
export interface ProcessOptions {
  /** Everything that is logged is to be written down at once; called again for what is logged later. */
  readonly leave: () => void
  /** Tries to have everything delivered. */
  readonly deliver: () => Promise<unknown>
  /** How long a process that has nothing left to do waits for that, in ms. */
  readonly exitWait: number
  /** Whether uncaught exceptions and unhandled rejections are logged. */
  readonly uncaught: boolean
}

/**
 * Follows the end of the process without changing it: no signal is caught, and an
 * exception or rejection that would end the process still does.
 */
export const watchProcess = (host: Host, { leave, deliver, exitWait, uncaught }: ProcessOptions): (() => void) => {
  const undo: (() => void)[] = []
  const on = (event: string, listener: (...args: never[]) => void): void => {
    process.on(event as 'exit', listener as () => void)
    undo.push(() => process.off(event as 'exit', listener as () => void))
  }

  on('exit', leave)

  let waited = false
  on('beforeExit', () => {
    if (waited || exitWait <= 0) return // the host may log in each of these
    waited = true
    // The one thing of ours that keeps the process, for so long.
    const timer = setTimeout(() => {}, exitWait)
    void deliver().catch(() => {}).then(() => clearTimeout(timer))
  })

  if (uncaught) {
    const tracker = host.create({ label: 'process', level: { console: 'off' } })
    on('uncaughtExceptionMonitor', (error: unknown, origin: string) => {
      tracker.$error(error, { origin }, { level: 'fatal' })
    })

    // To listen to rejections would keep them from ending the process. So we listen as
    // long as somebody else does; without anybody they come as uncaught exceptions.
    const rejected = (reason: unknown): void => tracker.$error(reason, { origin: 'unhandledRejection' })
    const listens = (): boolean => process.listeners('unhandledRejection').includes(rejected)
    const follow = (): void => {
      const others = process.listenerCount('unhandledRejection') - Number(listens())
      if (others && !listens()) process.on('unhandledRejection', rejected)
      if (!others) process.off('unhandledRejection', rejected)
    }
    follow()
    on('newListener', (event: string, listener: unknown) => {
      if (event === 'unhandledRejection' && listener !== rejected && !listens()) process.on('unhandledRejection', rejected)
    })
    on('removeListener', (event: string) => {
      if (event === 'unhandledRejection') follow()
    })
    undo.push(() => process.off('unhandledRejection', rejected))
  }
  return () => undo.forEach((one) => one())
}
