import type { LogEvent } from '../core/event'
import type { Report } from '../report/logReport'
import type { QueryError } from '../query/scan'
import { fill, h, icon } from './dom'
import { createFilters } from './filters'
import { createList } from './list'
import type { Feed, ViewerOptions } from './logViewer'
import { createModel, everything, MOST_ROWS, type Filter, type Shown } from './model'
import { paintRow } from './paint'
import { rowOfEvent, type Row } from './row'
import type { Remote, RemoteError } from './remote'
import type { Side } from './side'
import { createShell } from './shell'
import { css, dress } from './styles'
import { textsFor } from './texts'

/** What to show. */
export interface OpenOptions {
  /** A read token of the server (`vt_...`): its events are shown instead of this device's. */
  token?: string
  /** A query to begin with. */
  query?: string
}

export interface Panel {
  open(options: OpenOptions): void
  close(): void
  remove(): void
}

/** New events are taken in this often, in ms. */
const OFTEN = 100
/** Events may reach the server so much later than others, in ms; older ones are there when the page is loaded anew. */
const LATE = 60_000
/** Rows of the device that are added at a time. */
const LOT = 20_000
/** How things stand is looked at this often, and the server asked for newer events. */
const LOOK = 3000

type Inputs = Partial<Feed> & { readonly options: ViewerOptions; readonly into?: HTMLElement }

