import { maskText } from './mask'
import type { Stats } from './quality'

/** What chrome://webrtc-internals writes, and its readers read. */
export interface Dump {
  getUserMedia: object[]
  PeerConnections: Record<string, {
    pid: number
    url: string
    rtcConfiguration: string
    constraints: string
    stats: Record<string, { startTime: string; endTime: string; statsType: string; values: string }>
    updateLog: { time: string; type: string; value: string }[]
  }>
  UserAgent: string
}

/** Values of one kind, of one entry of getStats. */
interface Series {
  readonly type: string
  /** The first sample that has it. */
  first: number
  /** Samples at which it changed, and what it became. */
  readonly at: number[]
  readonly values: (string | number | boolean)[]
}

/** What one connection has to tell. */
export interface Recording {
  /** Keeps what has changed since the last sample. */
  sample(time: number, stats: Stats): void
  /** Keeps what happened. */
  update(time: number, type: string, value: string): void
  dump(): Dump['PeerConnections'][string]
}

/** Bounds of one connection. */
const SERIES = 3000
const UPDATES = 500
const LETTERS = 200

/** Where somebody is, or what proves who they are. */
const hidden = /^(timestamp|id|type|address|ip|port|relatedAddress|relatedPort|usernameFragment|iceLocalUsernameFragment|fingerprint|base64Certificate|\w+CertificateId|networkId|url)$/

/** Addresses in a candidate or a description. */
const addresses = /\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[\da-f]{0,4}(?::[\da-f]{0,4}){3,7}\b|[\w-]+\.local\b/gi

/** A candidate without its addresses, and without what stands for this connection alone. */
export const maskCandidate = (candidate: string): string =>
  candidate.slice(0, 500).replace(addresses, '*').replace(/\b(ufrag|pwd|rport) \S+/g, '$1 *').replace(/^(candidate:\S+ \d+ \S+ \d+ \* )\d+/, '$1*')

/** The servers of a configuration, without the credentials. */
export const configurationOf = ({ iceServers = [], iceTransportPolicy, bundlePolicy }: RTCConfiguration = {}): object => ({
  iceServers: iceServers.slice(0, 20).map(({ urls }) => [urls].flat().map((url) => maskText(String(url), LETTERS))),
  iceTransportPolicy,
  bundlePolicy,
})

const iso = (time: number | undefined): string => new Date(time ?? 0).toISOString()

/** A recording of so many samples; older ones go. */
export const createRecording = (url: string, configuration: object, most: number): Recording => {
  const all = new Map<string, Series>()
  const updates: [time: number, type: string, value: string][] = []
  let times: number[] = []
  let offset = 0 // samples that went

  /** Forgets old samples, a quarter at a time. */
  const shorten = (): void => {
    const gone = Math.ceil(most / 4)
    times = times.slice(gone)
    offset += gone
    for (const [name, series] of all) {
      const { at, values } = series
      const next = at.findIndex((one) => one > offset)
      const keep = (next < 0 ? at.length : next) - 1 // what held at the first sample that is left
      if (keep > 0) {
        at.splice(0, keep)
        values.splice(0, keep)
      }
      series.first = Math.max(series.first, offset)
      if (next < 0 && !seen.has(name)) all.delete(name)
    }
  }
  let seen = new Set<string>()

  return {
    sample(time, stats) {
      if (times.push(time) > most) shorten()
      const now = offset + times.length - 1
      seen = new Set()
      for (const stat of stats.values()) {
        if (stat.type === 'certificate') continue // its id is its fingerprint
        for (const [name, value] of Object.entries(stat)) {
          if (hidden.test(name) || !/^[nsb]/.test(typeof value)) continue
          const key = `${stat.id}-${name}`
          seen.add(key)
          let series = all.get(key)
          if (!series) {
            if (all.size >= SERIES) continue
            all.set(key, (series = { type: stat.type, first: now, at: [], values: [] }))
          }
          const short = typeof value === 'string' ? value.slice(0, LETTERS) : value as number
          if (series.values[series.values.length - 1] === short) continue
          series.at.push(now)
          series.values.push(short)
        }
      }
    },
    update(time, type, value) {
      if (updates.push([time, type, value.slice(0, 1000)]) > UPDATES) updates.shift()
    },
    dump: () => ({
      pid: 1,
      url,
      rtcConfiguration: JSON.stringify(configuration),
      constraints: '',
      stats: Object.fromEntries([...all].map(([key, { type, first, at, values }]) => {
        const spread: unknown[] = []
        for (let sample = first, next = 0; sample < offset + times.length; sample++) {
          while ((at[next] ?? Infinity) <= sample) next++
          spread.push(values[next - 1])
        }
        return [key, { startTime: iso(times[first - offset]), endTime: iso(times[times.length - 1]), statsType: type, values: JSON.stringify(spread) }]
      })),
      updateLog: updates.map(([time, type, value]) => ({ time: iso(time), type, value })),
    }),
  }
}
