import T from '../../dist/index.js'
import { captureConsole } from '../../dist/console.js'
import { logData } from '../../dist/log-data.js'
import { logReport } from '../../dist/log-report.js'
import { logViewer } from '../../dist/log-viewer.js'

const { endpoint, key, app = 'viewer', call: callId = 'call-9f3c27', data, ...look } = Object.fromEntries(new URLSearchParams(location.search))

if (data !== 'none') T.$use(logData, {})
if (endpoint) T.$use(logReport, { endpoint, app, key })
T.$use(captureConsole, {})
const viewer = T.$use(logViewer, { endpoint, keep: 200_000, ...look })
T.$context({ account: 'acme', staff: 'staff-1042', number: '13800000000' })

const call = new T('call')
const request = new T('request')
const ws = new T('ws')
const device = new T('device')
const page = new T('page')

const answer = (status) => Object.assign(new Error(`ticket tk-55e1 is 40m07s old, limit 30m`), { name: 'TicketError', code: 'TICKET_EXPIRED', status })

const makeCall = () => {
  call.$log('ringing', { from: '+86 138-0000-0000' }, { level: 'notice', callId, category: 'call' })
  device.$list('devices', [{ kind: 'mic', label: 'Headset', rate: 48000 }, { kind: 'speaker', label: 'Headset', rate: 48000 }], { callId })
  request.$log('PUT /seat/state → 401', { ms: 44 }, { level: 'error', callId, category: 'request', errorCode: 'TICKET_EXPIRED' })
  for (let i = 0; i < 4; i++) ws.$log('ping 37 ms, frames=1,166', undefined, { level: 'debug', callId, category: 'websocket' })
  call.$tag('release', '4.18.2', { callId })
  call.$tag('seat', 'staff-1042', { callId })
  page.$log('click button#hold', undefined, { callId, category: 'page' })
  call.$data('state', { hold: 'refused', ticket: { id: 'tk-55e1', ageMs: 2407118, ttlMs: 1800000 }, remote: { label: '坐席七' } }, { level: 'warn', callId })
  request.$error(answer(401), undefined, { callId })
  call.$alarm('no ticket refresh within 5 s', { seconds: 5 }, { callId })
  ws.$log('ping 38 ms, frames=1,204', undefined, { level: 'debug', callId, category: 'websocket' })
  console.log('%c route %c /desk/call', 'background:#7a2f9a;color:#fff;border-radius:3px;padding:0 6px;font-weight:600', 'color:#1c56e0')
  console.group('negotiation')
  console.log('offer', { sdp: 'v=0', candidates: 3 })
  console.warn('no answer yet')
  console.groupEnd()
  console.table([{ codec: 'opus', kbps: 32 }, { codec: 'pcmu', kbps: 64 }])
  console.log('<img src=x onerror=alert(1)>')
}

const makeMany = () => {
  T.$level({ console: 'off' })
  for (let i = 0; i < 100_000; i++) {
    if (i % 50 === 0) call.$data(`state ${i}`, { i, hold: 'refused' }, { level: 'warn' })
    else ws.$log(`event ${i} 登录 frames=${i * 7}`)
  }
}

document.querySelector('form').addEventListener('click', ({ target }) => {
  ({ open: () => viewer.open(), call: makeCall, many: makeMany })[target.dataset.do]?.()
})

Object.assign(window, { T, viewer, makeCall, makeMany })
