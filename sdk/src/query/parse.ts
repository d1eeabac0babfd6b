import { resolve, type Field } from './field'
import { severityOf } from './level'
import { bareTest, equalTest, orderTest, presentTest, severitiesOf, type Bound, type Test } from './match'
import { decimalOf, timeBounds, type Decimal } from './number'
import { isStar, Scanner } from './scan'
import { isWild, textOf, type Term } from './term'

/** What a query may be at most. */
const MOST_TEXT = 64 * 1024
const MOST_DEPTH = 1000
const MOST_CLAUSES = 1000

const WANT_TIME = 'a time such as 2026-11-20T14:32:07Z, 2026-11-20 or epoch ms'
const WANT_NUMBER = 'a number such as 150 or 1.5e2'
const WANT_LEVEL = 'a level: debug, info, notice, warn, error or fatal'

/** What a value of the field must look like when the term cannot be one. */
const wrongValue = ({ type }: Field, term: Term): string | undefined => {
  if (type === 'time') return isWild(term) || !timeBounds(textOf(term)) ? WANT_TIME : undefined
  if (type === 'number') return isWild(term) || !decimalOf(textOf(term)) ? WANT_NUMBER : undefined
  if (type === 'level') return severitiesOf(term).length ? undefined : WANT_LEVEL
  return type === 'data' ? 'a key of data, as in data.key:value' : undefined
}

class Parser extends Scanner {
  private depth = 0
  private clauses = 0

  query(): Test {
    const { text } = this
    if (text.length > MOST_TEXT) this.fail(MOST_TEXT, `at most ${MOST_TEXT} characters of query`)
    this.space()
    if (text.startsWith('lucene:', this.at)) this.fail(this.at, 'no Lucene syntax here: it is read by the server')
    if (/^sequence\s+by\s/i.test(text.slice(this.at))) this.fail(this.at, 'no sequences here: they are followed by the server')
    if (this.at === text.length) return () => true
    const root = this.or()
    if (this.at < text.length) this.fail(this.at, "no ')' here, it closes nothing; search for the sign in quotes")
    return root
  }

  /** or = and { "or" and }; field is the one that a group stands behind. */
  private or(field?: Field): Test {
    const of = [this.and(field)]
    while (this.reserved(!!field) === 'or') {
      this.at += 2
      this.space()
      of.push(this.and(field))
    }
    return of.length === 1 ? (of[0] as Test) : (event) => of.some((test) => test(event))
  }

  /** and = not { ["and"] not } */
  private and(field?: Field): Test {
    const of: Test[] = []
    for (;;) {
      of.push(this.not(field))
      this.space()
      const sign = this.peek()
      if (!sign || sign === ')') break
      const word = this.reserved(!!field)
      if (word === 'or') break
      if (word === 'and') {
        this.at += 3
        this.space()
      }
    }
    return of.length === 1 ? (of[0] as Test) : (event) => of.every((test) => test(event))
  }

  private not(field?: Field): Test {
    if (this.reserved(!!field) !== 'not') return this.primary(field)
    this.deeper()
    this.at += 3
    this.space()
    const of = this.not(field)
    this.depth--
    return (event) => !of(event)
  }

  private deeper(): void {
    if (++this.depth > MOST_DEPTH) this.fail(this.at, `at most ${MOST_DEPTH} levels of parentheses and nots`)
  }

  private primary(field?: Field): Test {
    const word = this.reserved(!!field)
    if (word) this.fail(this.at, `a word or a field here; the word itself is searched in quotes: "${word}"`)
    const sign = this.peek()
    if (!sign || sign === ')') this.fail(this.at, (field ? `a value of ${field.name}` : 'a word or a field') + (sign && " before ')'"))
    if (sign === '(') return this.group(field)
    if (++this.clauses > MOST_CLAUSES) this.fail(this.at, `at most ${MOST_CLAUSES} clauses`)
    return field ? this.value(field) : this.clause()
  }

  private group(field?: Field): Test {
    this.deeper()
    const from = this.at++
    this.space()
    const inner = this.or(field)
    if (this.peek() !== ')') this.fail(from, "a ')' that closes this '('")
    this.at++
    this.depth--
    return inner
  }

