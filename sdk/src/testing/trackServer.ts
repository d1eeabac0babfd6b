import { gunzipSync } from 'node:zlib'

/** A reply that a test's server gives, or what the network does instead. */
export type Fault = 'loseRequest' | 'loseReply' | 'stall' | 'portal' | 'truncate' | 'partial' | 'nothing' | number

interface Omitted {
  readonly from: number
  readonly to: number
  readonly reason: string
}

/** What the server has of one stream. */
export interface StoredStream {
  readonly events: Map<number, Record<string, unknown>>
  readonly omitted: Omitted[]
  closedAt?: number
  offsets: (number | undefined)[]
}

/** A server of the track door that keeps what it acknowledges and checks each batch as the real one does. */
export interface TrackServer {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly streams: Map<string, StoredStream>
  readonly requests: { url: string; init: RequestInit; envelope: Record<string, unknown>; lines: Record<string, unknown>[]; body: string }[]
  /** Asked before each request; undefined means that all goes well. */
  fault: (() => Fault | undefined) | undefined
  /** Bodies above this get a 413. */
  mostBytes: number
  /** Requests of one stream that were ever open at the same time. */
  mostAtOnce: number
  /** Answers, beside the acknowledgement. */
  reply: Record<string, unknown>
  /** What the server found to be wrong with a batch; nothing should be. */
  readonly complaints: string[]
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })

export const createTrackServer = (now: () => number): TrackServer => {
  const open = new Map<string, number>()

  const textOf = async (url: string, init: RequestInit): Promise<string> => {
    const body = new Response(init.body as BodyInit)
    return url.includes('enc=gzip') ? gunzipSync(await body.arrayBuffer()).toString() : body.text()
  }

  const store = (envelope: Record<string, unknown>, lines: Record<string, unknown>[]): void => {
    const { stream, from, to, omitted = [], closed, offset } = envelope as {
      stream: string; from: number; to: number; omitted?: [number, number, string][]; closed?: { at: number }; offset?: number
    }
    let kept = server.streams.get(stream)
    if (!kept) server.streams.set(stream, (kept = { events: new Map(), omitted: [], offsets: [] }))
    kept.offsets.push(offset)
    const covered = new Set<number>()
    for (const line of lines) {
      const seq = line['seq'] as number
      if (seq < from || seq > to || covered.has(seq)) server.complaints.push(`number ${seq} in ${from}..${to}`)
      covered.add(seq)
      const before = kept.events.get(seq)
      if (before && JSON.stringify(before) !== JSON.stringify(line)) server.complaints.push(`number ${seq} came twice, and differs`)
      kept.events.set(seq, line)
    }
    for (const [low, high, reason] of omitted) {
      if (low < from || high > to || high < low) server.complaints.push(`omitted ${low}..${high} in ${from}..${to}`)
      for (let seq = low; seq <= high; seq++) covered.add(seq)
      kept.omitted.push({ from: low, to: high, reason })
    }
    if (covered.size !== to - from + 1) server.complaints.push(`${from}..${to} has ${covered.size} numbers`)
    if (closed) kept.closedAt = closed.at
  }

  const answer = async (url: string, init: RequestInit): Promise<Response> => {
    const body = await textOf(url, init)
    const [envelope = {}, ...lines] = body.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    const { stream, from, to } = envelope as { stream: string; from: number; to: number }
    const atOnce = (open.get(stream) ?? 0) + 1
    open.set(stream, atOnce)
    server.mostAtOnce = Math.max(server.mostAtOnce, atOnce)
    server.requests.push({ url, init, envelope, lines, body })
    try {
      const fault = server.fault?.()
      if (fault === 'loseRequest') throw new TypeError('Failed to fetch')
      if (fault === 'stall') {
        return await new Promise((_, reject) => {
          init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
        })
      }
      if (fault === 'portal') return json(200, '<html>Please log in to the Wi-Fi</html>')
      if (fault === 'nothing') return json(200, { clewline: 1, ack: [] })
      if (fault === 429 || fault === 503) return json(fault, { error: { message: 'slow down' } }, { 'retry-after': '2' })
      if (typeof fault === 'number') return json(fault, 'oops')
      if (body.length > server.mostBytes) return json(413, { error: { message: 'too large' } })
      if (fault === 'partial' && to > from) {
        const middle = Math.floor((from + to) / 2)
        store({ ...envelope, to: middle, closed: undefined, omitted: cutTo(envelope['omitted'], middle) }, lines.filter((line) => (line['seq'] as number) <= middle))
        return json(200, { clewline: 1, ack: [[stream, from, middle]], offset: 0, now: now(), commands: [], wait: 0 })
      }
      store(envelope, lines)
      if (fault === 'loseReply') throw new TypeError('Failed to fetch')
      const reply = JSON.stringify({ clewline: 1, ack: [[stream, from, to]], offset: 0, now: now(), commands: [], wait: 0, ...server.reply })
      return json(200, fault === 'truncate' ? reply.slice(0, reply.length / 2) : reply)
    } finally {
      open.set(stream, (open.get(stream) ?? 1) - 1)
    }
  }

  const cutTo = (omitted: unknown, to: number): unknown =>
    ((omitted ?? []) as [number, number, string][]).filter(([low]) => low <= to).map(([low, high, reason]) => [low, Math.min(high, to), reason])

  const server: TrackServer = {
    fetch: answer,
    streams: new Map(),
    requests: [],
    fault: undefined,
    mostBytes: Infinity,
    mostAtOnce: 0,
    reply: {},
    complaints: [],
  }
  return server
}
