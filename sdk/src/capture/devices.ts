import { maskText } from './mask'
import type { Watch } from './watch'

/** Follows the sound and picture of one track: a device that is unplugged, a stream that stops. */
export const followTrack = ({ listen, log }: Watch, track: MediaStreamTrack, whose: 'local' | 'remote'): void => {
  const undo = listen(track, 'ended mute unmute', ({ type }: Event) => {
    log('$log', `${whose} ${track.kind} ${type}`, { track: whose, kind: track.kind, state: type }, { level: whose === 'local' && type !== 'unmute' ? 'warn' : undefined })
    if (type === 'ended') undo()
  })
}

/**
 * Tells of microphones and cameras: who asks for them, with what success, and when one comes or goes. They are counted,
 * not named. Gives each result of getUserMedia to the callback.
 */
export const watchDevices = (watch: Watch, mono: () => number, asked: (result: object) => void): void => {
  const { scope, log, guard } = watch
  const media = scope.navigator?.mediaDevices
  let before: Record<string, number> | undefined

  const count = guard(async () => {
    if (!media?.enumerateDevices) return
    const now: Record<string, number> = { audioinput: 0, audiooutput: 0, videoinput: 0 }
    for (const { kind } of await media.enumerateDevices()) now[kind] = (now[kind] ?? 0) + 1
    const was = before
    before = now
    const changes = Object.keys(now).filter((kind) => was && was[kind] !== now[kind])
    if (was && changes.length) log('$log', `devices changed: ${changes.map((kind) => `${kind} ${was[kind] ?? 0} → ${now[kind]}`).join(', ')}`, { before: was, now }, { level: 'notice' })
  })
  count()
  watch.listen(media, 'devicechange', count)

  watch.wrap(media, 'getUserMedia', ([wishes]) => {
    const { audio, video } = (wishes ?? {}) as MediaStreamConstraints
    const begun = mono()
    const told = guard((outcome: object, failure?: Error) => {
      const result = { audio: Boolean(audio), video: Boolean(video), ms: Math.round(mono() - begun), ...outcome }
      asked(result)
      if (failure) log('$error', `getUserMedia: ${failure.name}`, result, { errorCode: failure.name, errorMsg: maskText(failure.message, 300) })
      else log('$log', 'getUserMedia granted', result)
    })
    return (promise) => (promise as Promise<MediaStream>).then(
      (stream) => {
        told({ tracks: stream.getTracks().length })
        guard(() => stream.getTracks().forEach((track) => followTrack(watch, track, 'local')))()
        return stream
      },
      (failure: unknown) => {
        told({}, failure as Error)
        throw failure
      },
    )
  })
}
