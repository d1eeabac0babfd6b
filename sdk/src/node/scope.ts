import { AsyncLocalStorage } from 'node:async_hooks'

import type { Fields } from '../core/event'
import { shared } from '../core/shared'

/** What a piece of work is about: any named fields of its events. */
export interface Scope extends Omit<Fields, 'level' | 'category' | 'page'> {
  /** Whether the trace is recorded, as the traceparent that came in said; passed on by traceparent(). */
  sampled?: boolean
}

interface Realm {
  storage?: AsyncLocalStorage<Scope>
}

/** One for all copies of the SDK in the process: modules, CommonJS, and what dependencies bring along. */
const storageOf = (): AsyncLocalStorage<Scope> => {
  const key = Symbol.for('clewline.node')
  const realm = ((globalThis as unknown as Record<symbol, Realm | undefined>)[key] ??= {})
  const storage = (realm.storage ??= new AsyncLocalStorage<Scope>())
  shared().scope ??= () => storage.getStore()
  return storage
}

/**
 * Runs the function. Every event that is logged inside has the given fields: across
 * awaits, timers, promises and event emitters' callbacks that begin in it. Inside of
 * another run they are added to its fields. Gives back what the function does.
 *
 * @example
 * run({ account: 'acme', callId, ...fromTraceparent(request.headers.traceparent) }, () => handle(request, response))
 */
export const run = <Result>(scope: Scope, body: () => Result): Result => {
  const storage = storageOf()
  let inner = storage.getStore()
  try {
    inner = { ...inner, ...scope }
  } catch {
    // A getter that throws: the work is done all the same.
  }
  return inner ? storage.run(inner, body) : body()
}

/** The fields that events logged here would have by `run`; empty outside of one. */
export const currentScope = (): Readonly<Scope> => storageOf().getStore() ?? {}
