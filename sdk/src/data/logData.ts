import type { LevelOption } from '../core/level'
import type { Handle, Host } from '../core/plugin'
import { createConnection } from './connection'
import type { OpenDriver } from './driver'
import { openIndexedDB } from './indexedDB'
import { openLocalStorage } from './localStorage'
import { openMemory } from './memory'
import { createOwner } from './owner'
import { inStorage, type Parting } from './spill'
import { createStore, type StoreStatus } from './store'

/** How much is kept on this device. */
export interface DataOptions {
  /** Events are kept for so many days. By default 7; 0 keeps them only until the server has them. */
  days?: number
  /** They take at most so many bytes, of all pages of the origin together. By default 50,000,000. */
  maxBytes?: number
  /** The least severe level that is kept. By default debug. */
  level?: Exclude<LevelOption, object>
  /** Where they are kept: the first of these that opens. By default IndexedDB, Web SQL, localStorage, memory. */
  drivers?: readonly OpenDriver[]
}

/** The logs on this device. */
export interface Data extends Handle {
  readonly name: 'logData'
  /** Resolves to whether all that was logged so far is committed. */
  flush(): Promise<boolean>
  status(): StoreStatus
  stop(): Promise<void>
}

/** Few old WebViews have it and nothing better: it is loaded only there. */
const openWebSQL: OpenDriver = async (lost) => {
  if (!('openDatabase' in globalThis)) throw new Error('no Web SQL')
  return (await import('./webSQL')).openWebSQL(lost)
}

const best: readonly OpenDriver[] = [openIndexedDB, openWebSQL, openLocalStorage, openMemory]

/**
 * Keeps events on this device: they outlive the page, are there to be looked at and
 * pulled, and what is to be uploaded waits here until the server has it.
 *
 * @example
 * T.$use(logData, { days: 7, maxBytes: 50_000_000 })
 */
export const logData = (host: Host, options: DataOptions = {}): Data =>
  createData(host, options, inStorage)

/** As logData, for any platform. */
export const createData = (host: Host, options: DataOptions, parting: Parting): Data => {
  const { env } = host
  const { days = 7, maxBytes = 50_000_000, level, drivers = best } = options
  const warn = (message: string): void => host.warn(message)
  const connection = createConnection(env, drivers, (driver) => {
    if (driver.kind === 'memory') warn('nothing can be stored on this device; logs are kept in memory, and lost with the page')
    return parting.absorb(driver)
  })
  const owner = createOwner(env, connection)
  const limits = { days: Number.isFinite(days) ? days : 7, maxBytes: maxBytes >= 0 ? maxBytes : 50_000_000 }
  const store = createStore(env, connection, owner, limits, warn, parting)
  if (level) host.level({ store: level })
  host.store = store

  const undo: (() => void)[] = []
  const on = (target: EventTarget | undefined, type: string, listener: (event: Event) => void): void => {
    target?.addEventListener(type, listener)
    undo.push(() => target?.removeEventListener(type, listener))
  }
  /** The page is frozen or goes: its stream ends here, and others may see to it. */
  const leave = (): void => {
    host.streams.close()
    store.leave()
    owner.release()
  }
  on(env.window, 'pagehide', leave)
  on(env.document, 'freeze', leave)
  on(env.window, 'pageshow', () => owner.renew())
  on(env.document, 'resume', () => owner.renew())
  on(env.document, 'visibilitychange', () => {
    if (env.document?.visibilityState === 'hidden') store.leave()
    else owner.renew()
  })

  const remove = host.sink({
    destination: 'store',
    take: (event) => store.append(event),
    omit() {}, // what is not kept here may be sent all the same
    closed: (stream) => store.closed(stream),
  })

  return {
    name: 'logData',
    flush: () => store.flush(),
    status: () => store.status(),
    async stop() {
      host.streams.close()
      remove()
      await store.flush()
      undo.forEach((one) => one())
      owner.release()
      if (host.store === store) host.store = undefined
      connection.lost()
    },
  }
}
