/**
 * What the tracker needs of the place it runs in. Each part can be replaced: tests
 * give a clock that they turn themselves, a simulation gives each seat its own.
 */
export interface Environment {
  /** The wall clock, ms since the epoch. It may jump. */
  now(): number
  /** A clock that never runs backwards, in ms from any origin. It may stand still during sleep. */
  mono(): number
  /**
   * Calls back once after so many ms; the result cancels. A timer with background set
   * does not keep a Node process alive.
   */
  timer(callback: () => void, ms: number, background?: boolean): () => void
  /** Random bytes, good enough for ids. */
  bytes(count: number): Uint8Array
  /** A number in [0, 1), for jitter. */
  chance(): number
  fetch?: (url: string, init: RequestInit) => Promise<Response>
  gzip?: (bytes: Uint8Array) => Promise<Uint8Array>
  gunzip?: (bytes: Uint8Array) => Promise<Uint8Array>
  console?: Console
  /** Whether the console shows where it was called from, so that it is worth keeping. */
  callSites: boolean
  /** The id of this device, the same after a reload where it can be kept. */
  client(): string
  /** The id of this visit: the life of a tab, or of a process. */
  session(): string
  /** The page as events name it, without its query, which may carry secrets. */
  page(): string | undefined
  /** Which pages are alive; absent in old WebViews and on insecure origins. */
  locks?: Pick<LockManager, 'request' | 'query'>
  /** Tells of `online`, `pagehide` and `pageshow`. */
  window?: EventTarget
  /** Tells of `visibilitychange`, `freeze` and `resume`. */
  document?: EventTarget & { readonly visibilityState: string }
}

/** Lower-case hex. */
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte < 16 ? '0' : '') + byte.toString(16)).join('')

/** An id that lives as long as its storage, and as this page where there is none. */
const keptId = (storage: () => Storage, key: string): (() => string) => {
  let id: string | null | undefined
  return () => {
    if (id) return id
    const fresh = hex(bytes(12))
    try {
      id = storage().getItem(key)
      if (!id || id.length > 64) storage().setItem(key, (id = fresh)) // not ours: the server takes no such id
    } catch {
      // Storage is denied, absent or full.
    }
    return (id ||= fresh)
  }
}

const bytes = (count: number): Uint8Array => {
  const array = new Uint8Array(count)
  try {
    return crypto.getRandomValues(array)
  } catch {
    return array.map(() => Math.random() * 256) // an old WebView: ids are unique, not secret
  }
}

/** By the platform. Writes are small, so that a big batch does not hold the main thread. */
const through = async (input: Uint8Array, { readable, writable }: GenericTransformStream): Promise<Uint8Array> => {
  const writer = (writable as WritableStream<Uint8Array>).getWriter()
  const write = async (): Promise<void> => {
    for (let at = 0; at < input.length; at += 65536) await writer.write(input.subarray(at, at + 65536))
    await writer.close()
  }
  const [output] = await Promise.all([new Response(readable as ReadableStream).arrayBuffer(), write()])
  return new Uint8Array(output)
}

/** The page's path; the hash only where it is a route. It is worked out anew only when the address has changed. */
const createPage = (): (() => string | undefined) => {
  let last: string | undefined
  let page: string | undefined
  return () => {
    const { href } = location
    if (href !== last) {
      last = href
      const { pathname, hash } = location
      page = hash.startsWith('#/') ? pathname + (hash.split('?')[0] ?? '') : pathname
    }
    return page
  }
}

/** The environment of the browser, worker or Node process that we are in. */
export const systemEnvironment = (): Environment => {
  const inPage = typeof document === 'object'
  // Taken before anybody wraps it: our own requests are nobody's to log.
  const native = typeof fetch === 'function' ? fetch : undefined
  return {
    now: () => Date.now(),
    mono: typeof performance === 'object' ? () => performance.now() : () => Date.now(),
    timer(callback, ms, background) {
      const handle: unknown = setTimeout(callback, ms)
      if (background) (handle as { unref?(): void }).unref?.() // a number in browsers
      return () => clearTimeout(handle as number)
    },
    bytes,
    chance: Math.random,
    fetch: native && ((url, init) => native(url, init)),
    ...(typeof CompressionStream === 'function' && {
      gzip: (input) => through(input, new CompressionStream('gzip')),
      gunzip: (input) => through(input, new DecompressionStream('gzip')),
    }),
    console: typeof console === 'object' ? console : undefined,
    callSites: inPage,
    // Without a document, which is a ReferenceError, nobody asks: newer Nodes print a warning at the question.
    client: keptId(() => document && localStorage, 'clewline.client'),
    session: keptId(() => document && sessionStorage, 'clewline.session'),
    page: typeof location === 'object' ? createPage() : () => undefined,
    locks: typeof navigator === 'object' ? navigator.locks : undefined,
    window: typeof addEventListener === 'function' ? (globalThis as unknown as EventTarget) : undefined,
    document: inPage ? document : undefined,
  }
}
