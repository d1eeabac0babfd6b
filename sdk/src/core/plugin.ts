import type { Environment } from './environment'
import type { Context, Destination, LogEvent, Reason } from './event'
import type { LevelOption } from './level'
import type { LocalStore } from './store'
import type { Stream, Streams } from './stream'
import type { Tracker, TrackerOptions } from './tracker'

/** Takes the numbers of every stream, one by one and in order: each is an event or left out. */
export interface Sink {
  readonly destination: Exclude<Destination, 'console'>
  /** Is called inside the host's own call: it must be quick. Do not read event.line here; it is written when first read. */
  take(event: LogEvent): void
  /** The numbers from to to, both included, carry no event here. */
  omit(stream: Stream, from: number, to: number, reason: Reason): void
  /** A stream was closed: no number will follow. */
  closed?(stream: Stream): void
}

/** Of what a page tells how it stands: its WebSocket, its call, its WebRTC connection. */
export type StateName = 'socket' | 'call' | 'rtc'

/** What a plugin sees of the tracker that it is used by. */
export interface Host {
  /** Clock, timers, the platform's own fetch and console as they were before anybody wrapped them. */
  readonly env: Environment
  readonly streams: Pick<Streams, 'close' | 'current'>
  /** Adds a destination. Events that were logged before are handed over first. Gives the way to take it off again. */
  sink(sink: Sink): () => void
  /** An instance that the plugin logs with, as `new T(options)`. Most want `level: { console: 'off' }`. */
  create(options: string | TrackerOptions): Tracker
  /** Adds to the context of every event. */
  context(change: Context): void
  /** What every event says of who and where, besides what its instance adds. */
  known(): Context
  /** Sets levels, as T.$level does. */
  level(option: LevelOption): void
  /** Tells the user of something that is wrong: in `T.$status().warnings`, and once in the console. */
  warn(message: string): void
  /** What keeps logs on this device; there is one after clewline/log-data was used. */
  store?: LocalStore
  /** The handle of the plugin of this name, if it is in use. */
  handle<Installed extends Handle>(name: string): Installed | undefined
  /** Hands a command of the server (of a reply, of a push channel) to the plugins that know commands. */
  command(command: unknown): void
  /** Tells how the page stands now, in a word or two such as open, ringing, score 4.3; undefined when there is nothing to tell. */
  state(name: StateName, value: string | undefined): void
  /** What was told last. */
  readonly states: Readonly<Partial<Record<StateName, string>>>
}

/** What T.$use gives back. */
export interface Handle {
  readonly name: string
  /** Takes nothing more, delivers what it has, then lets go of everything: listeners, timers, wrapped functions. */
  stop(): Promise<unknown> | void
  /** Resolves to whether everything that was logged so far has arrived; with 'disk', whether it is written down on this device. */
  flush?(upTo?: 'disk'): Promise<boolean>
  /** How it stands, for T.$status(): plain data. */
  status?(): object
  /** A command of the server. What it does not know it leaves alone. */
  command?(command: unknown): void
  /** A state was told that differs from the one before; it stands in host.states. */
  changed?(): void
  /** The page is hidden, or goes: what is still to be said is said now, before anybody closes up. */
  leaving?(goes: boolean): void
  /** Answers T.$pull(message). */
  pull?(message: unknown): Promise<object>
}

/** A plugin is a function of the tracker and its options. It must not throw; if it does, T.$use says so and goes on. */
export type Plugin<Options, Installed extends Handle = Handle> = (host: Host, options: Options) => Installed
