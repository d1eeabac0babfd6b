import { fold, foldCase, isSingle, isWordSign, tokensOf, WORD } from './token'

/** A word, a phrase or a value with wildcards: the text cut at the wildcards, so that n of them make n+1 pieces. */
export interface Term {
  readonly pieces: readonly string[]
  readonly quoted?: boolean
}

/** The text without its wildcards. */
export const textOf = ({ pieces }: Term): string => pieces.join('')
export const isWild = ({ pieces }: Term): boolean => pieces.length > 1

/** Whether a text is the pieces in order with anything between them; both are folded. To take each at the first place where it fits is enough. */
const glob = (text: string, pieces: readonly string[]): boolean => {
  const [first = ''] = pieces
  if (pieces.length === 1) return text === first
  const last = pieces[pieces.length - 1] as string
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
  const end = text.length - last.length
  let at = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at)
    if (found < 0 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}

export type TextTest = (text: string) => boolean

/** Compares whole values; an absent one matches nothing. */
export const wholeTest = (term: Term): TextTest => {
  const pieces = term.pieces.map(foldCase)
  return (text) => text !== '' && glob(foldCase(text), pieces)
}

/** One token of a term, or, without pieces, a word or none: a wildcard that touches no word. */
interface Step {
  readonly pieces?: string[]
  readonly single?: boolean
}

const stepsOf = (term: Term): Step[] => {
  const steps: Step[] = []
  let holes = 0
  let open: string[] | undefined // the pieces of the last token, a word that may go on
  const add = (step: Step): void => {
    for (; steps.length && holes; holes--) steps.push({})
    holes = 0
    steps.push(step)
  }
  const begin = (pieces: string[]): string[] => {
    add({ pieces })
    return pieces
  }
  term.pieces.forEach((piece, i) => {
    const signs = [...piece]
    if (i) {
      if (open) open.push('')
      else if (signs[0] && isWordSign(signs[0])) open = begin(['', ''])
      else holes++
    }
    for (const sign of signs) {
      if (isWordSign(sign)) {
        open ??= begin([''])
        open.push((open.pop() as string) + fold(sign))
      } else {
        open = undefined
        if (isSingle(sign)) add({ pieces: [fold(sign)], single: true })
      }
    }
  })
  return steps
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** A term without tokens is a literal; its wildcards are runs of word characters. */
const literalTest = (term: Term): TextTest => {
  const pieces = [...term.pieces]
  while (pieces.length > 1 && !pieces[0]) pieces.shift()
  while (pieces.length > 1 && !pieces[pieces.length - 1]) pieces.pop()
  const pattern = new RegExp(pieces.map(escaped).join(`(?:${WORD})*`), 'iu')
  return (text) => text !== '' && pattern.test(text)
}

/** The number of tokens and wildcards; there may be 100. */
export const sizeOf = (term: Term): number => tokensOf(textOf(term)).length + term.pieces.length - 1

/** Finds a term in texts, by its tokens. It takes time in proportion to the text, whatever the term is. */
export const textTest = (term: Term): TextTest => {
  const steps = stepsOf(term)
  if (!steps.length) return literalTest(term)
  const last = steps.length - 1
  // What must stand in the text; looked for first, since it costs least.
  const needle = steps.flatMap(({ pieces = [] }) => pieces).reduce((a, b) => (b.length > a.length ? b : a), '')
  return (text) => {
    if (text === '' || !fold(text).includes(needle)) return false
    // All places in the term that may come next, at once: one by one could take exponential time.
    let now = new Set<number>()
    for (const token of tokensOf(text)) {
      const single = isSingle(token)
      const next = new Set<number>()
      const reach = (place: number): void => {
        next.add(place)
        if (!steps[place]?.pieces) reach(place + 1) // the last is a token
      }
      now.add(0)
      for (const place of now) {
        const { pieces, single: wantsSingle = false } = steps[place] as Step
        if (pieces ? wantsSingle !== single || !glob(token, pieces) : single) continue
        if (place === last) return true
        reach(place + 1)
      }
      now = next
    }
    return false
  }
}
