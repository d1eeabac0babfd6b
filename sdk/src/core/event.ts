import type { Stream } from './stream'

/** Severities, least severe first. */
export type Level = 'debug' | 'info' | 'notice' | 'warn' | 'error' | 'fatal'

/** The six forms of a log. */
export type Form = 'text' | 'data' | 'tag' | 'list' | 'alarm' | 'error'

/** The six behaviour categories that a replay has lanes for. */
export type Category = 'page' | 'request' | 'push' | 'call' | 'websocket' | 'webrtc'

/** Where events go. Each destination has a level of its own. */
export type Destination = 'console' | 'store' | 'report'

/** Who and where it happened. An empty string, null or undefined takes a value away. */
export interface Context {
  /** Main account. */
  account?: string | number | null
  /** Staff account. */
  staff?: string | number | null
  callId?: string | number | null
  /** Outbound number. */
  number?: string | number | null
  session?: string | number | null
  user?: string | number | null
  /** This device; by default an id kept in the browser's storage. */
  device?: string | number | null
  env?: string | null
  release?: string | null
  /** The machine that a program runs on; clewline/node sets it. */
  host?: string | null
  /** Of the simulated or proxied browser; the server takes the request's own by default. */
  ua?: string | null
}

/** Named fields that one call may set, besides the context. */
export interface Fields extends Context {
  level?: Level
  category?: Category
  /** By default the page's path, without its query. */
  page?: string
  traceId?: string
  spanId?: string
  childOf?: string
  service?: string
  event?: string
  function?: string
  httpPath?: string
  invoker?: string
  source?: string
  /** Milliseconds. */
  timeCost?: number
  errorCode?: string | number
  errorMsg?: string
}

/** Why a number of a stream carries no event. */
export type Reason = 'level' | 'mode' | 'quota' | 'rate'

/** One log, numbered and written down at the moment of the call. */
export interface LogEvent {
  readonly stream: Stream
  /** 1, 2, 3, ... within the stream. */
  readonly seq: number
  /** Epoch ms by the stream's own clock, which never runs backwards. */
  readonly time: number
  /** 0 for debug, 5 for fatal. */
  readonly severity: number
  readonly form: Form
  /** About how many characters the line has, known without writing it. */
  readonly size: number
  /** Alarms and errors do not wait for a batch to fill. */
  readonly urgent: boolean
  /** The event as one line of JSON, without the line feed. What it says was fixed in the call; it is written when first read. */
  readonly line: string
}
