import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { gunzipSync } from 'node:zlib'

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.map': 'application/json' }

/** A server on a port that the system chooses. */
export interface Running {
  readonly url: string
  close(): Promise<void>
}

export const listen = async (listener: RequestListener): Promise<Running> => {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

const strict = "default-src 'self'; require-trusted-types-for 'script'"

/** Serves the package's own folder: the build and the examples; with `csp` in the query under a strict policy. */
export const servePackage = (): Promise<Running> =>
  listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const path = normalize(pathname)
    const policy = searchParams.has('csp') ? { 'content-security-policy': strict } : {}
    const send = async (): Promise<void> => {
      try {
        const body = await readFile(join(process.cwd(), path))
        response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain', ...policy }).end(body)
      } catch {
        response.writeHead(404).end()
      }
    }
    void send()
  })

/** A request that a collector got. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly envelope: Record<string, unknown>
  readonly events: Record<string, unknown>[]
}

export interface Collector extends Running {
  readonly received: Received[]
  /** Resolves when the test holds; it is asked after each request. */
  until(test: () => boolean): Promise<void>
}

/** A track door of another origin that acknowledges all it gets. */
export const startCollector = async (): Promise<Collector> => {
  const received: Received[] = []
  let waiting: (() => void)[] = []
  const running = await listen((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const body = Buffer.concat(chunks)
      const text = (url.includes('enc=gzip') ? gunzipSync(body) : body).toString()
      const [envelope = {}, ...events] = text ? text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>) : []
      received.push({ method, url, headers, envelope, events })
      response.writeHead(200, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
      response.end(JSON.stringify({ clewline: 1, ack: [[envelope['stream'], envelope['from'], envelope['to']]], offset: 0, now: Date.now(), commands: [], wait: 0 }))
      const ask = waiting
      waiting = []
      ask.forEach((one) => one())
    })
  })
  return {
    ...running,
    received,
    async until(test) {
      while (!test()) await new Promise<void>((resolve) => { waiting.push(resolve) })
    },
  }
}
