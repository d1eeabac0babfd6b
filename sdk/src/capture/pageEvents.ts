import { isError } from '../core/snapshot'
import type { Host } from '../core/plugin'
import { addressOf } from './address'
import { maskText } from './mask'
import { elementOf, selectorOf } from './selector'
import { watchVitals } from './vitals'
import { createWatch, type Capture, type CaptureOptions } from './watch'

/** What is told of the page. */
export interface PageOptions extends CaptureOptions {
  /** Clicks, changed inputs and submitted forms. By default true; what was typed is never told. */
  interaction?: boolean
  /** Errors that nobody caught, and what could not be loaded. By default true. */
  errors?: boolean
  /** LCP, CLS, INP, FCP and TTFB, when the page is hidden. By default true. */
  vitals?: boolean
}

/** The capture of what happens on the page. */
export interface PageEvents extends Capture {
  readonly name: 'pageEvents'
}

/**
 * Tells of clicks, inputs (without values), navigation, visibility, errors, what could not be loaded, and web vitals.
 * Elements are named by a selector; text of the page is not read. Nothing is told of what lies inside `data-clewline="off"`.
 *
 * @example
 * T.$use(pageEvents, {})
 */
export const pageEvents = (host: Host, options: PageOptions = {}): PageEvents => {
  const watch = createWatch(host, 'page', options)
  const { scope, log, listen } = watch
  const { env } = host
  const { document, window } = env
  const { interaction = true, errors = true, vitals = true } = options

  let page = env.page()
  log('$log', `page opened ${page ?? ''}`, {
    referrer: scope.document?.referrer && addressOf(scope.document.referrer, scope)?.text,
    visibility: document?.visibilityState,
  })

  const moved = (by: string): void => {
    const from = page
    page = env.page()
    if (page !== from) log('$log', `navigate ${from} → ${page}`, { from, to: page, by }, { page })
  }
  for (const name of ['pushState', 'replaceState']) watch.wrap(scope.history, name, () => () => moved(name))
  listen(window, 'popstate hashchange', ({ type }: Event) => moved(type))

  const measure = vitals ? watchVitals(watch) : () => undefined
  const tellVitals = (): void => {
    const measured = measure()
    if (measured) log('$data', 'web vitals', measured)
  }
  let shown = document?.visibilityState
  let left = false
  const tellVisibility = (): void => {
    const state = document?.visibilityState
    if (state !== shown) log('$tag', `page ${state}`, { state })
    shown = state
  }
  const leaving = watch.guard((goes: boolean) => {
    tellVitals()
    if (!goes) return tellVisibility()
    if (!left) log('$log', 'page left')
    left = true
  })
  listen(document, 'visibilitychange', tellVisibility)
  listen(document, 'freeze resume', ({ type }: Event) => log('$tag', `page ${type}`, { state: type }))
  listen(window, 'online offline', ({ type }: Event) => log('$tag', `network ${type}`, { state: type }, { level: type === 'offline' ? 'warn' : undefined }))
  listen(window, 'pageshow', ({ persisted }: PageTransitionEvent) => {
    if (persisted) log('$log', 'page shown again')
    left = false
  })

  if (interaction) {
    listen(document, 'click change submit', (event: Event) => {
      const element = elementOf(event)
      if (!element) return
      const verb = { click: 'click', change: 'input', submit: 'submit' }[event.type]
      const selector = selectorOf(element)
      const { type, value } = element as Partial<HTMLInputElement>
      log('$log', `${verb} ${selector}`, {
        selector,
        ...(verb === 'input' && { type, filled: Boolean(value) }),
      })
    })
  }

  if (errors) {
    const failed = (how: string, thrown: unknown, at?: string): void => {
      const error = isError(thrown) ? thrown : undefined
      const text = maskText(error ? error.message : String(thrown), 1000)
      const code = (error as { code?: unknown } | undefined)?.code
      log('$error', `${how}: ${text}`, {
        name: error?.name,
        stack: error?.stack && maskText(error.stack, 4000),
        cause: error?.cause === undefined ? undefined : maskText(String(error.cause), 300),
        at,
      }, { errorMsg: text, errorCode: typeof code === 'string' ? maskText(code, 100) : error?.name ?? 'UNCAUGHT' })
    }
    listen(window, 'error', (event: ErrorEvent) => {
      const { target } = event
      if (target && target !== window) {
        const element = target as HTMLElement & { src?: string; href?: string }
        const address = addressOf(element.src || element.href, scope)
        if (!address) return
        log('$alarm', `not loaded: ${address.text}`, { selector: selectorOf(element), origin: address.origin }, {
          httpPath: address.path, errorCode: 'RESOURCE_ERROR', errorMsg: `${element.tagName.toLowerCase()} was not loaded`,
        })
        return
      }
      const { filename, lineno, colno, message } = event
      const file = filename && addressOf(filename, scope)?.text
      failed('uncaught error', event.error ?? message, file && `${file}:${lineno}:${colno}`)
    })
    listen(window, 'unhandledrejection', ({ reason }: PromiseRejectionEvent) => failed('unhandled rejection', reason))
  }

  return watch.handle('pageEvents', { leaving })
}
