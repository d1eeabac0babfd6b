import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { dataOf, errorData, quote, snapshot } from './snapshot'

const read = (value: unknown): unknown => JSON.parse(snapshot(value) ?? 'null')

const cycle: Record<string, unknown> = { name: 'a' }
cycle['self'] = cycle

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

class Call {
  readonly id = 7
  get secret(): string { return 'not a member of its own' }
}

describe('a snapshot says what a value was', () => {
  test.each<[string, unknown, unknown]>([
    ['text', 'héllo', 'héllo'],
    ['a number', 1.5, 1.5],
    ['a number that JSON cannot write', [NaN, -Infinity], ['NaN', '-Infinity']],
    ['nothing', [null, undefined], [null, null]],
    ['a member without a value', { a: undefined, b: 1 }, { b: 1 }],
    ['a date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['no date', new Date(NaN), null],
    ['a function', { f: function ring() {} }, { f: '[Function ring]' }],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a pattern', /a+/g, '/a+/g'],
    ['a map with names', new Map([['a', 1]]), { a: 1 }],
    ['a map with other keys', new Map([[1, 'a']]), [[1, 'a']]],
    ['a set', new Set([1, 2]), [1, 2]],
    ['bytes', new Uint8Array(1e6), '[Uint8Array(1000000 B)]'],
    ['a promise', Promise.resolve(1), '[object Promise]'],
    ['an instance', new Call(), { id: 7 }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['toJSON', { when: { toJSON: () => ({ a: 1 }) } }, { when: { a: 1 } }],
    ['toJSON that gives itself', { toJSON() { return this }, a: 1 }, { toJSON: '[Function toJSON]', a: 1 }],
    ['a cycle', cycle, { name: 'a', self: '[Circular]' }],
    ['one object twice, which is no cycle', ((one) => [one, one])({ a: 1 }), [{ a: 1 }, { a: 1 }]],
    ['a getter that throws', { get a() { throw new Error('no') }, b: 1 }, { a: '[Throws]', b: 1 }],
    ['a revoked proxy', { a: revoked() }, { a: '[Throws]' }],
    ['a proxy whose every trap throws', new Proxy({}, { ownKeys() { throw new Error('no') }, get() { throw new Error('no') } }), '[Throws]'],
    ['an element', { nodeName: 'BUTTON', id: 'save', __proto__: { tagName: 'BUTTON' } }, '<button#save>'],
    ['too deep', [[[[[[[1]]]]]]], [[[[[['[Array(1)]']]]]]]],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
    ['a lone surrogate in a name', { 'x\udfff': 1, y: 2 }, { 'x\ufffd…0': 1, y: 2 }],
    ['a whole pair', '😀', '😀'],
    ['text that looks like an escape', '\\ud800', '\\ud800'],
  ])('%s', (_, value, want) => {
    expect(read(value)).toEqual(want)
  })

  test('a BigInt keeps its digits as a number, which the server reads exactly', () => {
    expect(snapshot({ id: 2n ** 64n })).toBe('{"id":18446744073709551616}')
    expect(snapshot(2n ** 200000n)).toBe('"[BigInt]"')
  })

  test('an error has its name, message, stack, cause and own members', () => {
    const error = Object.assign(new TypeError('bad', { cause: new Error('worse') }), { code: 'E_BAD' })
    expect(read({ error })).toMatchObject({
      error: { name: 'TypeError', message: 'bad', stack: expect.stringContaining('snapshot.test'), cause: { message: 'worse' }, code: 'E_BAD' },
    })
  })

  test('it is what the value was, not what it became', () => {
    const value = { state: 'ringing' }
    const json = snapshot(value)
    value.state = 'gone'
    expect(json).toBe('{"state":"ringing"}')
  })
})

describe('a snapshot is bounded, and says where it left something out', () => {
  test.each<[string, () => unknown, unknown]>([
    ['members', () => Object.fromEntries(Array.from({ length: 103 }, (_, i) => [`k${i}`, i])), expect.objectContaining({ k99: 99, '…': '+3' })],
    ['items', () => Array.from({ length: 1e6 }, () => 0), expect.arrayContaining(['… +999900'])],
    ['text', () => 'x'.repeat(10_000), `${'x'.repeat(8192)}… (+1808)`],
  ])('%s', (_, value, want) => {
    expect(read(value())).toEqual(want)
  })

  test('a member that has the name of our mark does not meet it', () => {
    const many = Object.fromEntries(Array.from({ length: 103 }, (_, i) => [i === 5 ? '…' : `k${i}`, i]))
    expect(read(many)).toMatchObject({ '……5': 5, '…': '+3' })
  })

  test('names that are cut stay apart', () => {
    const a = 'n'.repeat(100)
    expect(Object.keys(read({ [`${a}1`]: 1, [`${a}2`]: 2 }) as object)).toHaveLength(2)
  })

  test('a tree of a million nodes', () => {
    const tree = (depth: number): unknown => (depth ? Array.from({ length: 10 }, () => tree(depth - 1)) : 'leaf')
    expect(snapshot(tree(6))?.length).toBeLessThan(40_000)
  })

  test('nothing makes it throw, write no JSON, or repeat a name', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true, withObjectString: true }), (value) => {
        const json = dataOf(value)
        if (json === undefined) return
        const object: unknown = JSON.parse(json)
        expect(typeof object === 'object' && object !== null && !Array.isArray(object)).toBe(true)
        expect(json.length).toBeLessThan(100_000)
        expect(json).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/)
      }),
      { numRuns: 500, seed: 1 },
    )
  })

  test('it reads back what JSON itself could write', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(read(value)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 300, seed: 2 },
    )
  })
})

describe('data is an object, so that its members can be searched by name', () => {
  test.each<[string, unknown, unknown[], unknown]>([
    ['an object', { a: 1 }, [], { a: 1 }],
    ['a list', [1, 2], [], { items: [1, 2] }],
    ['a number', 5, [], { value: 5 }],
    ['what more was passed', { a: 1 }, [2, 'x'], { value: { a: 1 }, more: [2, 'x'] }],
    ['only more', undefined, [2], { more: [2] }],
  ])('%s', (_, value, more, want) => {
    expect(JSON.parse(dataOf(value, more) ?? 'null')).toEqual(want)
  })

  test('nothing is no data', () => {
    expect(dataOf(undefined)).toBeUndefined()
  })

  test('an error goes with what was said along', () => {
    expect(JSON.parse(errorData(new Error('bad'), { name: 'not the name', order: 7 }))).toMatchObject({ name: 'Error', message: 'bad', order: 7 })
    expect(JSON.parse(errorData(new Error('bad'), 7))).toMatchObject({ value: 7 })
  })
})

test('quote writes what JSON.stringify writes', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => quote(text) === JSON.stringify(text)), { seed: 3 })
})
