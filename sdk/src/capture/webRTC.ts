import type { Host } from '../core/plugin'
import { followTrack, watchDevices } from './devices'
import { configurationOf, createRecording, maskCandidate, type Dump, type Recording } from './dump'
import { maskText } from './mask'
import { pairOf, qualityOf, type Quality, type Stats } from './quality'
import { createWatch, type Capture, type CaptureOptions } from './watch'

export type { Dump, Quality }

/** What is told of WebRTC. */
export interface WebRTCOptions extends CaptureOptions {
  /** How often a connected connection is measured, in ms; any other ten times less. By default 1,000. */
  interval?: number
  /** How often the measurements are told, in ms. By default 10,000; a change for the worse is told at once. */
  every?: number
  /** Measurements of each connection that are kept in memory for the dump. By default 600. */
  samples?: number
}

/** The capture of WebRTC. */
export interface WebRTC extends Capture {
  readonly name: 'webRTC'
  /** Follows a connection that was made before this plugin was used. */
  watch(connection: RTCPeerConnection): void
  /** What is kept in memory, as chrome://webrtc-internals writes it; addresses, credentials and descriptions are left out. */
  dump(): Dump
}

/** Connections whose recordings are kept; the oldest goes first. */
const MOST = 8
/** Below this score a call is hard to follow, and from this on it is fine. */
const POOR = 3.1
const FAIR = 4
const bandOf = (score: number): string => (score < POOR ? 'poor' : score < FAIR ? 'fair' : 'good')

/**
 * Tells of WebRTC: states, candidates (masked), how it is connected, a measurement from time to time with a quality score,
 * devices that come and go.
 *
 * @example
 * const rtc = T.$use(webRTC, {})
 * download(JSON.stringify(rtc.dump()))     // for readers of webrtc-internals dumps
 */
