import type { Environment } from '../core/environment'
import type { StoredPart } from '../core/store'
import type { Outbox } from './outbox'
import type { SenderOptions } from './sending'

/** Attempts at reading from the device before what it should hold is given up, and their distance in ms. */
const ATTEMPTS = 5
const DISTANCE = 1000

const nothing: StoredPart = { lines: [], omitted: [], next: Infinity }

/**
 * Brings what lies on the device into memory. What cannot be read again and again is
 * given up, and declared. Gives how many numbers were not there; it does not fail.
 */
export const supply = async (env: Environment, outbox: Outbox, { store, warn }: SenderOptions): Promise<number> => {
  for (let attempt = 1; ; attempt++) {
    const [from] = outbox.wants() ?? [0]
    try {
      return outbox.supply((await store()?.read(outbox.stream.id, from)) ?? nothing)
    } catch (error) {
      if (attempt < ATTEMPTS) await new Promise<void>((resolve) => { env.timer(resolve, DISTANCE, true) })
      else {
        warn(`what lies on this device cannot be read: ${String(error)}`)
        return outbox.supply(nothing)
      }
    }
  }
}
