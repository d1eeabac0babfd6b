import { hex, type Environment } from '../core/environment'

/** The trace that a request belongs to. */
export interface Trace {
  readonly traceId: string
  readonly spanId: string
  /** What is to be sent as `traceparent`; absent where the page sends one itself. */
  readonly header?: string
}

/** A W3C traceparent. */
const parent = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-/

/**
 * Decides whether a request to an origin is traced. Only the page's own origin and those that are
 * named get the header: others would refuse the request, or learn ids that are not theirs to know.
 */
export const createTracing = (env: Environment, scope: Partial<Window>, to: readonly string[] | false = []) => {
  const origins = to ? [scope.location?.origin, ...to.map((one) => new URL(one).origin)] : []
  return (origin: string, given?: string | null): Trace | undefined => {
    const [, traceId, spanId] = parent.exec(given ?? '') ?? []
    if (traceId && spanId) return { traceId, spanId }
    if (given || !origins.includes(origin)) return undefined
    const ids = hex(env.bytes(24))
    const trace = { traceId: ids.slice(0, 32), spanId: ids.slice(32) }
    return { ...trace, header: `00-${trace.traceId}-${trace.spanId}-01` }
  }
}
