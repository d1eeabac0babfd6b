import type { OpenDriver } from './driver'
import { driverOf } from './memory'

const PREFIX = 'clewline/'

/** Where there is no database. It holds some 5 MB with everything else of the site, so the store is told to be content with less. */
export const openLocalStorage: OpenDriver = async () => {
  const storage = localStorage
  storage.setItem(PREFIX, '') // throws where it is denied or full
  storage.removeItem(PREFIX)
  return driverOf('localstorage', false, {
    keys: () => Object.keys(storage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length)),
    get(key) {
      const text = storage.getItem(PREFIX + key)
      return text === null ? undefined : JSON.parse(text)
    },
    set: (key, value) => storage.setItem(PREFIX + key, JSON.stringify(value)),
    delete: (key) => storage.removeItem(PREFIX + key),
  })
}
