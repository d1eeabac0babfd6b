/**
 * The web phone and what it needs: its page, a little exchange (HTTP, a WebSocket, server-sent events), and the
 * way to a Clewline server on the page's own origin, so that the page lives under `default-src 'self'`.
 *
 *   node server.mjs --server http://127.0.0.1:7410 --key pk_... [--port 7420] [--app web-phone]
 *
 * The package must have been built (npm -w sdk run build). Everything is in memory.
 */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, request as ask } from 'node:http'
import { request as askSafely } from 'node:https'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { WebSocketServer } from 'ws'

const here = fileURLToPath(new URL('.', import.meta.url))
const built = fileURLToPath(new URL('../../dist/', import.meta.url))
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.map': 'application/json' }

/** Nothing but what comes from here; no inline script or style, no eval. */
const policy = "default-src 'self'; require-trusted-types-for 'script'"

/** A ticket is good for so long, in ms. */
const LIFE = 30 * 60_000

/** Bytes that a request to the exchange may have. */
const MOST = 10_000

const bodyOf = async (request) => {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > MOST) throw new Error('the body is too long')
  }
  return text ? JSON.parse(text) : {}
}

/** Who is logged in, and what goes wrong on purpose. */
const createExchange = () => {
  const tickets = new Map()
  const sockets = new Set()
  const listeners = new Set()
  let refreshFails = false
  let calls = 0

  const issue = () => {
    const ticket = `tk-${randomBytes(8).toString('hex')}`
    tickets.set(ticket, Date.now() + LIFE)
    return { ticket, life: LIFE }
  }
  const push = (type, data) => {
    for (const listener of listeners) listener.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const good = (request) => (tickets.get(request.headers.authorization?.replace('Bearer ', '')) ?? 0) > Date.now()
  const expired = { status: 401, body: { code: 'TICKET_EXPIRED', message: 'the ticket is old: ask /ticket/refresh for another' } }

  const simulate = {
    incoming: ({ number }) => push('call.incoming', { type: 'call.incoming', callId: `call-${(++calls).toString(16).padStart(6, '0')}`, number }),
    warn: () => push('seat.warning', { type: 'seat.warning', code: 'QUEUE_LONG', waiting: 12 }),
    expire: () => tickets.clear(),
    refreshFails: ({ on }) => { refreshFails = Boolean(on) },
    drop: () => sockets.forEach((socket) => socket.terminate()),
  }

  return {
    /** What /ticket, /call and /simulate answer; undefined for what is not here. */
    async answer(request, path) {
      const body = await bodyOf(request)
      if (path === '/seen') return { status: 204 }
      if (path === '/ticket/login') return { status: 200, body: issue() }
      if (path === '/ticket/refresh') return refreshFails ? { status: 503, body: { code: 'TICKET_SERVICE_DOWN' } } : { status: 200, body: issue() }
      if (path.startsWith('/call/')) return good(request) ? { status: 200, body: { ok: true } } : expired
      const play = path.startsWith('/simulate/') && Object.hasOwn(simulate, path.slice(10)) && simulate[path.slice(10)]
      if (!play) return undefined
      play(body)
      return { status: 204 }
    },
    listen(request, response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(': hello\n\n')
      listeners.add(response)
      request.on('close', () => listeners.delete(response))
    },
    accept(socket) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => {}) // it closes then
      socket.on('message', (data) => {
        const text = String(data)
        if (text === 'ping') socket.send('pong')
        else socket.send(JSON.stringify({ type: 'ack', of: text.slice(0, 100).match(/"type":"([\w.]+)"/)?.[1] ?? null }))
      })
    },
    close: () => sockets.forEach((socket) => socket.terminate()),
  }
}

/** Hands a request on to the Clewline server. */
const forward = (server, request, response) => {
  const url = new URL(request.url, server)
  const onward = (url.protocol === 'https:' ? askSafely : ask)(url, { method: request.method, headers: { ...request.headers, host: url.host } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.headersSent ? response.destroy() : response.writeHead(502).end())
  response.on('close', () => onward.destroy())
  request.pipe(onward)
}

/** Starts the phone. Port 0 is any that is free. */
export const startPhone = async ({ server, key, app = 'web-phone', port = 0, host = '127.0.0.1', options = {} }) => {
  const exchange = createExchange()
  const config = `export default ${JSON.stringify({ key, app, ...options })}\n`

  const file = async (path) => {
    if (path === '/config.js') return config
    const root = path.startsWith('/sdk/') ? built : here
    const name = path === '/' ? 'index.html' : normalize(path.replace(/^\/sdk\//, '/')).slice(1)
    if (!/^[\w.-]+\.(html|js|css|map)$/.test(name)) return undefined
    return readFile(join(root, name)).catch(() => undefined)
  }

  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    if (pathname.startsWith('/v1/')) return forward(server, request, response)
    if (pathname === '/events') return exchange.listen(request, response)
    if (request.method === 'POST') {
      const { status = 404, body } = (await exchange.answer(request, pathname)) ?? {}
      return response.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body))
    }
    const body = await file(pathname)
    if (body === undefined) return response.writeHead(404).end()
    return response.writeHead(200, {
      'content-type': types[extname(pathname) || '.html'] ?? 'text/plain', 'content-security-policy': policy, 'cache-control': 'no-store',
    }).end(body)
  }

  const running = createServer((request, response) => {
    answer(request, response).catch((error) => response.headersSent ? response.destroy() : response.writeHead(400).end(String(error.message)))
  })
  const sockets = new WebSocketServer({ server: running, path: '/ws', maxPayload: MOST })
  sockets.on('connection', exchange.accept)
  await new Promise((resolve, reject) => running.once('error', reject).listen(port, host, resolve))
  return {
    url: `http://${host}:${running.address().port}`,
    close: () => new Promise((resolve) => {
      exchange.close()
      sockets.close()
      running.close(() => resolve())
      running.closeAllConnections()
    }),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { server: { type: 'string' }, key: { type: 'string' }, app: { type: 'string' }, port: { type: 'string', default: '7420' } } })
  const { server = process.env.CLEWLINE_SERVER, key = process.env.CLEWLINE_BROWSER_KEY, app, port } = values
  if (!server || !key) {
    process.stderr.write('Say where to log to: node server.mjs --server http://127.0.0.1:7410 --key pk_...\n')
    process.exit(2)
  }
  const { url } = await startPhone({ server, key, app, port: Number(port) })
  process.stdout.write(`The web phone is at ${url}\n`)
}
