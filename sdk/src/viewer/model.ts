import type { Test } from '../query/match'
import { compareRows, membersOf, type Row } from './row'

/** Rows that are held; the oldest go first. */
export const MOST_ROWS = 100_000
/** A slice of work, in ms: a frame has 16. */
const SLICE = 6

/** What is shown. Empty sets show all. */
export interface Filter {
  /** Severities that are hidden. */
  readonly hidden: ReadonlySet<number>
  readonly labels: ReadonlySet<string>
  readonly forms: ReadonlySet<string>
  readonly categories: ReadonlySet<string>
  /** Nothing before this, in epoch ms. */
  readonly since: number
  readonly query: string
}

export const everything: Filter = { hidden: new Set(), labels: new Set(), forms: new Set(), categories: new Set(), since: -Infinity, query: '' }

/** One line of the list: an event, and how many equal ones follow it. */
export interface Shown {
  readonly row: Row
  count: number
}

export interface Counts {
  readonly severities: number[]
  readonly labels: Map<string, number>
  readonly categories: Map<string, number>
}

export interface Model {
  /** All rows, in the order of events. */
  readonly rows: readonly Row[]
  readonly shown: readonly Shown[]
  readonly counts: Counts
  readonly filter: Filter
  /** Rows that pass the filter. */
  readonly passed: number
  /** Rows that went because there were too many. */
  readonly gone: number
  /** Whether rows are still looked at. */
  readonly busy: boolean
  /** Adds rows of any order and age; one that is there already is not added again. */
  add(rows: readonly Row[]): void
  /** Shows by another filter; test is what its query says. */
  change(filter: Partial<Filter>, test?: Test): void
  /** Closes or opens a console group. */
  toggle(group: Row): void
  isClosed(group: Row): boolean
  clear(): void
}

/** The title of a console group: the rows behind it stand one deeper. */
const isTitle = (row: Row, next: Row | undefined): boolean => next !== undefined && next.depth > row.depth && next.label === row.label

/**
 * The list behind the viewer. Work on many rows is cut into slices, so that the page
 * can do its own in between; changed is called after each.
 */
export const createModel = (later: (work: () => void) => () => void, now: () => number, changed: () => void): Model => {
  let rows: Row[] = []
  const known = new Set<string>()
  let shown: Shown[] = []
  let filter = everything
  let test: Test | undefined
  let next = 0 // the first row that was not looked at
  let passed = 0
  let gone = 0
  let inside: Row | undefined // the closed group that we are in
  const closed = new Set<string>()
  let cancel: (() => void) | undefined
  let counts: Counts = { severities: [0, 0, 0, 0, 0, 0], labels: new Map(), categories: new Map() }

  const keyOf = (row: Row): string => (row.seq ? `${row.stream}.${row.seq}` : row.line)

  const count = (row: Row, by: number): void => {
    const bump = (map: Map<string, number>, name: string): void => {
      const sum = (map.get(name) ?? 0) + by
      if (sum) map.set(name, sum)
      else map.delete(name)
    }
    counts.severities[row.severity] = (counts.severities[row.severity] ?? 0) + by
    bump(counts.labels, row.label)
    if (row.category) bump(counts.categories, row.category)
  }

  const passes = (row: Row): boolean =>
    row.time >= filter.since && !filter.hidden.has(row.severity) &&
    (!filter.labels.size || filter.labels.has(row.label)) && (!filter.forms.size || filter.forms.has(row.form)) &&
    (!filter.categories.size || filter.categories.has(row.category)) && (!test || test(membersOf(row)))

  const show = (row: Row): void => {
    if (inside && row.depth > inside.depth && row.label === inside.label) return
    inside = undefined
    if (!passes(row)) return
    passed++
    if (closed.has(keyOf(row))) inside = row
    const last = shown[shown.length - 1]
    if (last && row.rest && last.row.rest === row.rest && last.row.stream === row.stream && !isTitle(row, rows[next])) last.count++
    else shown.push({ row, count: 1 })
  }

  const look = (): void => {
    cancel = undefined
    const until = now() + SLICE
    do {
      for (const end = Math.min(next + 200, rows.length); next < end;) show(rows[next++] as Row)
    } while (next < rows.length && now() < until)
    if (next < rows.length) cancel = later(look)
    changed()
  }

  const again = (): void => {
    cancel?.()
    shown = []
    next = passed = 0
    inside = undefined
    look()
  }

  return {
    get rows() { return rows },
    get shown() { return shown },
    get counts() { return counts },
    get filter() { return filter },
    get passed() { return passed },
    get gone() { return gone },
    get busy() { return next < rows.length },
    add(more) {
      const fresh = more.filter((row) => {
        const key = keyOf(row)
        return !known.has(key) && known.add(key)
      }).sort(compareRows)
      if (!fresh.length) return
      fresh.forEach((row) => count(row, 1))
      const last = rows[rows.length - 1]
      const inOrder = !last || compareRows(last, fresh[0] as Row) <= 0
      for (const row of fresh) rows.push(row) // there may be too many to spread
      if (!inOrder) rows.sort(compareRows)
      const over = rows.length > MOST_ROWS ? rows.length - MOST_ROWS * 0.9 : 0
      if (over) {
        for (const row of rows.slice(0, over)) {
          known.delete(keyOf(row))
          count(row, -1)
        }
        rows = rows.slice(over)
        gone += over
      }
      if (!inOrder || over) again()
      else if (!cancel) look()
    },
    change(by, meaning) {
      if (by.query !== undefined) test = meaning
      filter = { ...filter, ...by }
      again()
    },
    toggle(group) {
      const key = keyOf(group)
      if (!closed.delete(key)) closed.add(key)
      again()
    },
    isClosed: (group) => closed.has(keyOf(group)),
    clear() {
      cancel?.()
      rows = []
      known.clear()
      counts = { severities: [0, 0, 0, 0, 0, 0], labels: new Map(), categories: new Map() }
      gone = 0
      again()
    },
  }
}
