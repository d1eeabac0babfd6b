import type { Context, Fields } from '../core/event'
import type { Host } from '../core/plugin'
import { createWatch, type Capture, type CaptureOptions } from './watch'

/** The states of a call, and which may follow which; names are the host's own. */
export type Transitions = Readonly<Record<string, readonly string[]>>

/** What is told of calls. */
export interface CallOptions extends CaptureOptions {
  /** By default those of a telephone: idle, ringing, dialing, in call, held, ended, missed, dropped. */
  transitions?: Transitions
  /** Whether the call that is under way goes into the context of all events, as callId and number. By default true. */
  context?: boolean
}

/** One call. */
export interface Call {
  readonly callId: string
  /** The state that it is in. */
  readonly state: string
  /** It is in another state now. A step that the transitions do not know is taken too, and is an alarm. What is passed as detail is kept as $log keeps it. */
  to(state: string, detail?: { reason?: string } & Record<string, unknown>): void
}

/** The capture of calls. */
export interface CallStatus extends Capture {
  readonly name: 'callStatus'
  /** A call begins, in state idle unless the options name another; the same id gives the call that is under way. */
  call(callId: string, who?: Pick<Context, 'number' | 'account' | 'staff'> & { state?: string }): Call
}

const telephone: Transitions = {
  idle: ['ringing', 'dialing'],
  ringing: ['in call', 'missed', 'ended', 'dropped'],
  dialing: ['ringing', 'in call', 'missed', 'ended', 'dropped'],
  'in call': ['held', 'ended', 'dropped'],
  held: ['in call', 'ended', 'dropped'],
  ended: [],
  missed: [],
  dropped: [],
}

/** Calls under way at a time; the oldest is forgotten. */
const MOST = 100

/**
 * Tells of calls: the host says which state each is in, and every other event of the page carries its callId.
 *
 * @example
 * const calls = T.$use(callStatus, {})
 * const call = calls.call('call-9f3c27', { number: '13800138000' })
 * call.to('ringing')
 * call.to('in call')
 */
export const callStatus = (host: Host, options: CallOptions = {}): CallStatus => {
  const watch = createWatch(host, 'call', options)
  const { transitions = telephone, context = true } = options
  const { env } = host
  const under = new Map<string, Call & { number?: Context['number'] }>()
  let on = true

  const isOver = (state: string): boolean => transitions[state]?.length === 0

  /** All other events are about the newest call that is under way. */
  const show = (): void => {
    const current = [...under.values()].pop()
    host.state('call', current?.state)
    if (context) host.context({ callId: current?.callId, number: current?.number })
  }

  const begin: CallStatus['call'] = (id, { number, account, staff, state = 'idle' } = {}) => {
    const callId = String(id).slice(0, 200)
    const known = under.get(callId)
    if (known) return known
    // Undefined would take away what the context has.
    const who = Object.fromEntries(Object.entries({ callId, number, account, staff }).filter(([, value]) => value !== undefined)) as Fields
    let since = env.mono()
    const call = {
      callId,
      number,
      state,
      to(next: string, detail?: { reason?: string }) {
        const from = call.state
        const to = String(next).slice(0, 100)
        if (to === from) return
        const allowed = transitions[from]?.includes(to)
        const now = env.mono()
        const reason = detail?.reason
        call.state = to
        if (isOver(to)) under.delete(callId)
        watch.guard(() => {
          show()
          watch.log(allowed && to !== 'dropped' ? '$tag' : '$alarm', `call state ${from} → ${to}${reason ? ` reason=${reason}` : ''}`, {
            from, to, ms: Math.round(now - since), unexpected: allowed ? undefined : true, ...detail,
          }, { ...who, level: allowed && /^(ringing|missed)$/.test(to) ? 'notice' : undefined })
        })()
        since = now
      },
    }
    if (on) {
      under.set(callId, call)
      if (under.size > MOST) under.delete([...under.keys()][0] ?? '')
      show()
    }
    return call
  }

  watch.undo(() => {
    on = false
    if (!under.size) return
    under.clear()
    show()
  })
  return watch.handle('callStatus', { call: begin })
}
