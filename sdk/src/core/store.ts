import type { LogEvent, Reason } from './event'
import type { Stream } from './stream'

/** A run of numbers that carry no event. */
export interface Omission {
  readonly from: number
  readonly to: number
  readonly reason: Reason
}

/** What is known of a stream on this device. */
export interface StoredStream {
  /** Its id begins with its UTC day, YYYYMMDD. */
  readonly id: string
  /** The lowest and the highest number that are kept. */
  readonly first: number
  readonly last: number
  /** What it takes on the device, in bytes. */
  readonly bytes: number
  /** Whom its events are to be uploaded for, if anybody. */
  readonly target?: string
  /** The page that writes it, as its lock is named. */
  readonly owner: string
  /** Up to here the server has acknowledged. */
  readonly acked: number
  /** The last number, where the page itself ended the stream. */
  readonly closed?: number
  /** The clock offset that the server measured, in ms. */
  readonly offset?: number
  /** The server knows that it has ended, and has all that lies here. */
  readonly ended?: boolean | undefined
}

/** A part of a stream, in the order of its numbers. */
export interface StoredPart {
  /** The event lines as they were written: one JSON object each, with its number as `seq`. */
  readonly lines: readonly string[]
  /** The numbers that the upload leaves out; their lines may be kept nevertheless. */
  readonly omitted: readonly Omission[]
  /** The first number after the part; Infinity when there is nothing more. */
  readonly next: number
}

/** Logs on this device: what clewline/log-data provides. It never throws into the caller. */
export interface LocalStore {
  /** Where they are: indexeddb, websql, localstorage, memory, file. */
  readonly kind: string
  /** Keeps an event. The same event twice is kept once. Numbers of a stream come in order. */
  append(event: LogEvent): void
  /** The upload leaves these numbers out. */
  omit(stream: Stream, from: number, to: number, reason: Reason): void
  /** The upload sends these numbers after all. */
  unomit(stream: Stream, from: number, to: number): void
  /** Whom the events of streams that begin from now on are to be uploaded for; undefined keeps them here. */
  target(target: string | undefined): void
  /** Up to which number everything of the stream is committed on this device. */
  durable(stream: Stream): number
  /** Resolves to whether everything so far is committed. Begins writing before it returns. */
  flush(): Promise<boolean>
  /** The server has acknowledged everything up to the number, and that the stream ended there. */
  acknowledged(stream: string, upTo: number, offset?: number, ended?: boolean): void
  /** All streams, oldest day first. */
  streams(): Promise<StoredStream[]>
  /** Part of a stream from a number on, about so many characters. */
  read(stream: string, from: number, characters?: number): Promise<StoredPart>
  /** The owners of streams that are alive, this page included. */
  alive(): Promise<ReadonlySet<string>>
  /**
   * This page answers for the stream from now on: gives it as its owner, who is dead, left it.
   * Undefined when its owner is no longer the one named.
   */
  adopt(stream: string, owner: string): Promise<StoredStream | undefined>
}

/** The number of an event's line, which stands first in it. */
export const seqOf = (line: string): number => Number.parseInt(line.slice(7), 10)
