import { hex, type Environment } from '../core/environment'
import type { Connection } from './connection'
import { all, ownerKey } from './rows'

/** Without locks a page says this often that it is alive, in ms ... */
const BEAT = 10_000
/** ... and is believed to be for so long: browsers let the timers of hidden pages run once a minute. */
const BELIEVED = 90_000
const DAY = 24 * 60 * 60 * 1000

/** The name under which this page owns its streams, and who else is alive. */
export interface Owner {
  readonly id: string
  /** The page is about to be frozen: others may take over what it owns. */
  release(): void
  /** It lives again, under another name. */
  renew(): void
  /** The pages that are alive, this one included. */
  alive(): Promise<ReadonlySet<string>>
}

/**
 * A page holds a Web Lock as long as it lives, so its death shows within milliseconds.
 * Where there are no locks, it writes down the time.
 */
export const createOwner = (env: Environment, connection: Connection): Owner => {
  let free: (() => void) | undefined
  let cancelBeat: (() => void) | undefined

  const beat = (): void => {
    // Before the first event is written, or others would believe its page dead.
    void connection.open().then((driver) => driver.write([[ownerKey(self.id), env.now()]])).catch(() => {})
    cancelBeat = env.timer(beat, BEAT, true)
  }

  const self = {
    id: '',
    release() {
      free?.()
      cancelBeat?.()
      free = cancelBeat = undefined
    },
    renew() {
      if (free || cancelBeat) return
      self.id = hex(env.bytes(8))
      if (env.locks) {
        const gone = new Promise<void>((resolve) => { free = resolve })
        env.locks.request(`clewline:${self.id}`, () => gone).catch(() => {})
      } else beat()
    },
    async alive() {
      if (env.locks) {
        const { held = [], pending = [] } = await env.locks.query()
        return new Set([...held, ...pending].map(({ name = '' }) => name.slice('clewline:'.length)).concat(free ? self.id : []))
      }
      const driver = await connection.open()
      const now = env.now()
      const beats = await driver.rows(all('o'))
      const isOld = ([, at]: readonly [string, unknown]): boolean => Math.abs(now - Number(at)) > DAY
      if (beats.some(isOld)) await driver.write([], beats.filter(isOld).map(([key]) => [key, key]))
      return new Set([self.id, ...beats.filter(([, at]) => Math.abs(now - Number(at)) < BELIEVED).map(([key]) => key.slice(1))])
    },
  }
  self.renew()
  return self
}
