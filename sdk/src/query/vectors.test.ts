import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { knownAliases } from './field'
import { readJSON } from './json'
import { severityOf } from './level'
import type { Members } from './match'
import { parseQuery } from './parse'
import { QueryError } from './scan'
import { tokensOf } from './token'

/** The cases that Go's tests read, and the text itself, so that numbers keep their digits. */
const text = readFileSync(new URL('../../../query/testdata/vectors.json', import.meta.url), 'utf8')
interface Case { readonly name: string; readonly event: Members; readonly query: string; readonly match: boolean }
const vectors = readJSON(text) as {
  readonly cases: readonly Case[]
  readonly errors: readonly { readonly query: string; readonly column: number; readonly want: string }[]
  readonly tokens: readonly { readonly text: string; readonly tokens: readonly string[] }[]
  readonly regexps: readonly Case[]
  readonly lucene: readonly { readonly text: string }[]
  readonly sequences: readonly { readonly query: string }[]
}

const refusal = (query: string): QueryError => {
  try {
    parseQuery(query)
  } catch (error) {
    if (error instanceof QueryError) return error
    throw error
  }
  throw new Error(`${query} is read without an error`)
}

/** What the server alone does: regular expressions, which need RE2, and Lucene's syntax. */
const isTheServers = (query: string): boolean => query.includes('~"') || query.startsWith('lucene:')

test('there are as many vectors as there were when this was written, or more', () => {
  expect(vectors.cases.length).toBeGreaterThanOrEqual(503)
  expect(vectors.errors.filter(({ query }) => !isTheServers(query)).length).toBeGreaterThanOrEqual(54)
})

test.each(vectors.cases.map((one): [string, Case] => [`${one.name}: ${one.query}`, one]))('%s', (_, { query, event, match }) => {
  expect(parseQuery(query)(event)).toBe(match)
})

describe('errors point at their column', () => {
  test.each(vectors.errors.filter(({ query }) => !isTheServers(query)))('$query', ({ query, column, want }) => {
    const error = refusal(query)
    expect([error.column, error.want]).toEqual([column, expect.stringContaining(want)])
  })
})

test.each(vectors.tokens)('tokens of $text', ({ text: of, tokens }) => {
  expect(tokensOf(of)).toEqual(tokens)
})

describe('what the server alone does is refused by name, never read as something else', () => {
  test.each(vectors.regexps.map(({ query }) => query))('regular expression: %s', (query) => {
    expect(refusal(query).want).toContain('regular expression')
  })
  test.each(vectors.lucene.map((one) => one.text))('%s', (query) => {
    expect(refusal(query).want).toContain('Lucene')
  })
  test.each(vectors.sequences.map(({ query }) => query))('%s', (query) => {
    expect(refusal(query).want).toContain('sequences')
  })
})

test('other spellings of fields and levels are the server\'s', () => {
  const source = readFileSync(new URL('../../../event/alias.go', import.meta.url), 'utf8')
  const fields = readFileSync(new URL('../../../event/field.go', import.meta.url), 'utf8')
  const nameOf = new Map([...fields.matchAll(/(Field\w+): +\{"(\w+)"/g)].map(([, constant, name]) => [constant, name]))
  const theirs = [...source.matchAll(/"([^"\s]+)": +(Field\w+)/g)].map(([, alias, field]) => [alias, nameOf.get(field)])
  expect(theirs.length).toBeGreaterThan(50)
  expect(Object.fromEntries(knownAliases())).toEqual(Object.fromEntries(theirs))

  const levels = readFileSync(new URL('../../../event/event.go', import.meta.url), 'utf8')
  const spelled = [...levels.matchAll(/"(\w+)": (Debug|Info|Notice|Warn|Error|Fatal)\b/g)]
  expect(spelled.length).toBeGreaterThan(20)
  for (const [, spelling = '', level = ''] of spelled) expect([spelling, severityOf(spelling)]).toEqual([spelling, severityOf(level)])
})

test('a term with many wildcards takes time in proportion to the text', () => {
  const hostile = 'a'.repeat(8000)
  const query = parseQuery(`msg:${'*a'.repeat(40)}*b or ${'a * '.repeat(20)}b`)
  const began = performance.now()
  expect(query({ msg: `${hostile} ${'a '.repeat(2000)}` })).toBe(false)
  expect(performance.now() - began).toBeLessThan(2000)
})

test('what is no query is refused, whatever it is', () => {
  expect(refusal('('.repeat(1001)).want).toContain('levels')
  expect(refusal(`${'a '.repeat(1001)}`).want).toContain('clauses')
  expect(refusal('a'.repeat(70_000)).want).toContain('characters of query')
  expect(refusal(`"${'a '.repeat(101)}"`).want).toContain('tokens')
})

test('lines of the SDK are matched as they lie on the device', () => {
  const line = '{"seq":7,"time":1795185127688.125,"level":"warn","label":"call","form":"data","callId":"c-17","traceId":"8F43-AC91","msg":"seat","data":{"ageMs":2407118,"big":9007199254740993}}'
  const event = { ...readJSON(line) as Members, stream: '20261120ab' }
  for (const query of ['time:2026-11-20', 'time > 1795185127688', 'id:20261120ab.7', '20261120ab.7', 'traceId:8f43ac91', 'ageMs > 2e6', 'data.big:9007199254740993', 'c-17 and level>=warn']) {
    expect([query, parseQuery(query)(event)]).toEqual([query, true])
  }
  expect(parseQuery('data.big:9007199254740992')(event)).toBe(false)
})
