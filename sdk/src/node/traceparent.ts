import { randomBytes } from 'node:crypto'

import { currentScope, type Scope } from './scope'

const random = (bytes: number): string => randomBytes(bytes).toString('hex')

/** version "-" trace-id "-" parent-id "-" trace-flags; later versions may have more behind. */
const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/**
 * Reads a W3C traceparent header: the trace that the caller belongs to, and a new span
 * under the caller's. Without a header, or with one that is not valid, a new trace begins.
 */
export const fromTraceparent = (header?: string | readonly string[] | null): Required<Pick<Scope, 'traceId' | 'spanId' | 'sampled'>> & Pick<Scope, 'childOf'> => {
  const [, version, traceId = '', parent = '', flags = '', more] = form.exec(typeof header === 'string' ? header.trim() : '') ?? []
  const valid = version && version !== 'ff' && !(version === '00' && more) && /[^0]/.test(traceId) && /[^0]/.test(parent)
  return valid
    ? { traceId, spanId: random(8), childOf: parent, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
    : { traceId: random(16), spanId: random(8), sampled: true }
}

/** The id without dashes, if it has the form that the header wants. */
const hexId = (id: string | undefined, digits: number): string | undefined => {
  const plain = id?.replace(/-/g, '').toLowerCase()
  return plain?.length === digits && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(plain) ? plain : undefined
}

/**
 * The traceparent header for a request that is made here; undefined where there is no
 * trace that the header can carry. A scope without a span gets one for the header.
 */
export const traceparent = (scope: Readonly<Scope> = currentScope()): string | undefined => {
  const traceId = hexId(scope.traceId, 32)
  return traceId && `00-${traceId}-${hexId(scope.spanId, 16) ?? random(8)}-${scope.sampled === false ? '00' : '01'}`
}
