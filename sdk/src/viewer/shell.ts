import { h, icon } from './dom'
import type { Texts } from './texts'

interface Parts {
  readonly texts: Texts
  /** It fills a page, and cannot be closed. */
  readonly isPage: boolean
  /** It shows this device's own events. */
  readonly isOwn: boolean
  readonly head: readonly (HTMLElement | false)[]
  readonly body: readonly (HTMLElement | false)[]
  redraw(): void
  close(): void
  share(open?: boolean): void
}

/** The lowest that the panel can be made, in px. */
const LOW = 160

/** The frame of the panel: its head, its edge, what stands at its foot. */
export const createShell = ({ texts, isPage, isOwn, head, body, redraw, close, share }: Parts): HTMLElement => {
  const dock = h('button.ic.dk', {
    'aria-label': texts('right'), title: texts('right'), 'aria-pressed': false,
    click: () => {
      dock.setAttribute('aria-pressed', String(panel.classList.toggle('rt')))
      redraw()
    },
  }, icon('right'))
  const resize = (height: number): void => {
    panel.style.height = `${Math.max(LOW, Math.min(height, innerHeight * 0.9))}px`
    redraw()
  }
  const grip = h('div.gr', {
    role: 'separator', tabindex: 0, 'aria-orientation': 'horizontal', 'aria-label': texts('resize'),
    pointerdown: (event: PointerEvent) => (event.currentTarget as Element).setPointerCapture(event.pointerId),
    pointermove: (event: PointerEvent) => { if (event.buttons) resize(innerHeight - event.clientY) },
    keydown: (event: KeyboardEvent) => { if (/^Arrow(Up|Down)$/.test(event.key)) resize(panel.clientHeight + (event.key === 'ArrowUp' ? 40 : -40)) },
  })
  const key = (name: string, text: string): HTMLElement => h('span', {}, h('kbd', {}, name), ` ${text}`)
  const foot = h('div.ft', {},
    key('/', texts('toQuery')), key('j k', texts('rows')), key('⏎', texts('open')), key('y', texts('copy')),
    isOwn && key('s', texts('share')), !isPage && key('Esc', texts('close')), h('i.sp'),
    ...(isOwn ? (['stored', 'waiting', 'local'] as const).map((where) => h('span', {}, h(`i.${where}`), ` ${texts(where)}`)) : []))
  const tab = (name: 'log' | 'filter' | 'share', text: string, press: () => void): HTMLElement => h('button', { click: press }, icon(name, 19), text)
  const nav = h('div.nv.m', {},
    tab('log', texts('log'), () => {
      panel.classList.remove('hs')
      share(false)
    }),
    tab('filter', texts('filters'), () => { panel.classList.toggle('hs') }), isOwn && tab('share', texts('share'), () => share()))
  const panel = h(`div.v${isPage ? '.pg' : ''}`, { role: 'region', 'aria-label': texts(isOwn ? 'title' : 'remote') }, !isPage && grip,
    h('div.hd', {}, h('span.lg', {}, icon('clew', 20)), ...head, !isPage && dock,
      !isPage && h('button.ic', { 'aria-label': texts('close'), title: texts('close'), click: close }, icon('close'))),
    ...body, foot, nav)
  return panel
}
