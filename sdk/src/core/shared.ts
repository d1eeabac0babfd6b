/** What all copies of the SDK in one document have in common: a page may load it twice, in a bundle and by a script tag. */
export interface Shared {
  /** How many there are. */
  copies: number
  /** Bodies of keepalive requests under way, in bytes, and the requests. */
  bytes: number
  requests: number
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
