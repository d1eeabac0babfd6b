/** A key and its value: a string, bytes, or plain data of such. Keys are ASCII. */
export type Row = readonly [key: string, value: unknown]

/** Two keys, both included. */
export type KeyRange = readonly [from: string, to: string]

/** Ordered rows on this device. Every promise may be rejected: the connection can be lost, the room used up. */
export interface Driver {
  /** Where they are, for the status: indexeddb, websql, localstorage, memory, file. */
  readonly kind: string
  /** Whether values may hold bytes. */
  readonly binary: boolean
  /**
   * Takes the ranges away, then puts the rows: all of it or nothing. It begins before it returns.
   * Strict asks that it survives a power cut. An error named QuotaExceededError says that there is no room.
   */
  write(rows: readonly Row[], gone?: readonly KeyRange[], strict?: boolean): Promise<void>
  /** The rows of a range in the order of their keys. */
  rows(range: KeyRange): Promise<Row[]>
  /** The same without values. */
  keys(range: KeyRange): Promise<string[]>
  /** Changes one row in one step; a change that answers undefined changes nothing. Gives whether it did. */
  change(key: string, change: (value: unknown) => unknown): Promise<boolean>
  close(): void
}

/** Opens a driver, or fails where there is none. Lost is called when an open one is of no use any more. */
export type OpenDriver = (lost: () => void) => Promise<Driver>