/** The viewer's panel, in a shadow of its own. */
export const createPanel = async ({ host, options, tracker, subscribe, into }: Inputs, closed: () => void): Promise<Panel> => {
  const texts = await textsFor(options.language ?? navigator.language)
  const fetch = host?.env.fetch ?? ((url: string, init: RequestInit) => globalThis.fetch(url, init))
  const outer = document.createElement('clewline-viewer')
  if (options.theme) outer.dataset['theme'] = options.theme
  const root = outer.attachShadow({ mode: 'open' })
  dress(root, css)

  let remote: Remote | undefined
  let run = 0 // of reading; an older one's rows are nobody's
  let unsubscribe: (() => void) | undefined
  let timers: (() => void)[] = []
  let fresh: [LogEvent, boolean][] = []
  let focusBefore: Element | null = null
  let notice = ''
  let asked = ''
  let asking = false // the server
  let offline = false // it did not answer
  let live: Row[] = [] // of this page
  const underWay: Row[] = [] // those of them that wait for the server
  const whole = new WeakSet<Row>()

  const timer = (work: () => void, ms: number): (() => void) => {
    const id = setTimeout(work, ms)
    return () => clearTimeout(id)
  }
  const every = (work: () => void, ms: number): void => {
    const id = setInterval(work, ms)
    timers.push(() => clearInterval(id))
  }

  let drawn: readonly Shown[] = []
  const model = createModel((work) => timer(work, 0), () => performance.now(), () => {
    const from = drawn === model.shown ? known : 0
    drawn = model.shown
    known = drawn.length
    list.update(drawn, from)
    tell()
  })
  let known = 0

  const narrow = (): boolean => panel.clientWidth <= 700
  const groupOf = (shown: Shown, index: number): { closed: boolean; toggle(): void } | undefined => {
    const next = model.shown[index + 1]?.row
    const shut = model.isClosed(shown.row)
    if (!shut && !(next && next.depth > shown.row.depth && next.label === shown.row.label)) return undefined
    return { closed: shut, toggle: () => model.toggle(shown.row) }
  }
  const list = createList(texts('list'), () => (narrow() ? 49 : 23), (shown, index, grown) =>
    paintRow(shown, texts, whole.has(shown.row), grown, groupOf(shown, index)), (work) => requestAnimationFrame(work))

  const problem = h('div.er2', { role: 'alert', hidden: true })
  const status = h('span', { 'aria-live': 'polite' })
  const empty = h('div.em', { role: 'status', hidden: true })
  const facts = h('span.dk')
  const title = h(into ? 'h1' : 'b')
  const upload = h('button.up', { click: () => withSide((one) => one.toggle()) })

  const say = (text: string): void => {
    notice = text
    problem.textContent = text
    problem.hidden = !text
  }

  const tell = (): void => {
    const { rows, passed, counts, gone, busy } = model
    status.textContent = texts('of', passed, rows.length) + (busy ? ' …' : '')
    facts.textContent = texts('events', rows.length) + (gone ? ` · ${texts('older', gone)}` : '')
    empty.hidden = passed > 0 || busy || !!notice
    empty.textContent = rows.length ? texts('none', rows.length) : texts('empty')
    filters.update(counts, model.filter)
  }

  /** The language is loaded when it is first spoken. */
  const change = async (by: Partial<Filter>): Promise<void> => {
    const query = by.query?.trim()
    if (query === undefined) return model.change(by)
    asked = query
    try {
      const test = query ? (await import('../query/parse')).parseQuery(query) : undefined
      if (asked !== query) return // typed on meanwhile
      model.change(by, test)
      filters.wrong(false)
      say('')
    } catch (error) {
      filters.wrong(true)
      say((error as QueryError).message)
    }
  }

  const filters = createFilters(texts, { change: (by) => void change(by), server: !!options.endpoint && !!host, source, now: () => host?.env.now() ?? Date.now() })

  const beside = h('div', { hidden: true })
  let side: Promise<Side> | undefined
  const withSide = (act: (side: Side) => void): void => {
    side ??= import('./side').then(({ createSide, sideCSS }) => {
      const made = createSide({ texts, host, tracker, model, lastOwn: () => { take(); return live[live.length - 1] }, changed: () => look() })
      dress(root, sideCSS)
      beside.replaceWith(made.element)
      return made
    })
    side.then(act).catch((error: unknown) => say(String(error)))
  }

  /** What is new of this page becomes rows. */
  const take = (): void => {
    const events = fresh
    const isReported = host?.handle<Report>('logReport')?.status().mode === 'live'
    fresh = []
    const rows = events.flatMap(([event, report]) => {
      const row = rowOfEvent(event, report && isReported ? 'waiting' : 'local')
      if (row?.where === 'waiting') underWay.push(row)
      return row ? [row] : []
    })
    for (const row of rows) live.push(row)
    if (live.length > MOST_ROWS) live = live.slice(-MOST_ROWS * 0.9)
    if (!remote) model.add(rows)
  }

  /** Where the events of this page are, by what the upload says of itself. */
  const look = (): void => {
    take()
    const report = host?.handle<Report>('logReport')?.status()
    upload.className = `up${report?.lastError ? ' bad' : ''}`
    upload.hidden = !host || !!remote
    fill(upload, [icon('cloud', 15), h('span', {}, !report ? texts('noUpload') : report.lastError ? texts('trouble') : texts('uploading', report.acknowledged, report.buffered))])
    void side?.then((one) => one.update(), () => {})
    // They are sent in order: the last so many wait, what is before them is there.
    const arrived = report?.mode === 'live' ? underWay.splice(0, underWay.length - report.buffered) : []
    arrived.forEach((row) => { row.where = 'stored' })
    if (arrived.length && !remote) list.redraw()
  }

  const history = async (): Promise<void> => {
    const mine = ++run
    let rows: Row[] = []
    let count = 0
    const add = (): void => {
      model.add(rows)
      rows = []
    }
    try {
      const { readDevice } = await import('./device')
      await readDevice(host as NonNullable<typeof host>, (more) => {
        if (mine !== run) return false
        rows = rows.concat(more)
        if (rows.length > LOT) add() // each makes the list anew
        return (count += more.length) < MOST_ROWS
      })
      if (mine === run) add()
    } catch (error) {
      if (mine === run) say(String(error))
    }
  }

  const fromServer = async (since?: number): Promise<void> => {
    const mine = run
    const from = remote as Remote
    asking = true
    try {
      const { readOpened, readServer } = await import('./remote')
      if (since === undefined) {
        const { field, value, expires } = await readOpened(fetch, from)
        if (mine === run) title.textContent = `${texts('remote')}: ${field} ${value}, ${texts('until', new Date(expires).toLocaleTimeString())}`
      }
      let count = 0
      await readServer(fetch, from, since, (rows) => {
        if (mine !== run) return false
        model.add(rows)
        count += rows.length
        return count < MOST_ROWS
      })
      if (offline && mine === run) say('')
      offline = false
    } catch (error) {
      if (mine !== run) return
      const { reason, message } = error as RemoteError
      offline = true
      say(reason ? texts(reason) : texts('unreachable', message))
      if (reason) remote = { ...from, token: '' } // it will not come back
      tell()
    } finally {
      asking = false
    }
  }

  function source(token: string | undefined): void {
    run++
    remote = token && options.endpoint ? { endpoint: options.endpoint, token } : undefined
    title.textContent = texts(remote ? 'remote' : 'title')
    say('')
    model.clear()
    look()
    if (remote) void fromServer()
    else if (host) {
      model.add(live)
      void history()
    }
  }

  const panel = createShell({
    texts, isPage: !!into, isOwn: !!host, head: [title, facts, h('i.sp'), upload], body: [...filters.elements(status), problem, h('div.bd', {}, list.element, beside)],
    redraw: () => list.redraw(), close: () => close(), share: (open) => withSide((one) => one.toggle(open)),
  })
  list.element.append(empty)
  root.append(panel)

  const open = (index: number): void => {
    const shown = model.shown[index]
    if (!shown) return
    if (!whole.delete(shown.row)) whole.add(shown.row)
    list.redraw()
    list.select(index)
  }

  const copy = (): void => {
    const { row } = model.shown[list.selected] ?? {}
    if (row) withSide((one) => one.copy(row.line))
  }

  panel.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|SELECT)$/.test((event.target as Element).tagName)
    event.stopPropagation() // the host's own keys are not ours, nor ours the host's
    if (event.key === 'Escape' && !into) return typing ? list.element.focus() : close()
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return
    const act: Record<string, () => void> = {
      '/': () => filters.focus(),
      j: () => list.select(list.selected + 1), ArrowDown: () => list.select(list.selected + 1),
      k: () => list.select(list.selected - 1), ArrowUp: () => list.select(list.selected < 0 ? model.shown.length - 1 : list.selected - 1),
      y: copy, s: () => withSide((one) => one.share()),
      End: () => list.select(model.shown.length - 1), Home: () => list.select(0),
    }
    if (event.key === 'Enter' && (event.target as Element).tagName !== 'BUTTON') open(list.selected)
    else if (!act[event.key]) return
    else act[event.key]?.()
    event.preventDefault()
  })
  list.element.addEventListener('click', (event) => {
    const row = (event.target as Element).closest('.r')
    if (row && !String(getSelection() ?? '')) list.select(Number(row.getAttribute('aria-posinset')) - 1)
  })
  list.element.addEventListener('dblclick', () => open(list.selected))

  const close = (): void => {
    if (!outer.isConnected) return
    timers.forEach((one) => one())
    timers = []
    unsubscribe?.() // who holds events while nobody looks is bounded
    outer.remove()
    if (focusBefore instanceof HTMLElement) focusBefore.focus()
    closed()
  }

  return {
    open({ token, query }) {
      const there = outer.isConnected
      if (!there) {
        focusBefore = document.activeElement
        ;(into ?? document.body ?? document.documentElement).append(outer)
        unsubscribe = subscribe?.((event, report) => { fresh.push([event, report]) })
        every(take, OFTEN)
        every(() => {
          look()
          const last = model.rows[model.rows.length - 1]
          if (remote?.token && !asking) void fromServer(last && last.time - LATE)
        }, LOOK)
        take()
        list.redraw()
      }
      if (!there || token) source(token)
      if (query !== undefined) {
        filters.set(query)
        void change({ ...everything, query })
      }
      if (!into) list.element.focus({ preventScroll: true })
    },
    close,
    remove: close,
  }
}
