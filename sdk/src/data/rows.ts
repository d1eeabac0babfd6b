import type { Omission } from '../core/store'
import type { KeyRange } from './driver'

/**
 * Keys. `d<stream>/<from>/<to>/<bytes>` holds a run of events, `s<stream>` what is known
 * of the stream, `o<owner>` when a page was last alive. A stream's id begins with its
 * day, so the oldest come first; a key tells all that expiry and quota want to know.
 */
export interface Run {
  readonly key: string
  readonly from: number
  readonly to: number
  readonly bytes: number
}

/** The value of `s<stream>`. */
export interface Known {
  owner: string
  target?: string
  acked: number
  /** The highest number that was ever written; what is not found below it was dropped. */
  last: number
  closed?: number
  offset?: number
  ended?: boolean
  /** Numbers that are sent although their run says they are omitted. */
  sent?: [from: number, to: number][]
}

/** The value of `d...`: event lines, and what the upload leaves out of from..to. */
export type Lines = readonly [text: string | Uint8Array, omitted: readonly Omission[]]

const DIGITS = 10
const number = (value: number): string => String(value).padStart(DIGITS, '0')

/** After every character of a key. */
const END = '~'

export const streamKey = (stream: string): string => `s${stream}`
export const ownerKey = (owner: string): string => `o${owner}`
export const all = (prefix: string): KeyRange => [prefix, prefix + END]
export const runKeys = (stream: string): KeyRange => all(`d${stream}/`)

export const runOf = (stream: string, from: number, to: number, bytes: number): Run =>
  ({ key: `d${stream}/${number(from)}/${number(to)}/${bytes}`, from, to, bytes })

/** The stream and the run of a key; undefined for what is none of ours. */
export const parseKey = (key: string): readonly [stream: string, run: Run] | undefined => {
  const [stream = '', from, to, bytes] = key.slice(1).split('/')
  return bytes === undefined ? undefined : [stream, { key, from: Number(from), to: Number(to), bytes: Number(bytes) }]
}
