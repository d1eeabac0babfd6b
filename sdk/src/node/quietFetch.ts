import * as http from 'node:http'
import * as https from 'node:https'
import type { Socket } from 'node:net'

/** An answer of ours is a few hundred bytes; in bytes. */
const MOST = 1 << 20

/**
 * As much of fetch as the upload needs, over connections that keep no process alive:
 * the platform's own would hold one that has done its work for as long as a server
 * does not answer. It follows no redirect: the answer is what the server said.
 */
export const quietFetch = (url: string, { method = 'GET', headers, body, signal }: RequestInit): Promise<Response> =>
  new Promise((resolve, reject) => {
    const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : '')
    const { request } = url.startsWith('https:') ? https : http
    const sent = request(url, {
      method,
      headers: { ...headers as Record<string, string>, 'content-length': bytes.length },
      signal: signal ?? undefined,
    }, (answer) => {
      const parts: Buffer[] = []
      let size = 0
      answer.on('data', (part: Buffer) => {
        parts.push(part)
        if ((size += part.length) > MOST) sent.destroy(new Error('the answer does not end'))
      })
      answer.on('error', reject)
      answer.on('end', () => {
        const { statusCode: status = 0, headers: got } = answer
        const retryAfter = got['retry-after']
        // A Response knows no status below 200, and no body for some.
        const empty = status === 204 || status === 205 || status === 304
        try {
          resolve(new Response(empty ? null : Buffer.concat(parts), { status, headers: retryAfter ? { 'retry-after': retryAfter } : {} }))
        } catch (error) {
          reject(error as Error)
        }
      })
    })
    const release = (socket: Socket): void => {
      socket.unref()
      if (socket.connecting) socket.on('connectionAttempt', () => socket.unref()) // the next address is tried on another handle
    }
    sent.on('socket', release)
    sent.on('error', reject)
    sent.end(bytes)
  })
