import type { LogEvent, Reason } from '../core/event'
import type { LocalStore, StoredStream } from '../core/store'
import type { Stream } from '../core/stream'
import type { Batch, Outbox } from './outbox'
import type { Sending } from './transport'

/** How the report stands. */
export interface SenderStatus {
  /** Events that wait for an acknowledgement. */
  buffered: number
  /** Their characters. */
  characters: number
  /** Numbers that the server has acknowledged: events and omissions. */
  acknowledged: number
  /** Events that were declared omitted because a buffer was full or the server too small. */
  dropped: number
  /** Numbers that were to be read from the device and were not there any more; declared too. */
  missing: number
  /** Streams of pages that are gone, whose logs this page sends. */
  adopted: number
  /** A request is under way. */
  sending: boolean
  /** Attempts that failed since the last success. */
  failures: number
  /** The key or the origin is refused. */
  refused: boolean
  /** When the next attempt is due after a failure, in ms from now. */
  retryIn?: number
  /** What went wrong last; it stays until an attempt succeeds. */
  lastError?: string
  /** The clock offset that the server measured for the stream under way, in ms. */
  offset?: number
}

export interface SenderOptions {
  /** Bounds of what waits in memory. */
  readonly maxEvents: number
  readonly maxCharacters: number
  /** Is told of what a user would want to know, once for each kind. */
  readonly warn: (message: string) => void
  /** What keeps events on this device, if anything does. */
  readonly store: () => LocalStore | undefined
  /** The server's commands, as they came with a reply. */
  readonly command: (command: unknown) => void
}

/** Sends what it is given, in order, until it is acknowledged. */
export interface Sender {
  add(event: LogEvent): void
  omit(stream: Stream, from: number, to: number, reason: Reason): void
  /** A stream was closed: its end is to be told. */
  closed(stream: Stream): void
  /** Sends what a page that is gone has left on this device. */
  adopt(stream: StoredStream): void
  /** Gives adopted streams back: others may see to them. */
  disown(): void
  flush(): Promise<boolean>
  status(): SenderStatus
  /** The network may be back, or the page be seen again: do not wait any longer. */
  wake(): void
  /** The page was hidden, and may never be seen again: send what there is, so that it outlives the page. */
  hidden(): void
  /** The page goes. What does not fit into a last request is declared omitted if it will not come back. */
  leave(forGood: boolean): void
}

/** A request under way. */
export interface Flight {
  readonly batch: Batch
  readonly sending: Sending
  /** It outlives the page. */
  readonly keepalive: boolean
}

/** Who waits until everything up to these numbers has arrived. */
export interface Waiter {
  readonly upTo: ReadonlyMap<Outbox, number>
  readonly resolve: (arrived: boolean) => void
}
