import { isWild, sizeOf, textOf, type Term } from './term'

/** Tokens and wildcards of one term. */
const MOST_TOKENS = 100

/** Says where a query stopped making sense, and what would have been right. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  /** In characters, from 1; the end of the query is one past the last. */
  readonly column: number

  constructor(query: string, at: number, readonly want: string) {
    const column = query.slice(0, at).replace(/[\ud800-\udbff][\udc00-\udfff]/g, '.').length + 1
    super(`column ${column}: want ${want}`)
    this.column = column
  }
}

/** The signs of the syntax, the full-width ones among them; `x` is any other, ` ` is space, empty is the end. */
const signs: Readonly<Record<string, string>> = {
  '(': '(', ')': ')', '"': '"', ':': ':', '<': '<', '>': '>', '|': '|', '\\': '\\', '*': '*',
  '（': '(', '）': ')', '“': '"', '”': '"', '：': ':',
}

/** Where a term stands decides which signs end it. */
export type Place = 'bare' | 'value' | 'bound'

/** Goes through a text once, from left to right. */
export class Scanner {
  at = 0

  constructor(readonly text: string) {}

  fail(at: number, want: string): never {
    throw new QueryError(this.text, at, want)
  }

  peek(at = this.at): string {
    const sign = this.text[at]
    return sign === undefined ? '' : signs[sign] ?? (/\s/.test(sign) ? ' ' : 'x')
  }

  space(): void {
    while (this.peek() === ' ') this.at++
  }

  /** Takes the text if it stands here, in any letter case. */
  take(word: string): boolean {
    const here = this.text.slice(this.at, this.at + word.length).toLowerCase() === word
    if (here) this.at += word.length
    return here
  }

  /** The and, or or not that stands here; in a value, ':' and comparisons do not end a word. */
  reserved(value: boolean): string | undefined {
    const word = /^(?:and|or|not)/i.exec(this.text.slice(this.at, this.at + 3))?.[0].toLowerCase()
    return word && (value ? ' ()"|' : ' ()"|:<>').includes(this.peek(this.at + word.length)) ? word : undefined
  }

  /** A word or a phrase. One of wildcards alone has no text. */
  term(place: Place): Term {
    const from = this.at
    const term = this.peek() === '"' ? this.phrase() : this.word(place)
    if (sizeOf(term) > MOST_TOKENS) this.fail(from, `at most ${MOST_TOKENS} tokens in one term`)
    return term
  }

  private word(place: Place): Term {
    const from = this.at
    const pieces = ['']
    for (;;) {
      const sign = this.peek()
      if (!sign || ' ()"'.includes(sign)) break
      if (sign === '|') this.fail(this.at, "no '|' here: pipes make a table, and events are asked for; search for the sign in quotes")
      if (place === 'bare' && ':<>'.includes(sign)) break
      if (place === 'bound' && /[\]}]/.test(this.text[this.at] as string)) break
      if (sign === '*') {
        if (pieces.length === 1 || pieces[pieces.length - 1]) pieces.push('')
        this.at++
        continue
      }
      if (sign === '\\' && ++this.at >= this.text.length) this.fail(this.at - 1, "a sign after '\\'; the sign itself is written \\\\")
      const one = String.fromCodePoint(this.text.codePointAt(this.at) as number)
      pieces.push((pieces.pop() as string) + one)
      this.at += one.length
    }
    if (this.at === from) this.fail(from, 'a word')
    return { pieces }
  }

  private phrase(): Term {
    const from = this.at
    const closing = this.text[this.at++] === '"' ? '"' : '“”'
    let text = ''
    for (;;) {
      let sign = this.text[this.at++]
      if (sign !== undefined && closing.includes(sign)) break
      if (sign === '\\') sign = this.text[this.at++]
      if (sign === undefined) this.fail(from, 'a quote that closes this one')
      text += sign
    }
    if (!text) this.fail(from, 'text between the quotes; events without a value are found by not field:*')
    return { pieces: [text], quoted: true }
  }
}

/** Only wildcards. */
export const isStar = (term: Term): boolean => isWild(term) && !textOf(term)
