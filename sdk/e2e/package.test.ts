import { createRequire } from 'node:module'

import * as esm from 'clewline'
import * as esmReport from 'clewline/log-report'
import * as esmNode from 'clewline/node'
import { expect, test } from 'vitest'

const require = createRequire(import.meta.url)

test('require gives what import gives', () => {
  const cjs = require('clewline') as typeof esm
  const cjsReport = require('clewline/log-report') as typeof esmReport
  expect(Object.keys(cjs).sort()).toEqual(Object.keys(esm).sort())
  expect(Object.keys(cjsReport).sort()).toEqual(Object.keys(esmReport).sort())
  expect(Object.keys(require('clewline/node') as typeof esmNode).sort()).toEqual(Object.keys(esmNode).sort())
  expect(cjsReport.default).toBe(cjsReport.logReport)
  expect(() => new cjs.default('call').$log('from CommonJS', undefined, 'debug')).not.toThrow()
  expect(cjs.getRandomColor(true)).toMatch(/30%\)$/)
})
