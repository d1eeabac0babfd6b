/** One entry of getStats, whatever its type. */
export type Stat = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string }

/** One answer of getStats. */
export type Stats = ReadonlyMap<string, Stat>

/** How a connection is, between two answers of getStats. */
export interface Quality {
  /** Round trip and jitter, in ms. */
  rtt?: number
  jitter?: number
  /** Packets that did not arrive, and these in percent. */
  lost: number
  loss: number
  /** Kilobits a second. */
  inKbps: number
  outKbps: number
  /** Frames of video a second, where there is video. */
  fps?: number
  /** Milliseconds of sound that were made up. */
  concealed?: number
  /** What a listener would say, by ITU-T G.107: 1 is bad, 4.4 is as good as it gets; absent before anything was measured. */
  score?: number
}

/** What is counted since the connection began, and what stands at the moment. */
interface Totals {
  received: number
  lost: number
  bytesIn: number
  bytesOut: number
  frames: number
  concealedMs: number
  video: boolean
  rtt?: number
  jitter?: number
}

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)
const ms = (seconds: unknown): number | undefined => (typeof seconds === 'number' ? Math.round(seconds * 10_000) / 10 : undefined)
const worse = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined ? b : b === undefined ? a : Math.max(a, b))

const totalsOf = (stats: Stats): Totals => {
  const totals: Totals = { received: 0, lost: 0, bytesIn: 0, bytesOut: 0, frames: 0, concealedMs: 0, video: false }
  for (const stat of stats.values()) {
    if (stat.type === 'inbound-rtp') {
      totals.received += number(stat['packetsReceived'])
      totals.lost += number(stat['packetsLost'])
      totals.bytesIn += number(stat['bytesReceived'])
      totals.jitter = worse(totals.jitter, ms(stat['jitter']))
      if (stat['kind'] === 'video') {
        totals.video = true
        totals.frames += number(stat['framesDecoded'])
      } else if (number(stat['totalSamplesReceived'])) {
        totals.concealedMs += (number(stat['concealedSamples']) / number(stat['totalSamplesReceived'])) * number(stat['totalSamplesDuration']) * 1000
      }
    } else if (stat.type === 'outbound-rtp') totals.bytesOut += number(stat['bytesSent'])
    else if (stat.type === 'remote-inbound-rtp') totals.rtt = worse(totals.rtt, ms(stat['roundTripTime']))
  }
  return { ...totals, rtt: totals.rtt ?? ms(pairOf(stats)?.['currentRoundTripTime']) }
}

/** The pair of candidates that is in use. */
export const pairOf = (stats: Stats): Stat | undefined => {
  const all = [...stats.values()]
  const transport = all.find((stat) => stat.type === 'transport' && stat['selectedCandidatePairId'])
  return stats.get(String(transport?.['selectedCandidatePairId']))
    ?? all.find((stat) => stat.type === 'candidate-pair' && (stat['selected'] ?? (stat['nominated'] && stat['state'] === 'succeeded')))
}

/** The mean opinion of listeners: latency and loss by the E-model, simplified as is usual. */
export const scoreOf = (rtt: number, jitter: number, loss: number): number => {
  const latency = rtt / 2 + jitter * 2 + 10
  const r = Math.max(0, 93.2 - (latency < 160 ? latency / 40 : (latency - 120) / 10) - loss * 2.5)
  return Math.round((1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6) * 10) / 10
}

/** How the connection was from one answer to the next, which is so many ms later. What is counted anew (a stream was replaced) counts as nothing. */
export const qualityOf = (before: Stats, after: Stats, elapsed: number): Quality => {
  const was = totalsOf(before)
  const is = totalsOf(after)
  const more = (name: 'received' | 'lost' | 'bytesIn' | 'bytesOut' | 'frames' | 'concealedMs'): number => Math.max(0, is[name] - was[name])
  const lost = more('lost')
  const expected = more('received') + lost
  const loss = expected ? Math.round((lost / expected) * 1000) / 10 : 0
  const rate = (count: number): number => Math.round(elapsed > 0 ? count / (elapsed / 1000) : 0)
  return {
    rtt: is.rtt,
    jitter: is.jitter,
    lost,
    loss,
    inKbps: rate(more('bytesIn') * 0.008),
    outKbps: rate(more('bytesOut') * 0.008),
    fps: is.video ? rate(more('frames')) : undefined,
    concealed: Math.round(more('concealedMs')) || undefined,
    score: is.rtt === undefined && is.jitter === undefined ? undefined : scoreOf(is.rtt ?? 0, is.jitter ?? 0, loss),
  }
}
