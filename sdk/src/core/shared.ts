import type { Fields } from './event'

/** What all copies of the SDK in one document or process have in common: a page may load it twice, in a bundle and by a script tag, a program as a module and by require. */
export interface Shared {
  /** How many there are. */
  copies: number
  /** Bodies of keepalive requests under way, in bytes, and the requests. */
  bytes: number
  requests: number
  /** Where the server's doors are, each with its version: `https://logs.example.com/v1/`. */
  uploads?: Set<string>
  /** What the code that runs now is about, where the platform can tell: the same object until something changes. Set by clewline/node. */
  scope?: () => Fields | undefined
}

const key = Symbol.for('clewline')

/** It is made by whoever comes first. */
export const shared = (): Shared => {
  const realm = globalThis as unknown as Record<symbol, Shared | undefined>
  return (realm[key] ??= { copies: 0, bytes: 0, requests: 0 })
}

let counted = false

/** Counts this copy, once. Gives how many there are. */
export const countCopy = (): number => {
  if (!counted) shared().copies++
  counted = true
  return shared().copies
}

/** Where uploads go: nobody's requests to log. A copy of another version may have made what is shared. */
const uploads = (): Set<string> => (shared().uploads ??= new Set())

/** All copies of the SDK know that this track door, and what stands beside it, is the SDK's own. */
export const own = (url: string): void => {
  try {
    uploads().add(new URL(url, globalThis.location?.href).href.replace(/track\?.*/, ''))
  } catch {
    // No address: nothing will be sent there.
  }
}

/** Whether the address is one of the SDK's own doors. */
export const isOwn = (url: string): boolean =>
  [...uploads()].some((doors) => url.startsWith(doors) && /^(track|push|viewer)\b/.test(url.slice(doors.length)))
