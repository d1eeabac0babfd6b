import type { Driver, OpenDriver, Row } from './driver'

/** What a synchronous map can do makes a driver; localStorage and memory are such. */
export interface Items {
  keys(): string[]
  get(key: string): unknown
  set(key: string, value: unknown): void
  delete(key: string): void
}

/** A driver over items. What is written is undone when there is no room for all of it. */
export const driverOf = (kind: string, binary: boolean, items: Items): Driver => {
  const keys = ([from, to]: readonly [string, string]): string[] => items.keys().filter((key) => key >= from && key <= to).sort()
  return {
    kind,
    binary,
    // Async functions begin at once, and what they throw is a rejection.
    async write(rows, gone = []) {
      const undo: Row[] = []
      const set = (key: string, value: unknown): void => {
        if (value === undefined) items.delete(key)
        else items.set(key, value)
      }
      const put = (key: string, value: unknown): void => {
        undo.push([key, items.get(key)])
        set(key, value)
      }
      try {
        for (const range of gone) keys(range).forEach((key) => put(key, undefined))
        for (const [key, value] of rows) put(key, value)
      } catch (error) {
        undo.reverse().forEach(([key, value]) => set(key, value))
        throw error
      }
    },
    rows: async (range) => keys(range).map((key) => [key, items.get(key)]),
    keys: async (range) => keys(range),
    async change(key, change) {
      const value = change(items.get(key))
      if (value !== undefined) items.set(key, value)
      return value !== undefined
    },
    close() {},
  }
}

/** As long as the page lives. */
export const openMemory: OpenDriver = async () => {
  const map = new Map<string, unknown>()
  return driverOf('memory', true, { keys: () => [...map.keys()], get: (key) => map.get(key), set: (key, value) => map.set(key, value), delete: (key) => map.delete(key) })
}
