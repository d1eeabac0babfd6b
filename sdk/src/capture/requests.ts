import type { Fields } from '../core/event'
import type { Host } from '../core/plugin'
import { addressOf, type Address } from './address'
import { headOf, isText, readHead } from './body'
import { maskText, sizeOf } from './mask'
import { createTracing, type Trace } from './tracing'
import { createWatch, type Capture, type CaptureOptions } from './watch'

/** What is told of requests. */
export interface RequestOptions extends CaptureOptions {
  /** Whether bodies are kept too, masked: of all requests, of failed ones, or of those whose address (without query) fits. Only texts. By default none. */
  bodies?: boolean | 'failed' | RegExp
  /** Characters of a body that are kept. By default 1,024, at most 8,192. */
  bodyLength?: number
  /** Origins beside the page's own whose requests get a W3C `traceparent` header; they must allow it (CORS). `[]` is the page's own alone, false is nobody. */
  traceTo?: readonly string[] | false
  /** Requests to such addresses (without query) are not told of. */
  ignore?: RegExp
}

/** The capture of requests. */
export interface Requests extends Capture {
  readonly name: 'requests'
}

/** A request under way. */
interface Request {
  /** What became of it. */
  end(outcome: Outcome): void
  /** Whether the body of an answer is of interest. */
  wants(status: number): boolean
  readonly trace?: Trace
}

interface Outcome {
  readonly status?: number
  readonly type?: string | null
  readonly bytes?: number
  /** The head of the answer's body. */
  readonly body?: string
  /** Why there was no answer. */
  readonly failure?: unknown
  /** The page itself gave it up. */
  readonly aborted?: boolean
}

