import type { Host } from '../core/plugin'
import type { Tracker } from '../core/tracker'
import type { Report } from '../report/logReport'
import { fill, h, icon, type Child } from './dom'
import type { Model } from './model'
import type { Row } from './row'
import { allShown, share, type Shared } from './share'
import type { Texts } from './texts'

export const sideCSS = `.sd{width:316px;flex:none;border-left:1px solid var(--l);padding:12px 14px;overflow:auto;background:var(--c);font-size:12px}.sd h3{font-size:12px;margin:0 0 4px;color:var(--t2)}.sd p{margin:4px 0;color:var(--t2)}.sd hr{border:0;border-top:1px solid var(--l);margin:11px 0}.cd{font:600 26px/36px var(--m);letter-spacing:2px}.bs{display:flex;gap:6px;flex-wrap:wrap;margin:8px 0}.kv{display:grid;grid-template-columns:84px 1fr;line-height:21px;overflow-wrap:anywhere}.kv span:nth-child(odd){color:var(--t2)}
@media (max-width:700px){.sd{width:auto;max-height:60%;border:0;border-top:1px solid var(--l2);border-radius:12px 12px 0 0;box-shadow:0 -6px 22px #0004}.sd .bt{height:44px;flex:1;font-size:14px}}`

interface Parts {
  readonly texts: Texts
  readonly host?: Host
  readonly tracker?: Tracker
  readonly model: Model
  lastOwn(): Row | undefined
  /** More is stored than before. */
  changed(): void
}

/** What stands beside the list: the share code, and how the upload is. */
export interface Side {
  readonly element: HTMLElement
  toggle(open?: boolean): void
  share(): void
  update(): void
  copy(text: string): void
}

const wellFormed = (name: string): string => name.replace(/[^\w-]+/g, '-')

/** Events as a file, one a line. */
const save = (rows: readonly Row[]): void => {
  const lines = rows.map(({ line, stream }) => (stream && !line.includes('"stream":') ? line.replace('{', `{"stream":${JSON.stringify(stream)},`) : line))
  const url = URL.createObjectURL(new Blob([`${lines.join('\n')}\n`], { type: 'application/x-ndjson' }))
  h('a', { href: url, download: `${wellFormed(location.hostname || 'page')}-log.ndjson` }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

export const createSide = ({ texts, host, tracker, model, lastOwn, changed }: Parts): Side => {
  let shared: Shared | undefined
  let failure = ''
  let busy = false
  const code = h('div', { 'aria-live': 'polite' })
  const facts = h('div.kv')
  const element = h('aside.sd', { hidden: true, 'aria-label': texts('share') }, h('h3', {}, texts('share')), code, ...(host ? [h('hr'), h('h3', {}, texts('upload')), facts] : []))

  const copy = async (text: string, button?: HTMLElement): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
    } catch {
      // An insecure origin, or an old browser: what is selected can be copied.
      const area = h('textarea', {}) as HTMLTextAreaElement
      area.value = text
      element.append(area)
      area.select()
      document.execCommand('copy')
      area.remove()
    }
    if (button) button.lastChild?.replaceWith(texts('copied'))
  }

  const show = (): void => {
    const saving = h('button.bt', { click: () => save(allShown(model)) }, icon('save', 14), texts('save'))
    const make = !!host && h('button.bt.pr', { click: () => void begin(), disabled: busy }, icon('share', 14), texts(busy ? 'sharing' : 'makeCode'))
    const isReported = !!host?.handle('logReport')
    const parts: Child[] = shared
      ? [h('div.cd', {}, shared.code), h('p', {}, texts('shareSaid', shared.code, shared.count)),
        h('div.bs', {}, h('button.bt.pr', { click: (event: Event) => void copy(`share:${(shared as Shared).code}`, event.currentTarget as HTMLElement) }, icon('copy', 14), texts('copy')), saving)]
      : [failure && h('p', { role: 'alert' }, failure), host && !isReported && h('p', {}, texts('noReport')), h('div.bs', {}, isReported && make, saving)]
    fill(code, parts)
  }

  const begin = async (): Promise<void> => {
    if (busy || !host || !tracker) return
    busy = true
    failure = ''
    shared = undefined
    show()
    try {
      shared = await share(host, tracker, allShown(model), model.rows, lastOwn)
    } catch (error) {
      failure = texts('shareFailed', error instanceof Error ? error.message : String(error))
    }
    busy = false
    changed()
    show()
  }

  const update = (): void => {
    if (element.hidden || !host) return
    const report = host.handle<Report>('logReport')?.status()
    const stream = host.streams.current()
    const lines: (readonly [string, string | number])[] = report
      ? [[texts('mode'), report.mode], [texts('stored'), report.acknowledged], [texts('waiting'), report.buffered], [texts('dropped'), report.dropped + report.missing], ...(report.lastError ? [[texts('error'), report.lastError] as const] : [])]
      : []
    if (stream) lines.push([texts('stream'), `${stream.id}, ${stream.last}`])
    fill(facts, lines.flatMap(([name, value]) => [h('span', {}, name), h('span', {}, value)]))
  }

  const toggle = (open = element.hidden): void => {
    element.hidden = !open
    if (!open) return
    show()
    update()
  }

  return {
    element, toggle, update,
    share() {
      toggle(true)
      if (host?.handle('logReport')) void begin()
    },
    copy: (text) => void copy(text),
  }
}
