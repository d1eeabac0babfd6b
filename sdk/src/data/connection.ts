import type { Environment } from '../core/environment'
import type { Driver, OpenDriver } from './driver'

/** Opening that takes longer has failed: Safari sometimes never answers. In ms. */
const PATIENCE = 3000

/** The way to a driver: the best that opens, and again when it is lost. */
export interface Connection {
  /** The one that is open. */
  readonly driver: Driver | undefined
  /** Opens one if none is. It fails where the one that worked before does not open any more. */
  open(): Promise<Driver>
  /** What is in use is of no use any more. */
  lost(): void
}

/** Tries the drivers in their order. What opened once is kept to: rows are not to be scattered. Opened sees it before anybody else. */
export const createConnection = (env: Environment, drivers: readonly OpenDriver[], opened: (driver: Driver) => Promise<void>): Connection => {
  let choice = drivers
  let opening: Promise<Driver> | undefined

  const tryOne = (open: OpenDriver): Promise<Driver> =>
    new Promise((resolve, reject) => {
      const cancel = env.timer(() => reject(new Error('it did not open')), PATIENCE, true)
      // In an async function a driver that does not exist is a rejection.
      const attempt = async (): Promise<void> => {
        let mine: Driver | undefined
        try {
          mine = await open(() => { if (self.driver === mine) self.lost() })
          resolve(mine)
        } catch (error) {
          reject(error)
        }
        cancel()
      }
      void attempt()
    })

  const tryAll = async (): Promise<Driver> => {
    let last: unknown
    for (const open of choice) {
      try {
        const driver = await tryOne(open)
        choice = [open]
        await opened(driver)
        return driver
      } catch (error) {
        last = error
      }
    }
    throw last
  }

  const self: Connection & { driver: Driver | undefined } = {
    driver: undefined,
    async open() {
      if (self.driver) return self.driver
      opening ??= tryAll()
      try {
        return (self.driver = await opening)
      } finally {
        opening = undefined
      }
    },
    lost() {
      try {
        self.driver?.close()
      } catch {
        // It is gone.
      }
      self.driver = undefined
    },
  }
  return self
}
