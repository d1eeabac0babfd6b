import { h } from './dom'
import { createHeights } from './heights'
import type { Shown } from './model'

/** Rows above and below what is seen, so that a quick finger does not meet emptiness. */
const MARGIN = 8

export interface List {
  readonly element: HTMLElement
  /** The rows are others now; from a number on they are new. */
  update(rows: readonly Shown[], from: number): void
  /** Draws the rows that are seen anew. */
  redraw(): void
  select(index: number): void
  readonly selected: number
  /** Whether the newest row is in sight; then it stays so. */
  readonly follows: boolean
}

/** A list that draws only what is seen, with rows of unequal heights. */
export const createList = (label: string, guess: () => number, paint: (shown: Shown, index: number, grown: () => void) => HTMLElement, frame: (work: () => void) => void): List => {
  const above = h('div.pad')
  const below = h('div.pad')
  const window = h('div', { role: 'list', 'aria-label': label })
  const element = h('div.ls', { tabindex: 0, role: 'region', 'aria-label': label, scroll: () => soon() }, above, window, below)
  const heights = createHeights(guess)
  let rows: readonly Shown[] = []
  let drawn = new Map<Shown, HTMLElement>()
  const counts = new WeakMap<HTMLElement, number>()
  let first = 0
  let follows = true
  let selected = -1
  let waiting = false

  const soon = (): void => {
    if (waiting) return
    waiting = true
    frame(() => {
      waiting = false
      draw()
    })
  }

  const mark = (): void => {
    rows.slice(first, first + drawn.size).forEach((shown, i) => drawn.get(shown)?.classList.toggle('sel', first + i === selected))
  }

  const draw = (): void => {
    const { scrollTop, clientHeight } = element
    follows = scrollTop + clientHeight >= heights.total - 4 || heights.total <= clientHeight
    first = Math.max(0, heights.at(scrollTop) - MARGIN)
    const end = Math.min(rows.length, heights.at(scrollTop + clientHeight) + MARGIN + 1)
    const next = new Map<Shown, HTMLElement>()
    const held = element.contains(element.getRootNode() instanceof ShadowRoot ? (element.getRootNode() as ShadowRoot).activeElement : null)
    let before: ChildNode | null = window.firstChild
    for (let i = first; i < end; i++) {
      const shown = rows[i] as Shown
      let row = drawn.get(shown)
      if (!row || counts.get(row) !== shown.count) {
        row = paint(shown, i, () => soon())
        counts.set(row, shown.count)
      }
      row.setAttribute('aria-posinset', String(i + 1))
      row.setAttribute('aria-setsize', String(rows.length))
      next.set(shown, row)
      if (row === before) before = before.nextSibling
      else window.insertBefore(row, before)
    }
    while (before) {
      const gone: ChildNode = before
      before = before.nextSibling
      gone.remove()
    }
    drawn = next
    mark()
    // What stands above the eye must not push it away when it turns out higher than guessed.
    let moved = 0
    let i = first
    const top = heights.at(scrollTop)
    for (const row of drawn.values()) {
      const grown = heights.set(i, row.offsetHeight || guess())
      if (i < top) moved += grown
      i++
    }
    above.style.height = `${heights.top(first)}px`
    below.style.height = `${Math.max(0, heights.total - heights.top(end))}px`
    if (follows) element.scrollTop = heights.total
    else if (moved) element.scrollTop = scrollTop + moved
    if (held && !element.contains((element.getRootNode() as ShadowRoot).activeElement)) element.focus({ preventScroll: true })
    if (follows && element.scrollTop !== scrollTop) soon()
  }

  return {
    element,
    get selected() { return selected },
    get follows() { return follows },
    update(to, from) {
      rows = to
      heights.resize(rows.length, from)
      if (selected >= rows.length) selected = -1
      if (follows) element.scrollTop = heights.total
      soon()
    },
    redraw() {
      drawn = new Map()
      window.textContent = ''
      soon()
    },
    select(index) {
      if (!rows.length) return
      selected = Math.max(0, Math.min(index, rows.length - 1))
      const top = heights.top(selected)
      const end = heights.top(selected + 1)
      if (top < element.scrollTop) element.scrollTop = top
      else if (end > element.scrollTop + element.clientHeight) element.scrollTop = end - element.clientHeight
      draw()
      drawn.get(rows[selected] as Shown)?.focus({ preventScroll: true })
    },
  }
}
