import { isOwn } from '../core/shared'
import { maskText } from './mask'

/** An address as events tell it. */
export interface Address {
  readonly origin: string
  /** The path, without query and hash; where it carries a secret, that is masked. */
  readonly path: string
  /** The names in the query, without their values. */
  readonly query?: string
  /** The path; with the host before it where that is not the page's own. */
  readonly text: string
}

/** Nothing is told of the SDK's own doors, nor of what is no address of the network. */
export const addressOf = (url: unknown, scope: Partial<Window>): Address | undefined => {
  const here = scope.location
  let parsed: URL
  try {
    parsed = new URL(String(url), here?.href)
  } catch {
    return undefined // the platform will say so
  }
  const { href, origin, protocol, host, pathname, searchParams } = parsed
  if (isOwn(href) || !/^(http|ws)/.test(protocol)) return undefined
  const path = maskText(pathname, 300)
  const names = [...searchParams].slice(0, 20).map(([name]) => name)
  return {
    origin,
    path,
    query: maskText([...new Set(names)].join(' '), 200) || undefined,
    text: host === here?.host ? path : host + path,
  }
}
