import { createWatch, type Capture, type CaptureStatus } from '../capture/watch'
import { hex } from '../core/environment'
import type { Host } from '../core/plugin'
import { partsOf } from './parts'

/** An event of rrweb, as far as we look into it. */
export interface DOMEvent {
  readonly type: number
  readonly timestamp: number
  readonly data?: unknown
}

/** What @rrweb/record exports as record. */
export interface Recorder {
  (options: Record<string, unknown> & { emit(event: DOMEvent, isCheckpoint?: boolean): void }): (() => void) | undefined
}

/** What is recorded of the page. */
export interface ReplayOptions {
  /** Gives the recorder. By default `import('@rrweb/record')`, which your project must have installed. */
  load?: () => Promise<{ record: Recorder }>
  /** Whether the page's text is kept as it is. By default each letter becomes a star. What is typed is never kept. */
  text?: boolean
  /** How often the whole page is recorded anew, in ms, so that a part can be played alone. By default 300,000. */
  checkpoint?: number
  /** Characters a minute, beyond which the recording pauses for half a minute, and says so. By default 3,000,000. */
  perMinute?: number
  /** The label of the events. By default replay. */
  label?: string
}

/** How the recording stands. */
export interface ReplayStatus extends CaptureStatus {
  state: 'loading' | 'recording' | 'paused' | 'failed' | 'stopped'
  /** Events of rrweb, and their characters. */
  events: number
  characters: number
  /** How often it paused, as the page changed too much. */
  pauses: number
}

/** The recording of one page. */
export interface DOMReplay extends Capture {
  readonly name: 'domReplay'
  status(): ReplayStatus
}

/** Events of rrweb wait for company, up to so many characters and ms. */
const CHARACTERS = 32_000
const SOON = 1000
/** Changes of the page in one event; beyond them it pauses. */
const CHANGES = 10_000
const PAUSE = 30_000

/** rrweb's numbers for what we look at. */
const META = 4
const CHANGED = 3
const MUTATION = 0

/** Addresses in the page, with their query. */
const queries = /("(?:xlink:href|href|src|action|formaction|poster|data)":"[^"?]*)\?[^"#]*/g

/** The page's own address goes without query and hash. */
const withoutQuery = (event: DOMEvent): DOMEvent => {
  const { href, ...data } = event.data as { href: string }
  return { ...event, data: { ...data, href: href.replace(/[?#].*/, '') } }
}

const changesOf = ({ type, data }: DOMEvent): number => {
  const { source, ...lists } = (data ?? {}) as Record<string, unknown>
  return type === CHANGED && source === MUTATION ? Object.values(lists).reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0) : 0
}

/**
 * Records how the page looks and changes, by rrweb, into the same stream as all other logs: numbered, delivered and accounted for
 * as they are. What is typed is never recorded, text only if asked. The recorder is loaded when this plugin is used.
 *
 * @example
 * T.$use(domReplay, {})
 */
export const domReplay = (host: Host, options: ReplayOptions = {}): DOMReplay => {
  const { load = () => import('@rrweb/record'), text = false, checkpoint = 300_000, perMinute = 3_000_000, label = 'replay' } = options
  const { env } = host
  // The bound is on characters: a batch without one of its parts would be worth nothing.
  const watch = createWatch(host, 'page', { label, rate: { perSecond: 1e9, burst: 1e9 } })
  const status = { state: 'loading' as ReplayStatus['state'], events: 0, characters: 0, pauses: 0 }
  const replay = hex(env.bytes(6))
  let batch = 0
  let waiting: { text: string; time: number }[] = []
  let size = 0
  let cancel: (() => void) | undefined
  let room = perMinute
  let stopRecording: (() => void) | undefined

  const flush = watch.guard(() => {
    cancel?.()
    cancel = undefined
    if (!waiting.length) return
    const events = waiting
    waiting = []
    size = 0
    batch++
    const parts = partsOf(`[${events.map((event) => event.text).join()}]`)
    parts.forEach((part, at) => watch.log('$data', `dom ${events.length} events`, {
      replay, batch, part: at + 1, parts: parts.length, count: events.length, from: events[0]?.time, to: events[events.length - 1]?.time, text: part,
    }))
  })

  const pause = (why: string): void => {
    flush()
    end()
    status.state = 'paused'
    status.pauses++
    watch.log('$alarm', `dom replay paused: ${why}`, { replay, ms: PAUSE })
    const cancelled = env.timer(() => {
      forget()
      begin()
    }, PAUSE, true)
    const forget = watch.undo(cancelled)
  }

  const emit = watch.guard((event: DOMEvent, isCheckpoint?: boolean) => {
    if (status.state !== 'recording') return
    if (changesOf(event) > CHANGES) return pause(`${changesOf(event)} changes at a time`)
    const line = JSON.stringify(event.type === META ? withoutQuery(event) : event).replace(queries, '$1')
    if ((room -= line.length) < 0) return pause(`more than ${perMinute} characters a minute`)
    status.events++
    status.characters += line.length
    // The whole page begins a batch of its own: who plays from there needs nothing from before.
    if (isCheckpoint && event.type === META) flush()
    waiting.push({ text: line, time: event.timestamp })
    size += line.length
    if (size >= CHARACTERS) flush()
    else cancel ??= env.timer(flush, SOON, true)
  })

  let record: Recorder | undefined
  const end = (): void => {
    const stop = stopRecording
    stopRecording = undefined
    watch.guard(() => stop?.())()
  }
  const begin = watch.guard(() => {
    room = perMinute
    status.state = 'recording'
    const stop = record?.({
      emit,
      checkoutEveryNms: checkpoint,
      maskAllInputs: true,
      maskTextSelector: text ? undefined : '*',
      blockSelector: '[data-clewline="off"]',
      slimDOMOptions: 'all',
      sampling: { mousemove: 100, scroll: 200, input: 'last' },
      recordCanvas: false,
      collectFonts: false,
      errorHandler: () => true, // what breaks in the recorder stays there
    })
    stopRecording = stop
    if (status.state !== 'recording') end() // the first picture alone was too much
  })

  watch.every(60_000, () => {
    room = perMinute
  })
  if (env.document) {
    load().then(watch.guard((loaded: { record: Recorder }) => {
      ({ record } = loaded)
      begin()
    })).catch((error: unknown) => {
      status.state = 'failed'
      host.warn(`the page is not recorded, as @rrweb/record could not be loaded: ${String(error).slice(0, 200)}`)
    })
  }

  const handle = watch.handle<Capture>('domReplay')
  return {
    ...handle,
    name: 'domReplay',
    leaving: flush,
    status: () => ({ ...handle.status(), ...status }),
    stop() {
      end()
      flush()
      status.state = 'stopped'
      handle.stop()
    },
  }
}
