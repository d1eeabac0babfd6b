import { levelNames } from '../query/level'
import { fill, h, icon } from './dom'
import type { Counts, Filter } from './model'
import { levelMark, tint } from './paint'
import type { Texts } from './texts'

/** Labels that have a chip of their own, the most frequent ones. */
const LABELS = 12
const forms = ['text', 'data', 'tag', 'list', 'alarm', 'error']

interface Ways {
  change(by: Partial<Filter>): void
  readonly server: boolean
  source(token: string | undefined): void
  now(): number
}

/** The query and the chips. */
export interface Filters {
  elements(status: HTMLElement): HTMLElement[]
  update(counts: Counts, filter: Filter): void
  wrong(is: boolean): void
  set(query: string): void
  focus(): void
}

const flip = <One>(set: ReadonlySet<One>, one: One): Set<One> => {
  const next = new Set(set)
  if (!next.delete(one)) next.add(one)
  return next
}

export const createFilters = (texts: Texts, { change, server, source, now }: Ways): Filters => {
  let filter: Filter | undefined
  let typed: ReturnType<typeof setTimeout> | undefined
  let said = ''
  const input = h('input', {
    type: 'search', 'aria-label': texts('query'), placeholder: texts('query'), spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', enterkeyhint: 'search',
    input: () => {
      clearTimeout(typed)
      typed = setTimeout(() => change({ query: input.value }), 120)
    },
  }) as HTMLInputElement
  const box = h('div.q', {}, icon('search', 14), input)
  const chips = h('div.fr.fs', { role: 'group', 'aria-label': texts('filters') })

  const token = h('input.bt', {
    type: 'password', 'aria-label': texts('token'), placeholder: texts('token'), hidden: true, autocomplete: 'off',
    change: () => { if (token.value.trim()) source(token.value.trim()) },
  }) as HTMLInputElement
  const sources = ([false, true] as const).map((remote) => h('button', {
    'aria-pressed': !remote,
    click: () => {
      token.hidden = !remote
      sources.forEach((one, i) => one.setAttribute('aria-pressed', String(i === Number(remote))))
      if (!remote) source(undefined)
      else token.focus()
    },
  }, texts(remote ? 'server' : 'here')))

  const choice = (label: string, options: readonly (readonly [value: string, text: string])[], chosen: string, choose: (value: string) => void): HTMLElement => {
    const select = h('select.bt', { 'aria-label': label, change: () => choose(select.value) }, ...options.map(([value, text]) => h('option', { value, selected: value === chosen }, text))) as HTMLSelectElement
    return select
  }
  const time = choice(texts('time'), [['', texts('anyTime')], ...[5, 15, 60, 1440].map((n) => [String(n), texts('minutes', n)] as const)], '', (value) =>
    change({ since: value ? now() - Number(value) * 60_000 : -Infinity }))

  return {
    elements: (status) => {
      box.append(h('span.mut', {}, status))
      return [h('div.fr', {}, box, server && h('div.g.dk', { role: 'group' }, ...sources), server && token, h('span.dk', {}, time)), chips]
    },
    update(counts, to) {
      filter = to
      const labels = [...counts.labels].sort((a, b) => b[1] - a[1]).slice(0, LABELS).map(([label]) => label)
      const categories = [...counts.categories.keys()].sort()
      // Chips that stay the same stay where the finger is.
      const now = JSON.stringify([counts.severities, labels, categories, [...to.hidden], [...to.labels], [...to.forms], [...to.categories]])
      if (now === said) return
      said = now
      const held = (chips.getRootNode() as ShadowRoot).activeElement
      const at = held && chips.contains(held) ? [...chips.querySelectorAll('button,select')].indexOf(held) : -1
      const chip = (pressed: boolean, press: () => void, label: string, ...inside: Node[]): HTMLElement =>
        h('button.ch', { 'aria-pressed': pressed, 'aria-label': label, click: press }, ...inside)
      fill(chips, [
        ...counts.severities.map((count, severity) => [count, severity] as const).filter(([count]) => count).reverse().map(([count, severity]) =>
          chip(!to.hidden.has(severity), () => change({ hidden: flip(filter?.hidden ?? to.hidden, severity) }), `${levelNames[severity] ?? ''} ${count}`, levelMark(severity), document.createTextNode(String(count)))),
        ...labels.filter(Boolean).map((label) =>
          chip(to.labels.has(label), () => change({ labels: flip(filter?.labels ?? to.labels, label) }), label, tint(h('i.dot'), label), document.createTextNode(label))),
        h('i.sp.dk'),
        h('div.g.fx', { role: 'group', 'aria-label': texts('forms') },
          h('button', { 'aria-pressed': !to.forms.size, click: () => change({ forms: new Set() }) }, texts('allForms')),
          ...forms.map((form) => h('button', { 'aria-pressed': to.forms.has(form), click: () => change({ forms: flip(filter?.forms ?? to.forms, form) }) }, form))),
        categories.length > 0 && choice(texts('categories'), [['', texts('anyCategory')], ...categories.map((one) => [one, one] as const)], [...to.categories][0] ?? '', (value) =>
          change({ categories: new Set(value ? [value] : []) })),
      ])
      if (at >= 0) (chips.querySelectorAll('button,select')[at] as HTMLElement | undefined)?.focus()
    },
    wrong(is) {
      box.classList.toggle('bad', is)
      input.setAttribute('aria-invalid', String(is))
    },
    set(query) { input.value = query },
    focus: () => input.focus(),
  }
}