  /** clause = term | name ":" value | name compare value */
  private clause(): Test {
    const from = this.at
    if (':<>'.includes(this.peek())) this.fail(from, `a field name before '${this.peek()}'; search for the sign in quotes`)
    this.noPattern()
    const term = this.term('bare')
    const end = this.at
    this.space()
    const sign = this.peek()
    if (!sign || !':<>'.includes(sign)) {
      this.at = end
      return isStar(term) ? () => true : bareTest(term)
    }
    if (isWild(term)) this.fail(from, "a field name without '*'; a '*' that is part of the name is written \\*")
    const field = resolve(textOf(term))
    if (sign !== ':') return this.comparison(field)
    this.at++
    this.space()
    if (this.peek() === '(') {
      this.clauses-- // the group counts its own
      return this.group(field)
    }
    return this.value(field)
  }

  private noPattern(): void {
    if (this.text.startsWith('~"', this.at)) this.fail(this.at, 'no regular expression here: they are run by the server')
  }

  /** value = "*" | term | compare term | range */
  private value(field: Field): Test {
    const from = this.at
    const sign = this.peek()
    if (!sign || sign === ')') this.fail(from, "a value after ':'")
    if (sign === '<' || sign === '>') return this.comparison(field)
    if (this.text[from] === '[' || this.text[from] === '{') return this.interval(field)
    this.noPattern()
    const word = this.reserved(true)
    if (word) this.fail(from, `a value after ':'; the word itself is searched in quotes: "${word}"`)
    const term = this.term('value')
    if (isStar(term)) return presentTest(field)
    const want = wrongValue(field, term)
    if (want) this.fail(from, want)
    return equalTest(field, term)
  }

  /** Fields that hold text have no order. */
  private ordered({ type, column = '' }: Field): void {
    if (type && !['time', 'number', 'level'].includes(type)) {
      this.fail(this.at, `a field with an order before a comparison or a range; ${column} holds text`)
    }
  }

  /** The right side of a comparison; last chooses the end of a day. */
  private read(field: Field, term: Term, at: number, last: boolean): Bound['value'] {
    const text = textOf(term)
    const { type } = field
    const value = isWild(term) ? undefined
      : type === 'time' ? timeBounds(text)?.[last ? 1 : 0]
        : type === 'level' ? severityOf(text)
          : decimalOf(text)
    if (value === undefined || value === -1) this.fail(at, type === 'time' ? WANT_TIME : type === 'level' ? WANT_LEVEL : WANT_NUMBER)
    return value as Decimal | bigint | number
  }

  /** comparison = ( ">" | ">=" | "<" | "<=" ) term */
  private comparison(field: Field): Test {
    this.ordered(field)
    const less = this.text[this.at++] === '<'
    const inclusive = this.take('=')
    this.space()
    const from = this.at
    const sign = this.peek()
    if (!sign || '()|'.includes(sign) || this.reserved(true)) this.fail(from, `a value after '${less ? '<' : '>'}${inclusive ? '=' : ''}'`)
    // After a day and up to and including a day, from a day on and before a day.
    const bound = { value: this.read(field, this.term('value'), from, less === inclusive), inclusive }
    return less ? orderTest(field, undefined, bound) : orderTest(field, bound)
  }

  /** interval = ( "[" | "{" ) bound "to" bound ( "]" | "}" ) */
  private interval(field: Field): Test {
    this.ordered(field)
    const inclusive = this.text[this.at++] === '['
    const low = this.bound(field, inclusive, !inclusive)
    if (!this.take('to')) this.fail(this.at, "'to' between the bounds, as in [100 to 500]")
    // The closing bracket decides whether a day counts to its end, so it is read twice, for either.
    const back = this.at
    let high = this.bound(field, true, true)
    const closing = this.text[this.at]
    if (closing !== ']' && closing !== '}') this.fail(this.at, "a ']' or '}' that closes the range")
    if (closing === '}') {
      this.at = back
      high = this.bound(field, false, false)
    }
    this.at++
    return low || high ? orderTest(field, low, high) : presentTest(field)
  }

  private bound(field: Field, inclusive: boolean, last: boolean): Bound | undefined {
    this.space()
    const from = this.at
    if (/[\]}]/.test(this.text[from] ?? '')) this.fail(from, 'a bound, or * for none')
    const term = this.term('bound')
    this.space()
    return isStar(term) ? undefined : { value: this.read(field, term, from, last), inclusive }
  }
}

/**
 * Reads a query in Clewline's language and gives the test that it is. Pipes, sequences,
 * regular expressions and Lucene's syntax are the server's; they are refused by name.
 * It throws a QueryError that points at a column.
 */
export const parseQuery = (text: string): Test => new Parser(text).query()
