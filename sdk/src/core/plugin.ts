import type { Environment } from './environment'
import type { Context, Destination, LogEvent, Reason } from './event'
import type { LevelOption } from './level'
import type { Stream, Streams } from './stream'

/** Takes the numbers of every stream, one by one and in order: each is an event or left out. */
export interface Sink {
  readonly destination: Exclude<Destination, 'console'>
  /** Is called inside the host's own call: it must be quick. */
  take(event: LogEvent): void
  /** The numbers from to to, both included, carry no event here. */
  omit(stream: Stream, from: number, to: number, reason: Reason): void
  /** A stream was closed. */
  closed?(stream: Stream): void
}

/** What a plugin sees of the tracker that it is used by. */
export interface Host {
  readonly env: Environment
  readonly streams: Pick<Streams, 'close' | 'current'>
  /** Adds a destination. Events that were logged before are handed over first. Gives the way to take it off again. */
  sink(sink: Sink): () => void
  /** Adds to the context of every event. */
  context(change: Context): void
  /** Sets levels, as T.$level does. */
  level(option: LevelOption): void
}

/** What T.$use gives back. */
export interface Handle {
  readonly name: string
  /** Takes nothing more, delivers what it has, then lets go of everything. */
  stop(): Promise<unknown> | void
  /** Resolves to whether everything that was logged so far has arrived. */
  flush?(): Promise<boolean>
  status?(): object
}

/** A plugin is a function of the tracker and its options. */
export type Plugin<Options, Installed extends Handle = Handle> = (host: Host, options: Options) => Installed
