import { describe, expect, test } from 'vitest'

import { outcomeOf, retryAfter } from './reply'

const now = Date.UTC(2026, 10, 20, 12)
const ok = { clewline: 1, ack: [['s', 1, 5]], offset: -250.5, now, commands: [], wait: 100 }

describe('only our own 200 acknowledges', () => {
  test.each<[string, number, string, object]>([
    ['our reply', 200, JSON.stringify(ok), { kind: 'stored', acknowledged: [[1, 5]], offset: -250.5, wait: 100 }],
    ['ranges of other streams', 200, JSON.stringify({ ...ok, ack: [['other', 1, 5], ['s', 2, 3]] }), { kind: 'stored', acknowledged: [[2, 3]] }],
    ['ranges that are none', 200, JSON.stringify({ ...ok, ack: [['s', '1', 5], 's', null, ['s']] }), { kind: 'stored', acknowledged: [] }],
    ['no ranges', 200, '{"clewline":1}', { kind: 'stored', acknowledged: [], offset: undefined, wait: 0 }],
    ['a wait without end', 200, JSON.stringify({ ...ok, wait: 1e12 }), { kind: 'stored', wait: 900_000 }],
    ['a wait that is none', 200, JSON.stringify({ ...ok, wait: 'long' }), { kind: 'stored', wait: 0 }],
    ['a captive portal', 200, '<html>', { kind: 'failed', message: 'HTTP 200, but not from a Clewline server' }],
    ['another server', 200, '{"ok":true}', { kind: 'failed' }],
    ['a newer protocol', 200, JSON.stringify({ ...ok, clewline: 2 }), { kind: 'failed' }],
    ['half of our reply', 200, JSON.stringify(ok).slice(0, 40), { kind: 'failed' }],
    ['our reply as a 202', 202, JSON.stringify(ok), { kind: 'failed', message: 'HTTP 202' }],
    ['null', 200, 'null', { kind: 'failed' }],
    ['nothing', 204, '', { kind: 'failed' }],
    ['too large', 413, '', { kind: 'tooLarge' }],
    ['no key', 401, '{"error":{"code":"unauthorized","message":"this key was revoked"}}', { kind: 'refused', message: 'HTTP 401: this key was revoked' }],
    ['wrong origin', 403, '', { kind: 'refused', message: 'HTTP 403' }],
    ['not found', 404, 'null', { kind: 'failed', message: 'HTTP 404' }],
    ['our mark on an error', 500, JSON.stringify(ok), { kind: 'failed' }],
  ])('%s', (_, status, text, want) => {
    expect(outcomeOf('s', status, null, text, now)).toMatchObject(want)
  })
})

test.each<[string | null, number | undefined]>([
  ['120', 120_000],
  [' 0 ', 0],
  ['99999999', 900_000],
  ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
  ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After: %s is %s ms', (header, want) => {
  expect(retryAfter(header, now)).toBe(want)
})
