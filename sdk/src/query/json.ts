/** A number whose digits do not fit into JavaScript's; its text is kept. */
export class Exact {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

const scalars = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]{15,}/g

/** As JSON.parse, with numbers of many digits as Exact. It throws where JSON.parse does. */
export const readJSON = (text: string): unknown => {
  // A stream's time in microseconds has 16 digits; it is no reason to go the long way.
  if (!/\d{16}|\d[\d.]{17}/.test(text)) return JSON.parse(text) as unknown
  const mark = '\0n' // no name of ours or of a snapshot
  const marked = text.replace(scalars, (scalar) => (scalar[0] === '"' ? scalar : `{${JSON.stringify(mark)}:"${scalar}"}`))
  return JSON.parse(marked, (_, value: unknown) => {
    const number = (value as Record<string, unknown> | null)?.[mark]
    return typeof number === 'string' ? new Exact(number) : value
  }) as unknown
}
