/** What a pull asks for: the server's ticket, as far as a page reads it. The signature is the server's to check. */
export interface Ticket {
  /** The pull's id. */
  readonly pull: string
  readonly device: string
  /** Epoch ms by the server's clock: [from, to). */
  readonly from: number
  readonly to: number
  /** The least severe level that is wanted. */
  readonly level: string
  /** It is good until then, by the server's clock. */
  readonly until: number
}

/** The claims of a ticket; undefined for what is none. */
export const readTicket = (text: unknown): Ticket | undefined => {
  try {
    const [part = '', signature] = String(text).split('.')
    if (!signature) return undefined
    const bytes = Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), (sign) => sign.charCodeAt(0))
    const { pull, device, from, to, level, until } = JSON.parse(new TextDecoder().decode(bytes)) as Ticket
    const numbers = [from, to, until].every(Number.isFinite)
    return numbers && [pull, device, level].every((value) => typeof value === 'string') ? { pull, device, from, to, level, until } : undefined
  } catch {
    return undefined
  }
}
