import { createRequire } from 'node:module'

import type { OpenDatabase } from '../data/webSQL'

interface Query { readonly sql: string; readonly args: readonly unknown[] }
interface Answer { readonly error?: Error; readonly insertId?: number; readonly rowsAffected?: number; readonly rows?: Record<string, unknown>[] }
interface Engine {
  prepare(sql: string): { bind(args: readonly unknown[]): void; step(): boolean; getAsObject(): Record<string, unknown>; free(): void }
  getRowsModified(): number
}

const require = createRequire(import.meta.url)

/**
 * The Web SQL API as old WebViews have it: the npm package @expo/websql, on SQLite. Each call
 * makes a browser profile of its own; databases of one name are one within it.
 */
export const createOpenDatabase = async (): Promise<OpenDatabase> => {
  const init = require('sql.js') as () => Promise<{ Database: new () => Engine }>
  const { Database } = await init()
  const files = new Map<string, Engine>()

  class SQLite {
    readonly engine: Engine

    constructor(name: string) {
      this.engine = files.get(name) ?? new Database()
      files.set(name, this.engine)
    }

    exec(queries: readonly Query[], _: boolean, callback: (error: Error | null, answers: Answer[]) => void): void {
      callback(null, queries.map(({ sql, args }) => this.run(sql, args)))
    }

    private run(sql: string, args: readonly unknown[]): Answer {
      try {
        const statement = this.engine.prepare(sql)
        statement.bind(args)
        const rows: Record<string, unknown>[] = []
        while (statement.step()) rows.push(statement.getAsObject())
        statement.free()
        return { rows, rowsAffected: this.engine.getRowsModified() }
      } catch (error) {
        return { error: error as Error }
      }
    }
  }

  const custom = require('@expo/websql/custom') as (engine: typeof SQLite) => OpenDatabase
  return custom(SQLite)
}