export const webRTC = (host: Host, options: WebRTCOptions = {}): WebRTC => {
  const watch = createWatch(host, 'webrtc', { label: 'rtc', ...options })
  const { scope, log, guard, listen } = watch
  const { env } = host
  const { interval = 1000, every = 10_000, samples = 600 } = options
  const recordings = new Map<string, Recording>()
  const known = new WeakSet<object>()
  const asked: object[] = []
  let count = 0
  let living = 0

  const follow = (connection: RTCPeerConnection, configuration?: RTCConfiguration): void => {
    if (known.has(connection)) return
    known.add(connection)
    const id = String(++count)
    const recording = createRecording(env.page() ?? '', configurationOf(configuration), samples)
    recordings.set(id, recording)
    if (recordings.size > MOST) recordings.delete([...recordings.keys()][0] ?? '')
    living++

    const begun = env.mono()
    const found: Record<string, number> = {}
    const scores = { sum: 0, count: 0 }
    let previous: { at: number; stats: Stats } | undefined
    let toldOf: typeof previous
    let band = 'good'
    let busy = false
    let turn = 0

    const update = (type: string, value: string): void => recording.update(env.now(), type, value)
    const say: typeof log = (form, msg, data, fields) => log(form, msg, { connection: id, ...data }, fields)

    const measured = (stats: Stats): void => {
      const at = env.mono()
      const was = previous
      previous = { at, stats }
      recording.sample(env.now(), stats)
      if (!was) {
        toldOf = previous
        return
      }
      const { score } = qualityOf(was.stats, stats, at - was.at)
      if (score !== undefined) {
        scores.sum += score
        scores.count++
        host.state('rtc', `score ${score}`)
      }
      const now = score === undefined ? band : bandOf(score)
      const since = toldOf ?? was
      const worse = now === 'poor' && band !== 'poor'
      band = now
      if (!worse && at - since.at < every) return
      const quality = qualityOf(since.stats, stats, at - since.at)
      toldOf = previous
      const { rtt, jitter, lost } = quality
      say(worse ? '$alarm' : '$data', `getStats rtt=${rtt ?? '?'} ms jitter=${jitter ?? '?'} ms lost=${lost}${worse ? ', the other side may not understand' : ''}`, {
        ...quality, score: worse ? score : quality.score, band,
      }, { level: band === 'poor' ? 'warn' : undefined })
    }

    const measure = guard(() => {
      // In between, only what is connected is measured.
      if (busy || (connection.connectionState !== 'connected' && turn++ % 10)) return
      busy = true
      connection.getStats().then(guard((stats) => measured(stats as unknown as Stats)), () => {}).then(() => {
        busy = false
      })
    })

    const connected = guard(async () => {
      const stats = await connection.getStats() as unknown as Stats
      const pair = pairOf(stats)
      const local = stats.get(String(pair?.['localCandidateId']))
      const remote = stats.get(String(pair?.['remoteCandidateId']))
      const codec = [...stats.values()].find((stat) => stat.type === 'codec')
      guard(() => say('$data', `ICE connected via ${String(local?.['candidateType'] ?? '?')}`, {
        candidate: local?.['candidateType'], remote: remote?.['candidateType'], protocol: local?.['protocol'], relay: local?.['relayProtocol'],
        codec: codec && `${String(codec['mimeType'])}/${String(codec['clockRate'])}`, ms: Math.round(env.mono() - begun),
      }))()
    })

    const stateOf = (name: string, state: string): void => {
      update(name, state)
      const bad = state === 'failed'
      const code = name === 'ICE' ? 'ICE_FAILED' : 'RTC_FAILED'
      say(bad ? '$alarm' : '$tag', `${name} ${state}`, { state }, { level: state === 'disconnected' ? 'warn' : undefined, errorCode: bad ? code : undefined })
    }

    const stop = [
      listen(connection, 'iceconnectionstatechange', () => {
        const state = connection.iceConnectionState
        if (state === 'connected') {
          update('ICE', state)
          connected()
        } else if (state !== 'closed') stateOf('ICE', state)
      }),
      listen(connection, 'connectionstatechange', () => stateOf('media', connection.connectionState)),
      listen(connection, 'signalingstatechange', () => update('signaling', connection.signalingState)),
      listen(connection, 'negotiationneeded', () => update('negotiationneeded', '')),
      listen(connection, 'icecandidate', ({ candidate }: RTCPeerConnectionIceEvent) => {
        if (!candidate?.candidate) return
        const type = candidate.type ?? /\btyp (\w+)/.exec(candidate.candidate)?.[1] ?? '?'
        found[type] = (found[type] ?? 0) + 1
        const text = maskCandidate(candidate.candidate)
        update('icecandidate', text)
        say('$log', `candidate ${type}`, { candidate: text, type }, { level: 'debug' })
      }),
      listen(connection, 'icegatheringstatechange', () => {
        update('gathering', connection.iceGatheringState)
        if (connection.iceGatheringState === 'complete') say('$log', `ICE gathered ${Object.entries(found).map(([type, n]) => `${type} ${n}`).join(', ') || 'nothing'}`, { found })
      }),
      listen(connection, 'icecandidateerror', ({ errorCode, errorText, url }: RTCPeerConnectionIceErrorEvent) => {
        update('icecandidateerror', String(errorCode))
        say('$log', `ICE candidate error ${errorCode}`, { server: maskText(url ?? '', 200) }, { level: 'warn', errorCode: `ICE_${errorCode}`, errorMsg: maskText(errorText ?? '', 200) || undefined })
      }),
      listen(connection, 'track', ({ track }: RTCTrackEvent) => {
        update('track', track.kind)
        followTrack(watch, track, 'remote')
      }),
      watch.every(interval, () => {
        if (connection.connectionState === 'closed') end()
        else measure()
      }),
      // Closing tells nobody.
      watch.wrap(connection, 'close', () => () => end()),
    ]
    let ended = false
    const end = (): void => {
      if (ended) return
      ended = true
      stop.forEach((one) => one())
      update('close', '')
      if (!--living) host.state('rtc', undefined)
      const seconds = Math.round((env.mono() - begun) / 1000)
      say('$data', `media closed after ${seconds} s`, { seconds, score: scores.count ? Math.round((scores.sum / scores.count) * 10) / 10 : undefined })
    }
  }

  watch.wrap(scope, 'RTCPeerConnection', ([configuration]) => (made) => follow(made as RTCPeerConnection, configuration as RTCConfiguration))
  watchDevices(watch, env.mono, (result) => {
    if (asked.push({ ...result, time: env.now() }) > 100) asked.shift()
  })
  watch.undo(() => {
    if (living) host.state('rtc', undefined)
  })

  return watch.handle('webRTC', {
    watch: guard((connection: RTCPeerConnection) => follow(connection)),
    dump: (): Dump => ({
      getUserMedia: [...asked],
      PeerConnections: Object.fromEntries([...recordings].map(([id, recording]) => [`1-${id}`, recording.dump()])),
      UserAgent: scope.navigator?.userAgent ?? '',
    }),
  })
}
