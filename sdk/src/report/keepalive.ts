import { shared, type Shared } from '../core/shared'

/**
 * Requests that outlive the page share 64 KiB of bodies in a document, with the
 * host's own, and hold their share until the answer was read. We stay below it, and
 * below the number of requests that browsers allow.
 */
const MOST_BYTES = 60_000
const MOST_REQUESTS = 6

/** The account of keepalive requests under way; one a document. */
export interface KeepaliveBudget {
  /** Bytes that can still be sent. */
  room(): number
  /** Books a body, and gives the way to free it once. */
  book(bytes: number): () => void
}

/** Of all copies of the SDK in this document. */
export const createKeepaliveBudget = (account: Pick<Shared, 'bytes' | 'requests'> = shared()): KeepaliveBudget => ({
  room: () => (account.requests < MOST_REQUESTS ? MOST_BYTES - account.bytes : 0),
  book(size) {
    account.bytes += size
    account.requests++
    let booked = true
    return () => {
      if (!booked) return
      booked = false
      account.bytes -= size
      account.requests--
    }
  },
})
