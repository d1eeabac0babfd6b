const { default: T } = require('clewline')
const { logReport } = require('clewline/log-report')
const { node, run } = require('clewline/node')

const { folder, endpoint, key, app, name } = JSON.parse(process.argv[2])
T.$level({ console: 'off' })
T.$use(node, { folder })
T.$use(logReport, { endpoint, app, key })
run({ callId: 'c-cjs' }, () => new T(name).$log('from CommonJS'))
