import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'

import { afterEach, expect, test } from 'vitest'

import { quietFetch } from './quietFetch'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

const serve = async (listener: RequestListener): Promise<string> => {
  const one = createServer(listener)
  server = one
  await new Promise<void>((resolve) => { one.listen(0, '127.0.0.1', resolve) })
  return `http://127.0.0.1:${(one.address() as { port: number }).port}/v1/track?v=1`
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

const post = (url: string, more: RequestInit = {}): Promise<Response> =>
  quietFetch(url, { method: 'POST', body: new TextEncoder().encode('座席'), headers: { 'content-type': 'text/plain' }, keepalive: false, ...more })

test('the body arrives, and the answer comes back with its status and Retry-After', async () => {
  const url = await serve((request, response) => {
    void textOf(request).then((text) => response.writeHead(429, { 'retry-after': '7', 'content-type': 'text/plain' }).end(`${request.method} ${request.url} ${request.headers['content-type']} ${text}`))
  })
  const response = await post(url)
  expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([429, '7', 'POST /v1/track?v=1 text/plain 座席'])
})

test('many in a row use one connection, and leave nothing on it', async () => {
  const sockets = new Set<unknown>()
  const url = await serve((request, response) => {
    sockets.add(request.socket)
    request.resume().on('end', () => response.end('ok'))
  })
  const warnings: unknown[] = []
  const warned = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', warned)
  for (let i = 0; i < 30; i++) expect(await (await post(url)).text()).toBe('ok')
  process.off('warning', warned)
  expect([sockets.size, warnings]).toEqual([1, []])
})

test.each([204, 304])('an answer of %i, which has no body, is an answer', async (status) => {
  const url = await serve((_, response) => void response.writeHead(status).end())
  expect((await post(url)).status).toBe(status)
})

test('what fails is a rejection: nobody there, given up, cut in the middle, without end', async () => {
  const url = await serve((request, response) => {
    if (request.headers['x-do'] === 'cut') {
      response.writeHead(200, { 'content-length': 100 }).write('half')
      return void setImmediate(() => response.destroy())
    }
    if (request.headers['x-do'] !== 'flood') return
    const flood = (): void => { while (!response.destroyed && response.write('x'.repeat(65_536))); }
    response.on('drain', flood)
    flood()
  })
  await expect(post('http://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED')
  const given = new AbortController()
  const silent = post(url, { signal: given.signal })
  given.abort()
  await expect(silent).rejects.toThrow(/abort/i)
  await expect(post(url, { headers: { 'x-do': 'cut' } })).rejects.toThrow()
  await expect(post(url, { headers: { 'x-do': 'flood' } })).rejects.toThrow('does not end')
  await expect(post('nonsense')).rejects.toThrow('Invalid URL')
})
