import { gunzipSync } from 'node:zlib'

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { systemEnvironment } from './environment'

afterEach(() => { vi.unstubAllGlobals() })

const storage = (items: Record<string, string> = {}) => ({
  items,
  getItem: (key: string) => items[key] ?? null,
  setItem(key: string, value: string) { items[key] = value },
})

describe('the id of the device', () => {
  beforeEach(() => { vi.stubGlobal('document', new EventTarget()) })

  test('is not looked for where there is no document: newer Nodes print a warning when they are asked for storage', () => {
    vi.stubGlobal('document', undefined)
    const asked = vi.fn()
    Object.defineProperty(globalThis, 'localStorage', { get: asked, configurable: true })
    expect(systemEnvironment().client()).toMatch(/^[0-9a-f]{24}$/)
    expect(asked).not.toHaveBeenCalled()
    Reflect.deleteProperty(globalThis, 'localStorage')
  })

  test('is kept where the browser keeps things', () => {
    const local = storage()
    vi.stubGlobal('localStorage', local)
    const id = systemEnvironment().client()
    expect(id).toMatch(/^[0-9a-f]{24}$/)
    expect(local.items).toEqual({ 'clewline.client': id })
    expect(systemEnvironment().client()).toBe(id)
  })

  test.each<[string, () => unknown]>([
    ['no storage', () => undefined],
    ['storage that is denied', () => { throw new DOMException('denied', 'SecurityError') }],
    ['storage that is full', () => ({ ...storage(), setItem() { throw new DOMException('full', 'QuotaExceededError') } })],
    ['something else under our name', () => storage({ 'clewline.client': 'x'.repeat(1000) })],
  ])('lives as long as the page with %s', (_, get) => {
    Object.defineProperty(globalThis, 'localStorage', { get, configurable: true })
    const env = systemEnvironment()
    const id = env.client()
    expect(id).toMatch(/^[0-9a-f]{24}$/)
    expect(env.client()).toBe(id)
    Reflect.deleteProperty(globalThis, 'localStorage')
  })
})

test.each([
  ['/desk/1', '', '/desk/1'],
  ['/desk/1', '#top', '/desk/1'],
  ['/', '#/calls/7?token=secret', '/#/calls/7'],
])('the page at %s%s is %s', (pathname, hash, want) => {
  vi.stubGlobal('location', { href: pathname + hash, pathname, hash, search: '?token=secret' })
  expect(systemEnvironment().page()).toBe(want)
})

test('gzip is undone by others', async () => {
  const text = new TextEncoder().encode('日志 '.repeat(50_000))
  const zipped = await systemEnvironment().gzip?.(text)
  expect(zipped?.length).toBeLessThan(text.length / 50)
  expect(Buffer.compare(gunzipSync(zipped ?? new Uint8Array()), Buffer.from(text))).toBe(0)
})