/** The code that a failed answer of JSON gives, if it looks like one: words of upper case, or a number. */
const codeIn = (body: string | undefined): string | undefined =>
  /"(?:errorCode|error_code|errCode|errcode|code|error)"\s*:\s*(?:\{[^{}]{0,200}?"code"\s*:\s*)?"?([A-Z][A-Z0-9_]{2,63}\b|-?\d{1,9}\b)/.exec(body ?? '')?.[1]

/** As test, for a pattern that may be global and so remember where it was. */
const matches = (pattern: RegExp, { origin, path }: Address): boolean => (origin + path).search(pattern) >= 0

/** The headers with one more, in the shape that they came in: whoever wrapped before us may look into them. */
const withHeader = (headers: HeadersInit | undefined, name: string, value: string): HeadersInit => {
  if (Array.isArray(headers)) return [...headers, [name, value]]
  if (!(headers instanceof Headers)) return { ...headers, [name]: value }
  const more = new Headers(headers)
  more.set(name, value)
  return more
}

const failed = (status: number | undefined): boolean => (status ?? 0) >= 400

/**
 * Tells of what the page asks of servers by fetch, XMLHttpRequest and beacon: method, path, status, latency,
 * sizes, and the code of a failure. Query values, headers, cookies and bodies are not kept.
 *
 * @example
 * T.$use(requests, { traceTo: ['https://api.example.com'] })
 */
export const requests = (host: Host, options: RequestOptions = {}): Requests => {
  const watch = createWatch(host, 'request', options)
  const { scope } = watch
  const { env } = host
  const { bodies = false, ignore } = options
  const most = Math.min(options.bodyLength ?? 1024, 8192)
  const tracing = createTracing(env, scope, options.traceTo)

  const begin = (by: string, verb: unknown, url: unknown, sent: unknown, given?: string | null): Request | undefined => {
    const address = addressOf(url, scope)
    if (!address || (ignore && matches(ignore, address))) return undefined
    const method = String(verb ?? 'GET').toUpperCase().slice(0, 20)
    const fits = bodies instanceof RegExp ? matches(bodies, address) : bodies === true
    const trace = tracing(address.origin, given)
    const start = env.mono()
    const sentBytes = sizeOf(sent)
    let done = false
    return {
      trace,
      wants: (status) => fits || failed(status),
      end({ status, type, bytes, body, failure, aborted }) {
        if (done) return
        done = true
        const bad = failed(status) || (failure !== undefined && !aborted)
        const kept = fits || (bad && bodies === 'failed')
        const code = !bad ? undefined : failed(status) ? (codeIn(body) ?? `HTTP_${status}`) : /timeout/i.test(String(failure)) ? 'TIMEOUT' : 'NETWORK_ERROR'
        const fields: Fields = {
          httpPath: address.path,
          timeCost: Math.round((env.mono() - start) * 10) / 10,
          errorCode: code,
          errorMsg: bad ? (failure === undefined ? `the server answered ${status}` : maskText(String(failure), 300)) : undefined,
          traceId: trace?.traceId,
          spanId: trace?.spanId,
        }
        const answer = aborted ? 'aborted' : failure === undefined ? status || 'sent' : 'no answer'
        watch.log(bad ? '$error' : '$log', `${method} ${address.text} → ${answer}${code ? ` ${code}` : ''}`, {
          method, status, by, query: address.query, origin: address.text === address.path ? undefined : address.origin,
          sentBytes, bytes, type: type?.split(';')[0]?.slice(0, 80), aborted,
          sent: kept ? headOf(sent, most) : undefined,
          answer: kept && body ? maskText(body, most) : undefined,
        }, fields)
      },
    }
  }

  watch.wrap(scope, 'fetch', (args) => {
    const [input, init] = args as [RequestInfo | URL, RequestInit | undefined]
    const request = typeof input === 'object' && 'url' in input ? input : undefined
    const headers = init?.headers ?? request?.headers
    const one = begin('fetch', init?.method ?? request?.method, request?.url ?? input, init?.body, new Headers(headers).get('traceparent'))
    if (!one) return undefined
    if (one.trace?.header && (init?.mode ?? request?.mode) !== 'no-cors') args[1] = { ...init, headers: withHeader(headers, 'traceparent', one.trace.header) }
    const answered = watch.guard((response: Response) => {
      const { status } = response
      const type = response.headers.get('content-type')
      const length = response.headers.get('content-length')
      const end = (body?: string): void => one.end({ status, type, bytes: length === null ? undefined : Number(length), body })
      // The time is that of the answer's head; what follows it is waited for only where it is wanted.
      if (one.wants(status) && isText(type) && response.body) readHead(env, response.clone(), most * 2).then(watch.guard(end), watch.guard(() => end()))
      else end()
    })
    const refused = watch.guard((failure: unknown) => {
      const aborted = (init?.signal ?? request?.signal)?.aborted && !/timeout/i.test(String(failure))
      one.end({ failure, aborted: aborted || undefined })
    })
    // What the page gets is what comes after us: so an unhandled rejection is still unhandled.
    return (promise) => (promise as Promise<Response>).then(
      (response) => {
        answered(response)
        return response
      },
      (failure: unknown) => {
        refused(failure)
        throw failure
      },
    )
  })

  const opened = new WeakMap<object, { method: unknown; url: unknown; given?: string }>()
  const xhr = scope.XMLHttpRequest?.prototype
  watch.wrap(xhr, 'open', ([method, url], self) => {
    opened.set(self, { method, url })
  })
  watch.wrap(xhr, 'setRequestHeader', ([name, value], self) => {
    const of = opened.get(self)
    if (of && /^traceparent$/i.test(String(name))) of.given = String(value)
  })
  watch.wrap(xhr, 'send', ([body], self) => {
    const of = opened.get(self)
    const one = of && begin('xhr', of.method, of.url, body, of.given)
    if (!of || !one) return
    const request = self as XMLHttpRequest
    const forget = watch.listen(request, 'load error timeout abort', ({ type: how }: Event) => {
      forget()
      const { status, responseType } = request
      const type = request.getResponseHeader('content-type')
      const length = request.getResponseHeader('content-length')
      const readable = how === 'load' && one.wants(status) && isText(type)
      const text = !readable ? undefined : responseType === '' || responseType === 'text' ? request.responseText : responseType === 'json' ? JSON.stringify(request.response) : undefined
      one.end(how === 'load'
        ? { status, type, bytes: length === null ? sizeOf(text ?? '') || undefined : Number(length), body: text?.slice(0, most * 2) }
        : { failure: how, aborted: how === 'abort' || undefined })
    })
    if (one.trace?.header && !of.given) request.setRequestHeader('traceparent', one.trace.header)
  })

  watch.wrap(scope.navigator, 'sendBeacon', ([url, body]) => {
    const one = begin('beacon', 'POST', url, body)
    // True says that it will be sent, not that it arrives.
    return one && ((queued) => {
      one.end(queued ? {} : { failure: 'the browser refused the beacon' })
    })
  })

  return watch.handle('requests')
}
