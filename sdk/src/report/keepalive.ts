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

export const createKeepaliveBudget = (): KeepaliveBudget => {
  let bytes = 0
  let requests = 0
  return {
    room: () => (requests < MOST_REQUESTS ? MOST_BYTES - bytes : 0),
    book(size) {
      bytes += size
      requests++
      let booked = true
      return () => {
        if (!booked) return
        booked = false
        bytes -= size
        requests--
      }
    },
  }
}
