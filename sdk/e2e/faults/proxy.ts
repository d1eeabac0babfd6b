import type { ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'

import { listen, type Running } from '../servers'

/** What the network, or something on the way, does to a request. */
export type NetworkFault = 'refuse' | 'loseReply' | 'stall' | 'portal' | 'truncate' | 'tooLarge' | 'reset' | 500 | 502 | 503 | 429

export const networkFaults: readonly NetworkFault[] = ['refuse', 'loseReply', 'stall', 'portal', 'truncate', 'tooLarge', 'reset', 500, 502, 503, 429]

/** The way to the server, where requests fail by a plan. */
export interface Proxy extends Running {
  /** Asked before each request; undefined lets it through. */
  fault: (() => NetworkFault | undefined) | undefined
  /** Numbers that the server was told are omitted, by stream and reason, in requests that it acknowledged or stored. */
  readonly omitted: Map<string, Map<string, [number, number][]>>
  /** How often each fault struck. */
  readonly struck: Map<string, number>
}

/** How long a stalled request is held, in ms. */
const HELD = 1500

const cors = { 'access-control-allow-origin': '*' }

export const startProxy = async (target: () => string): Promise<Proxy> => {
  const omitted: Proxy['omitted'] = new Map()

  const note = (url: string, body: Buffer): void => {
    const [line = ''] = (url.includes('enc=gzip') ? gunzipSync(body) : body).toString().split('\n', 1)
    const envelope = JSON.parse(line) as { stream: string; omitted?: [number, number, string][] }
    const runs = omitted.get(envelope.stream) ?? new Map<string, [number, number][]>()
    omitted.set(envelope.stream, runs)
    for (const [from, to, reason] of envelope.omitted ?? []) runs.set(reason, [...(runs.get(reason) ?? []), [from, to]])
  }

  const pass = async (url: string, headers: Record<string, string>, body: Buffer, response: ServerResponse, fault: NetworkFault | undefined): Promise<void> => {
    const answer = await fetch(target() + url, { method: 'POST', headers, body: new Uint8Array(body) })
    const text = await answer.text()
    if (answer.ok) note(url, body)
    if (fault === 'loseReply') return void response.destroy()
    const after = answer.headers.get('retry-after')
    response.writeHead(answer.status, { ...cors, 'content-type': 'application/json', ...(after && { 'retry-after': after }) })
    response.end(fault === 'truncate' ? text.slice(0, text.length / 2) : text)
  }

  const running = await listen((request, response) => {
    const { url = '' } = request
    const fault = proxy.fault?.()
    if (fault) proxy.struck.set(String(fault), (proxy.struck.get(String(fault)) ?? 0) + 1)
    if (fault === 'refuse') return void response.destroy()
    if (fault === 'reset') return void request.once('data', () => response.destroy()) // in the middle of the body
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (fault === 'stall') return void setTimeout(() => response.destroy(), HELD)
      if (fault === 'portal') return void response.writeHead(200, { ...cors, 'content-type': 'text/html' }).end('<html>Welcome to our Wi-Fi</html>')
      if (fault === 'tooLarge') return void response.writeHead(413, cors).end()
      if (typeof fault === 'number') return void response.writeHead(fault, { ...cors, 'retry-after': '1', 'access-control-expose-headers': 'retry-after' }).end()
      const headers = { 'content-type': 'text/plain;charset=UTF-8', origin: request.headers.origin ?? 'null' }
      pass(url, headers, Buffer.concat(chunks), response, fault).catch(() => response.destroy()) // the server is down
    })
  })
  const proxy: Proxy = { ...running, fault: undefined, omitted, struck: new Map() }
  return proxy
}
