import type { Category, Fields } from '../core/event'
import type { Handle, Host } from '../core/plugin'
import { createRate } from '../report/pace'

/** Options that all captures have. */
export interface CaptureOptions {
  /** The label of the events. By default the category. */
  label?: string
  /** Events a second in the long run, and at once. By default 20 and 200. What is more is counted, and an event tells how many. */
  rate?: { perSecond: number; burst: number }
}

/** How a capture stands. */
export interface CaptureStatus {
  /** Events that were logged. */
  kept: number
  /** Events that came too thick. */
  leftOut: number
  /** Times that we broke inside of a wrapped function or a listener: 0, or there is a fault to report. */
  faults: number
}

/** A capture that is in use. */
export interface Capture extends Handle {
  status(): CaptureStatus
  /** Logs nothing more, and puts back what it wrapped. */
  stop(): void
}

/**
 * What stands before a function of the page: it may change the arguments in place,
 * and may answer what is to be called with the result, whose own result replaces it unless
 * undefined. Neither can throw into the page.
 */
export type Hook = (args: unknown[], self: object) => ((result: unknown) => unknown) | void

/** The ways of logging that captures use. */
type Form = '$log' | '$data' | '$tag' | '$alarm' | '$error'

/** What a capture works with. */
export interface Watch {
  /** The window, and where there is none, nothing. */
  readonly scope: Partial<Window & typeof globalThis>
  log(form: Form, msg: string, data?: object, fields?: Fields): void
  /** The same function, that never throws nor rejects, and does nothing after the stop. */
  guard<Args extends unknown[]>(call: (...args: Args) => unknown): (...args: Args) => void
  /** Listens passively, before anybody else. Gives the way to stop. */
  listen(target: EventTarget | null | undefined, types: string, listener: (event: never) => void): () => void
  /** Puts a hook before a function or a constructor, where it is there. Gives the way to take it off. */
  wrap(object: object | undefined, name: string, hook: Hook): () => void
  /** Calls back again and again. Gives the way to stop. */
  every(ms: number, callback: () => void): () => void
  /** Is called at the stop, last first. Gives the way to forget it. */
  undo(call: () => void): () => void
  handle<Result extends Capture>(name: Result['name'], more?: Omit<Result, keyof Capture>): Result
}

/** What every capture begins with. */
export const createWatch = (host: Host, category: Category, { label = category, rate }: CaptureOptions = {}): Watch => {
  const { env } = host
  const tracker = host.create({ label, level: { console: 'off' } })
  const { perSecond = 20, burst = 200 } = rate ?? {}
  const allowed = createRate(perSecond, burst)
  const status: CaptureStatus = { kept: 0, leftOut: 0, faults: 0 }
  const undos = new Set<() => void>()
  let on = true
  let untold = 0

  const write = (form: Form, msg: string, data?: object, fields?: Fields): void => {
    status.kept++
    tracker[form](msg, data, { category, ...fields })
  }

  const tell = (): void => {
    if (untold) write('$log', `${untold} events of ${label} left out`, { leftOut: untold }, { level: 'warn' })
    untold = 0
  }

  const undo = (call: () => void): (() => void) => {
    undos.add(call)
    return () => {
      if (undos.delete(call)) call()
    }
  }

  const broken = (): void => {
    status.faults++
  }

  const guard: Watch['guard'] = (call) => (...args) => {
    try {
      const result = on && call(...args)
      if (result instanceof Promise) result.catch(broken)
    } catch {
      broken()
    }
  }

  /** Makes the call with the hook before and after it. */
  const around = (hook: Hook, given: unknown[], self: object, call: (args: unknown[]) => unknown): unknown => {
    let args = given
    let after: ReturnType<Hook>
    guard(() => {
      const changed = [...given]
      after = hook(changed, self)
      args = changed
    })()
    let result = call(args)
    guard(() => {
      result = after?.(result) ?? result
    })()
    return result
  }

  return {
    scope: (env.window ?? {}) as Watch['scope'],
    log(form, msg, data, fields) {
      if (allowed(env.mono())) return write(form, msg, data, fields)
      status.leftOut++
      // Said after a second, however quiet it is then.
      if (!untold++) env.timer(guard(tell), 1000, true)
    },
    guard,
    listen(target, types, listener) {
      const safe = guard(listener as (event: Event) => void)
      const options = { capture: true, passive: true }
      for (const type of types.split(' ')) target?.addEventListener(type, safe, options)
      return undo(() => {
        for (const type of types.split(' ')) target?.removeEventListener(type, safe, options)
      })
    },
    wrap(object, name, hook) {
      const own = object && Object.getOwnPropertyDescriptor(object, name)
      const holder = object as Record<string, unknown>
      const before = object && holder[name]
      if (typeof before !== 'function') return () => {}
      // A proxy keeps the name, the length, the prototype and what else hangs on it.
      const wrapped = new Proxy(before as new () => object, {
        apply: (fn, self, args) => around(hook, args, self as object, (all) => Reflect.apply(fn, self, all)),
        construct: (fn, args, target) => around(hook, args, fn, (all) => Reflect.construct(fn, all, target)) as object,
      })
      try {
        holder[name] = wrapped
      } catch {
        status.faults++ // frozen before us
      }
      return undo(() => {
        if (holder[name] !== wrapped) return // somebody stands on us: we pass on what comes
        if (own) holder[name] = before
        else delete holder[name]
      })
    },
    every(ms, callback) {
      const again = (): void => {
        cancel = env.timer(again, ms, true)
        guard(callback)()
      }
      let cancel = env.timer(again, ms, true)
      return undo(() => cancel())
    },
    undo,
    handle: (name, more) => ({
      name,
      status: () => ({ ...status }),
      stop() {
        tell()
        on = false
        for (const call of [...undos].reverse()) {
          try {
            call()
          } catch {
            status.faults++ // frozen under us
          }
        }
        undos.clear()
      },
      ...more,
    }) as never,
  }
}
