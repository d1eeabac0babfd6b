const { T, logReport } = window.Clewline
const { endpoint, key, app = 'quickstart', account = 'acme', call = 'c-17' } =
  Object.fromEntries(new URLSearchParams(location.search))

if (endpoint) T.$use(logReport, { endpoint, app, key, release: '1.0.0' })
T.$context({ account, staff: '1001', number: '13800138000' })

const t = new T('call')
t.$log('page opened', { referrer: document.referrer })

const log = {
  text: () => t.$log('ringing', { leg: 'outbound' }, { callId: call, category: 'call' }),
  data: () => t.$data('seat', { id: 7, state: 'busy', skills: ['sales', '中文'] }),
  tag: () => t.$tag('websocket', 'connected', { category: 'websocket' }),
  list: () => t.$list('calls', [{ id: 'c-16', seconds: 31 }, { id: 'c-17', seconds: 4 }]),
  alarm: () => t.$alarm('no answer for 30 s', { seconds: 30 }, { callId: call }),
  error: () => t.$error('cannot refresh the ticket', Object.assign(new Error('ticket expired'), { code: 'TICKET_EXPIRED' })),
}

document.querySelector('form').addEventListener('click', async ({ target }) => {
  log[target.dataset.log]?.()
  const arrived = await T.$flush()
  const { logged, plugins } = T.$status()
  const { buffered = 0, lastError } = plugins.logReport ?? {}
  document.querySelector('#status').value = endpoint
    ? `${logged} logged, ${buffered} waiting${lastError ? `: ${lastError}` : ''}${arrived ? '. All arrived.' : ''}`
    : `${logged} logged, here only.`
})
