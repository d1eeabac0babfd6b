import { callStatus, pageEvents, pushEvents, requests, webRTC, webSockets } from './sdk/capture.js'
import captureConsole from './sdk/console.js'
import T from './sdk/index.js'
import logData from './sdk/log-data.js'
import logPush from './sdk/log-push.js'
import logReport from './sdk/log-report.js'
import logViewer from './sdk/log-viewer.js'

import config from './config.js'
import { createExchange } from './exchange.js'
import { openMedia } from './media.js'

T.$use(logData, { days: 7 })
T.$use(logReport, { endpoint: location.origin, app: config.app, key: config.key, release: '1.0.0' })
T.$use(logPush, {})
T.$use(captureConsole, {})
T.$use(pageEvents, {})
T.$use(requests, { bodies: config.bodies })
T.$use(pushEvents, {})
T.$use(webSockets, {})
const calls = T.$use(callStatus, {})
const rtc = T.$use(webRTC, { every: config.rtcEvery })
const viewer = T.$use(logViewer, {})
T.$context({ account: 'acme' })
const t = new T('phone')

const at = (id) => document.getElementById(id)
const show = (id, text) => { at(id).textContent = text }
const say = (text) => show('message', text)

let call
let media
let muted = false

const exchange = createExchange(t, {
  onTicket: (state) => show('ticket-state', state),
  onLine: (state) => show('line-state', state),
  onPush({ type, callId, number, code }) {
    if (type === 'seat.warning') return say(`Warning: ${code}`)
    if (call) return undefined // busy
    call = calls.call(callId, { number })
    return step('ringing')
  },
})

const step = (state, reason) => {
  call?.to(state, reason && { reason })
  show('call-state', state)
  if (!['ended', 'missed', 'dropped'].includes(state)) return
  media?.close()
  media = call = undefined
  show('media-state', 'none')
  history.pushState({}, '', '/desk')
}

/** Asks the exchange, and goes on only where it agrees. */
const ask = async (action, then) => {
  try {
    await exchange.call(action, call?.callId)
    await then()
    say('')
  } catch (error) {
    t.$error(`the call cannot ${action}`, error)
    say(`Please try again: ${error.message}`)
  }
}

const talk = async () => {
  media = await openMedia(at('remote'))
  show('media-state', 'open')
  history.pushState({}, '', `/desk/call?number=${encodeURIComponent(at('number').value)}`)
  step('in call')
}

const actions = {
  dial() {
    if (call) return
    call = calls.call(`call-${Date.now().toString(16).slice(-6)}`, { number: at('number').value })
    step('dialing')
    exchange.tell({ type: 'call.dial', number: at('number').value })
    ask('dial', talk).then(() => {
      if (call && !media) step('dropped', 'refused')
    })
  },
  answer() {
    if (call?.state !== 'ringing') return
    exchange.tell({ type: 'call.accept', callId: call.callId })
    ask('answer', talk)
  },
  hold() {
    if (call) ask('hold', () => step(call.state === 'held' ? 'in call' : 'held'))
  },
  mute() {
    if (!call) return
    ask('mute', () => {
      muted = !muted
      media?.mute(muted)
    })
  },
  hangup() {
    if (!call) return
    exchange.tell({ type: 'call.hangup', callId: call.callId })
    navigator.sendBeacon('/seen', JSON.stringify({ callId: call.callId }))
    step('ended', 'hung_up')
  },
}
for (const [id, action] of Object.entries(actions)) at(id).addEventListener('click', action)

at('login').addEventListener('submit', async (event) => {
  event.preventDefault()
  const { staff, password, card } = Object.fromEntries(new FormData(event.target))
  T.$context({ staff })
  await exchange.login({ staff, password, card })
  history.replaceState({}, '', '/desk')
  at('login').hidden = true
  at('phone').hidden = at('simulate').hidden = false
})

for (const button of document.querySelectorAll('[data-simulate]')) {
  button.addEventListener('click', () => exchange.simulate(button.dataset.simulate, { number: at('number').value }))
}
at('refresh-fails').addEventListener('change', ({ target }) => exchange.simulate('refreshFails', { on: target.checked }))
at('throw').addEventListener('click', () => { throw new RangeError(`no such seat: ${at('password').value || 'none'}@example.com`) })
at('viewer').addEventListener('click', () => viewer.open())
at('dump').addEventListener('click', () => {
  const url = URL.createObjectURL(new Blob([JSON.stringify(rtc.dump())], { type: 'application/json' }))
  Object.assign(document.createElement('a'), { href: url, download: 'webrtc_internals_dump.txt' }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
})

setInterval(() => {
  const { logged, plugins } = T.$status()
  show('log-state', `${logged} logged, ${plugins.logReport?.buffered ?? 0} waiting`)
}, 500)

// For the tests, and for whoever opens the developer tools.
globalThis.phone = { T, rtc }
