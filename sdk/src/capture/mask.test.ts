import fc from 'fast-check'
import { expect, test } from 'vitest'

import { maskText, messageData, shapeOf, sizeOf, typeOf } from './mask'

test.each([
  ['card 4111 1111 1111 1111 ok', 'card 4111', 'numbers of cards'],
  ['4111-1111-1111-1111', '1111', 'numbers of cards with dashes'],
  ['{"password":"hunter2","a":1}', 'hunter2', 'a password'],
  ['{"password":"with \\" quote, and comma"}', 'comma', 'a password with quotes in it'],
  ['{"userPassword": "hunter2"', 'hunter2', 'a password in a text that was cut'],
  ['{"password":"hunt', 'hunt', 'a password that was cut'],
  ['{"password":["hunter2"]}', 'hunter2', 'a password in a list'],
  ['user=a&password=hunter2&x=1', 'hunter2', 'a form'],
  ['Authorization: Bearer abc.def-ghi', 'def', 'a header'],
  ['ticket=tk-55e1', '55e1', 'a ticket'],
  ['{"cvv":123}', '123', 'a card\'s code'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc', 'eyJ', 'a token'],
  ['mail jo.e+x@example.co.uk now', 'example', 'an e-mail address'],
])('%s is masked: no %s, being %s', (text, secret) => {
  expect(maskText(text)).not.toContain(secret)
  expect(maskText(text)).toContain('*')
})

test.each(['call state ringing → in call', 'at 1795185127688.25', 'id 4111111111111112', '/call/mute', 'shipping: DHL', 'pinned: 3', 'author: Bo', 'TICKET_EXPIRED', '错误 500'])('%s is left as it is', (text) => {
  expect(maskText(text)).toBe(text)
})

test('what follows a masked value is still told', () => {
  expect(maskText('{"password":"x","state":"busy"}')).toBe('{"password":*,"state":"busy"}')
})

const withCheckDigit = (digits: string): string => {
  const sum = [...digits].reverse().reduce((all, digit, i) => {
    const value = Number(digit) * (i % 2 ? 1 : 2)
    return all + (value > 9 ? value - 9 : value)
  }, 0)
  return digits + String((10 - (sum % 10)) % 10)
}

test('no number with a card\'s check digit survives, whatever stands around it', () => {
  const card = fc.stringMatching(/^[3-6]\d{14}$/).map(withCheckDigit)
  const words = fc.stringMatching(/^[a-z ]{0,30}$/)
  fc.assert(fc.property(words, card, words, (before, number, after) => {
    expect(maskText(`${before} ${number} ${after}`)).not.toContain(number)
  }))
})

test('a shape holds none of the strings that are values, except words that say what a message is', () => {
  const value = fc.stringMatching(/^[A-Z]{8,12}$/)
  const name = fc.constantFrom('a', 'b', 'name', 'text', 'customer')
  fc.assert(fc.property(fc.dictionary(name, fc.oneof(value, fc.array(value), fc.dictionary(name, value))), (message) => {
    const shape = shapeOf(JSON.stringify(message), 10_000) ?? ''
    for (const secret of JSON.stringify(message).match(/[A-Z]{8,}/g) ?? []) expect(shape).not.toContain(secret)
  }))
  expect(shapeOf('{"type":"call.incoming","number":"13800138000","n":13800138000,"ok":true,"code":4001}')).toBe('{"type":"call.incoming","number":"*","n":"*","ok":true,"code":4001}')
  expect(shapeOf('{"reason":"she said no","state":"13800138000"}')).toBe('{"reason":"*","state":"*"}')
  expect([shapeOf('hello'), shapeOf('{broken'), shapeOf(`{"a":"${'x'.repeat(20_000)}"}`)]).toEqual([undefined, undefined, undefined])
})

test.each(['a'.repeat(1e6), '"'.repeat(1e5), 'password'.repeat(1e4), `password${'-'.repeat(1e5)}`, '1 '.repeat(1e5), 'eyJa-'.repeat(1e5), '{"'.repeat(1e5), 'a.'.repeat(1e5) + '@', '\\'.repeat(1e5)])('a text made to take long is masked within a moment (%#)', (text) => {
  // The best of some: machines are busy.
  const took = Array.from({ length: 5 }, () => {
    const begun = performance.now()
    maskText(text)
    shapeOf(text)
    typeOf(text)
    return performance.now() - begun
  })
  expect(Math.min(...took)).toBeLessThan(250)
})

test('what is long is cut, and says so', () => {
  expect(maskText('x'.repeat(300), 200)).toBe(`${'x'.repeat(200)}…`)
})

test('sizes are told of what has one', () => {
  expect([sizeOf('abc'), sizeOf(new Uint8Array(5)), sizeOf(new ArrayBuffer(6)), sizeOf(new Blob(['1234'])), sizeOf(new URLSearchParams({ a: '1' })), sizeOf(new FormData()), sizeOf(null), sizeOf({ size: 9 })])
    .toEqual([3, 5, 6, 4, 3, undefined, undefined, undefined])
})

test('messages are told by type and shape, by their text where asked, or not at all', () => {
  const text = '{"type":"seat.state","seat":"Anna","password":"x"}'
  expect(messageData(text, 'shape')).toEqual({ type: 'seat.state', bytes: text.length, head: '{"type":"seat.state","seat":"*","password":*}' })
  expect(messageData(text, 'text').head).toBe('{"type":"seat.state","seat":"Anna","password":*}')
  expect(messageData(text, 'off').head).toBeUndefined()
  expect(messageData(new Uint8Array(3), 'text')).toEqual({ bytes: 3, type: undefined, head: undefined })
})
