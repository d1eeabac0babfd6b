import type { Driver, OpenDriver } from './driver'

/** The version of the format stands in the name: an older SDK in another tab never meets a database that it cannot read. */
const NAME = 'clewline-1'
const TABLE = 'rows'

const range = ([from, to]: readonly [string, string]): IDBKeyRange => IDBKeyRange.bound(from, to)

export const openIndexedDB: OpenDriver = (lost) =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE)
    opening.onerror = opening.onblocked = () => reject(opening.error ?? new Error('blocked'))
    opening.onsuccess = () => {
      const db = opening.result
      /** Of what waits for a transaction: one that begins while the connection is taken away may never tell how it ended. */
      const waiting = new Set<(error: Error) => void>()
      db.onclose = () => { // Safari loses connections; so does whoever clears the site's data
        lost()
        waiting.forEach((failed) => failed(new Error('the connection was lost')))
      }
      db.onversionchange = () => {
        db.close()
        lost()
      }

      /** Resolves when all that the body asks for is committed, and hands back what the body gave. */
      const run = <Result>(mode: IDBTransactionMode, body: (table: IDBObjectStore) => Result, strict?: boolean): Promise<Result> =>
        new Promise<Result>((done, failed) => {
          // Relaxed survives the death of any process, strict also a power cut.
          const change = db.transaction(TABLE, mode, { durability: strict ? 'strict' : 'relaxed' })
          const result = body(change.objectStore(TABLE))
          waiting.add(failed)
          change.oncomplete = () => {
            waiting.delete(failed)
            done(result)
          }
          change.onabort = () => {
            waiting.delete(failed)
            failed(change.error ?? new Error('aborted'))
          }
        })

      const driver: Driver = {
        kind: 'indexeddb',
        binary: true,
        write: (rows, gone = [], strict) =>
          run('readwrite', (table) => {
            gone.forEach((keys) => table.delete(range(keys)))
            rows.forEach(([key, value]) => table.put(value, key))
            table.transaction.commit?.() // does not wait for the answers: the page may be going
          }, strict),
        async rows(keys) {
          const [names, values] = await run('readonly', (table) => [table.getAllKeys(range(keys)), table.getAll(range(keys))] as const)
          return names.result.map((name, i) => [name as string, values.result[i] as unknown])
        },
        keys: async (keys) => (await run('readonly', (table) => table.getAllKeys(range(keys)))).result as string[],
        async change(key, change) {
          let changed = false
          await run('readwrite', (table) => {
            const old = table.get(key)
            old.onsuccess = () => {
              const value = change(old.result)
              changed = value !== undefined
              if (changed) table.put(value, key)
            }
          })
          return changed
        },
        close: () => db.close(),
      }
      resolve(driver)
    }
  })
