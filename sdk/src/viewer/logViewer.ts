import type { LogEvent } from '../core/event'
import type { Handle, Host } from '../core/plugin'
import type { Tracker } from '../core/tracker'
import type { OpenOptions, Panel } from './panel'

/** How the viewer is opened, and how it looks. */
export interface ViewerOptions {
  /** The page's hash that opens it; with `=vt_...` behind it, it reads from the server by that read token. By default #clewline; false turns it off. */
  hash?: string | false
  /** So many taps or clicks within two seconds in a corner of the window open it. By default 5 at bottom-right; false turns it off. */
  gesture?: { taps?: number; corner?: 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right' } | false
  /** The server that read tokens are for. By default none, and the viewer shows this device alone. */
  endpoint?: string
  /** By default that of the system. */
  theme?: 'light' | 'dark'
  /** `en` or `zh`. By default the navigator's. */
  language?: string
  /** Events of this page that are held while the viewer is closed; older ones are read from the device, where log-data keeps them. By default 2,000. */
  keep?: number
}

/** The viewer of one page. */
export interface Viewer extends Handle {
  readonly name: 'logViewer'
  /** Loads the viewer, if it was not, and shows it. It rejects when it cannot be loaded. */
  open(options?: OpenOptions): Promise<void>
  close(): void
  status(): { open: boolean; held: number }
  stop(): void
}

/** Events of this page that are held while nobody looks, unless options say otherwise. */
export const KEEP = 2000
/** Where a press counts, in px from the corner. */
const CORNER = 64
const WITHIN = 2000

/** What the panel needs of us. */
export interface Feed {
  readonly host: Host
  readonly options: ViewerOptions
  /** Logs for the viewer itself, such as that a share code was made. */
  readonly tracker: Tracker
  /** Hands over what is held, and from then on every event; report says whether it is to be uploaded. */
  subscribe(take: (event: LogEvent, report: boolean) => void): () => void
}

/**
 * Shows this page's logs in the page: an entry of a kilobyte that holds the newest, and a
 * panel that is loaded when it is first opened.
 *
 * @example
 * const viewer = T.$use(logViewer, {})
 * button.onclick = () => viewer.open()
 */
export const logViewer = (host: Host, options: ViewerOptions = {}): Viewer => {
  const { hash = '#clewline', gesture = {}, keep = KEEP } = options
  const reported = new WeakSet<LogEvent>()
  let held: LogEvent[] = []
  let taker: ((event: LogEvent, report: boolean) => void) | undefined
  let panel: Promise<Panel> | undefined
  let shown = false

  const removes = [
    host.sink({
      destination: 'report',
      take: (event) => { reported.add(event) },
      omit() {},
    }),
    host.sink({
      destination: 'store',
      take(event) {
        if (taker) return taker(event, reported.has(event))
        held.push(event)
        if (held.length > keep * 1.2) held = held.slice(-keep)
      },
      omit() {},
    }),
  ]

  const feed: Feed = {
    host, options,
    tracker: host.create({ label: 'clewline', level: { console: 'off' } }),
    subscribe(take) {
      held.forEach((event) => take(event, reported.has(event)))
      held = []
      taker = take
      return () => { taker = undefined }
    },
  }

  const open = async (how: OpenOptions = {}): Promise<void> => {
    shown = true
    // Not asked for again after a failure of the network: a second try may find it.
    panel ??= import('./panel').then(({ createPanel }) => createPanel(feed, () => { shown = false }))
    try {
      const made = await panel
      if (shown) made.open(how)
    } catch (error) {
      panel = undefined
      shown = false
      host.warn(`the log viewer could not be loaded: ${String(error)}`)
      throw error
    }
  }

  const close = (): void => {
    shown = false
    void panel?.then((made) => made.close(), () => {})
  }

  const quietly = (how?: OpenOptions): void => { open(how).catch(() => {}) }

  const { window } = host.env
  const undo: (() => void)[] = []
  const on = (type: string, listener: (event: Event) => void): void => {
    window?.addEventListener(type, listener, { passive: true })
    undo.push(() => window?.removeEventListener(type, listener))
  }

  const look = (): void => {
    const here = typeof location === 'object' ? location.hash : ''
    if (!hash || (here !== hash && !here.startsWith(`${hash}=`))) return
    const token = here.slice(hash.length + 1)
    quietly(token ? { token } : {})
  }
  on('hashchange', look)

  if (gesture && typeof innerWidth === 'number') {
    const { taps = 5, corner = 'bottom-right' } = gesture
    let times: number[] = []
    on('pointerdown', (event) => {
      const { clientX, clientY, timeStamp } = event as PointerEvent
      const x = corner.endsWith('right') ? innerWidth - clientX : clientX
      const y = corner.startsWith('bottom') ? innerHeight - clientY : clientY
      times = x <= CORNER && y <= CORNER ? [...times.filter((time) => timeStamp - time < WITHIN), timeStamp] : []
      if (times.length < taps) return
      times = []
      quietly()
    })
  }
  look()

  return {
    name: 'logViewer',
    open,
    close,
    status: () => ({ open: shown, held: held.length }),
    stop() {
      undo.forEach((one) => one())
      removes.forEach((one) => one())
      shown = false
      void panel?.then((made) => made.remove(), () => {})
      held = []
    },
  }
}
