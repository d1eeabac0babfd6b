// What one call costs: `npm -w sdk run build && npm -w sdk run bench`.
// Events go to a sink that drops them; nothing is printed unless it says so.
import { createTracker } from '../dist/index.js'

const silentConsole = Object.fromEntries(
  ['debug', 'log', 'info', 'warn', 'error', 'groupCollapsed', 'table', 'groupEnd'].map((name) => [name, () => {}]),
)
const sink = (host) => ({ name: 'sink', stop: host.sink({ destination: 'report', take() {}, omit() {} }) })

const tracker = async (parts, level) => {
  const T = createTracker({ console: undefined, page: () => '/desk', ...parts })
  T.$use(sink, undefined)
  await new Promise((resolve) => setTimeout(resolve, 10))
  return new T({ label: 'call', level })
}

const flat = { callId: 'c-17', leg: 'outbound', state: 'ringing', seconds: 4, ok: true, codec: 'opus', rate: 48000, jitter: 3.5, peer: '10.0.0.7', retry: 0 }
const off = await tracker({}, 'off')
const quiet = await tracker({})
const printing = await tracker({ console: silentConsole, callSites: true })
const plainPrinting = await tracker({ console: silentConsole, callSites: false })

const cases = [
  ['level off', () => off.$log('ringing'), 3e7],
  ['text, console off', () => quiet.$log('ringing'), 1e6],
  ['10-field object, console off', () => quiet.$log('ringing', flat), 5e5],
  ['text, console by a plain call', () => plainPrinting.$log('ringing'), 1e6],
  ['text, console with the native call site', () => printing.$log('ringing'), 1e6],
  ['JSON.stringify of the same object', () => JSON.stringify(flat), 1e6],
]

for (const [name, call, rounds] of cases) {
  const runs = []
  for (let run = 0; run < 7; run++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < rounds; i++) call()
    runs.push(Number(process.hrtime.bigint() - start) / rounds)
  }
  const sorted = runs.slice(1).sort((a, b) => a - b)
  console.log(`${sorted[2].toFixed(1).padStart(8)} ns  ${name}  (${sorted[0].toFixed(1)} to ${sorted[5].toFixed(1)})`)
}
