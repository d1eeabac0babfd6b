import type { Driver, OpenDriver } from './driver'

// Web SQL is in no standard library of types any more. This is what we use of it.
interface Results {
  readonly rows: { readonly length: number; item(at: number): Record<string, string> }
}
interface Statement {
  executeSql(sql: string, values: readonly string[], done?: (statement: Statement, results: Results) => void): void
}
interface Database {
  transaction(body: (statement: Statement) => void, failed: (error: { code?: number; message: string }) => void, done: () => void): void
}
/** The global function of old WebViews. */
export type OpenDatabase = (name: string, version: string, title: string, bytes: number) => Database

/** What the user is not asked about. */
const ROOM = 5 * 1024 * 1024
/** The code of SQLError that says so. */
const QUOTA = 4

const failure = ({ code, message }: { code?: number; message: string }): Error =>
  Object.assign(new Error(message), code === QUOTA ? { name: 'QuotaExceededError' } : {})

/** For WebViews of before 2019 and embedded browsers that have no IndexedDB. */
export const openWebSQL: OpenDriver = async () => {
  const { openDatabase } = globalThis as unknown as { openDatabase: OpenDatabase }
  const db = openDatabase('clewline-1', '1', 'Logs', ROOM)

  const run = (body: (statement: Statement) => void): Promise<void> =>
    new Promise((done, failed) => { db.transaction(body, (error) => failed(failure(error)), done) })

  const select = async (what: string, range: readonly string[]): Promise<Record<string, string>[]> => {
    const found: Record<string, string>[] = []
    await run((statement) =>
      statement.executeSql(`SELECT ${what} FROM clewline WHERE name BETWEEN ? AND ? ORDER BY name`, range, (_, { rows }) => {
        for (let i = 0; i < rows.length; i++) found.push({ ...rows.item(i) })
      }))
    return found
  }

  const put = (statement: Statement, key: string, value: unknown): void =>
    statement.executeSql('INSERT OR REPLACE INTO clewline VALUES (?, ?)', [key, JSON.stringify(value)])

  await run((statement) => statement.executeSql('CREATE TABLE IF NOT EXISTS clewline (name TEXT PRIMARY KEY, value TEXT)', []))

  const driver: Driver = {
    kind: 'websql',
    binary: false,
    write: (rows, gone = []) =>
      run((statement) => {
        gone.forEach((range) => statement.executeSql('DELETE FROM clewline WHERE name BETWEEN ? AND ?', range))
        rows.forEach(([key, value]) => put(statement, key, value))
      }),
    rows: async (range) => (await select('name, value', range)).map(({ name = '', value = '' }) => [name, JSON.parse(value) as unknown]),
    keys: async (range) => (await select('name', range)).map(({ name = '' }) => name),
    async change(key, change) {
      let changed = false
      await run((statement) =>
        statement.executeSql('SELECT value FROM clewline WHERE name = ?', [key], (same, { rows }) => {
          const value = change(rows.length ? JSON.parse(rows.item(0)['value'] ?? '') : undefined)
          changed = value !== undefined
          if (changed) put(same, key, value)
        }))
      return changed
    },
    close() {},
  }
  return driver
}
