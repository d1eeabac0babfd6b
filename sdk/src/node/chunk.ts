import { deflateSync, inflateSync } from 'node:zlib'

import type { Omission } from '../core/store'
import { parseKey, runOf, type Lines } from '../data/rows'

/**
 * A sealed chunk is a gzip file of its own, which any gzip reads. The numbers that the
 * upload leaves out stand as JSON in the extra field of its header (RFC 1952, 2.3.1.1),
 * packed where they are many.
 */

/** What one extra field holds, less its own header. */
const MOST = 65_000
const FIXED = 10
const EXTRA = 4
/** How the field says what it is. */
const PLAIN = 'CL'
const PACKED = 'CZ'

/** Whether the value can be a file of its own: a gzip of one member without flags, as all compressors of streams make it. */
export const isChunk = (key: string, value: unknown): value is [Uint8Array, readonly Omission[]] => {
  const [bytes] = Array.isArray(value) ? value as unknown[] : []
  return key[0] === 'd' && parseKey(key) !== undefined && bytes instanceof Uint8Array && bytes.length > FIXED && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[3] === 0
}

/** The file's bytes; undefined where more is left out than its header can say. */
export const encodeChunk = ([bytes, omitted]: readonly [Uint8Array, readonly Omission[]]): Buffer | undefined => {
  if (!omitted.length) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const text = Buffer.from(JSON.stringify(omitted))
  const json = text.length > MOST ? deflateSync(text) : text
  if (json.length > MOST) return undefined
  const head = Buffer.alloc(FIXED + 2 + 4)
  head.set(bytes.subarray(0, FIXED))
  head[3] = EXTRA
  head.writeUInt16LE(json.length + 4, FIXED)
  head.write(json === text ? PLAIN : PACKED, FIXED + 2)
  head.writeUInt16LE(json.length, FIXED + 4)
  return Buffer.concat([head, json, bytes.subarray(FIXED)])
}

/** The row's value. */
export const decodeChunk = (file: Buffer): Lines => {
  const whole = new Uint8Array(file)
  const mark = file[3] === EXTRA ? file.toString('latin1', FIXED + 2, FIXED + 4) : ''
  if (mark !== PLAIN && mark !== PACKED) return [whole, []]
  const end = FIXED + 2 + file.readUInt16LE(FIXED)
  const text = file.subarray(FIXED + 6, end)
  const omitted = JSON.parse((mark === PACKED ? inflateSync(text) : text).toString()) as Omission[]
  const bytes = new Uint8Array(FIXED + file.length - end)
  bytes.set(whole.subarray(0, FIXED))
  bytes[3] = 0
  bytes.set(whole.subarray(end), FIXED)
  return [bytes, omitted]
}

/** Its name in the folder. */
export const chunkName = (key: string): string => `${key.slice(1).replace(/\//g, '.')}.gz`

/** The key of a file; undefined for what is none of ours. */
export const chunkKey = (name: string): string | undefined => {
  const [, stream, from, to, bytes] = /^([0-9a-z]+)\.(\d+)\.(\d+)\.(\d+)\.gz$/.exec(name) ?? []
  return stream && bytes ? runOf(stream, Number(from), Number(to), Number(bytes)).key : undefined
}
