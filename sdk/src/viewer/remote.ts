import { rowOf, type Row } from './row'

/** Rows that are asked of the server at a time. */
const PAGE = 2000

/** Why the server gave no answer. */
export class RemoteError extends Error {
  constructor(message: string, readonly reason?: 'expired' | 'revoked' | 'unknown') {
    super(message)
  }
}

export interface Remote {
  readonly endpoint: string
  readonly token: string
}

type Ask = (url: string, init: RequestInit) => Promise<Response>

const ask = async (fetch: Ask, { endpoint, token }: Remote, path: string): Promise<string> => {
  let response: Response
  try {
    response = await fetch(endpoint.replace(/\/+$/, '').replace(/\/v1\/track$/, '') + path, {
      headers: { authorization: `Bearer ${token}` }, credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer',
    })
  } catch (error) {
    throw new RemoteError(String(error))
  }
  const text = await response.text()
  if (response.ok) return text
  const { reason } = (/"reason":"viewer_(?<reason>expired|revoked|unknown)"/.exec(text)?.groups ?? {}) as { reason?: 'expired' }
  throw new RemoteError(`HTTP ${response.status}`, reason)
}

/** What a read token opens. */
export interface Opened {
  readonly field: string
  readonly value: string
  readonly from: string
  readonly expires: string
}

export const readOpened = async (fetch: Ask, remote: Remote): Promise<Opened> => JSON.parse(await ask(fetch, remote, '/v1/viewer')) as Opened

/** Reads the events of a read token, newest first, page by page, back to a time in epoch ms if there is one. */
export const readServer = async (fetch: Ask, remote: Remote, since: number | undefined, take: (rows: Row[]) => boolean): Promise<void> => {
  const from = since === undefined ? '' : `&from=${encodeURIComponent(new Date(since).toISOString())}`
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const lines: string[] = (await ask(fetch, remote, `/v1/viewer/events?limit=${PAGE}${from}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)).split('\n')
    const rows = lines.flatMap((line) => (line && !line.startsWith('{"clewline"') ? rowOf(line, 'stored') ?? [] : []))
    const end: string | undefined = lines.find((line) => line.startsWith('{"clewline"'))
    if (!take(rows)) return
    cursor = end && (JSON.parse(end) as { clewline: { next?: string } }).clewline.next
  }
}
