/** A child of an element: another, a text, or nothing. Text is never read as HTML. */
export type Child = Node | string | number | false | undefined

type Attributes = Readonly<Record<string, string | number | boolean | ((event: never) => void) | undefined>>

/** Makes an element: `tag.class`, attributes (functions are listeners), children. */
export const h = <Name extends string = 'div'>(name: Name, attributes: Attributes = {}, ...children: Child[]): HTMLElement => {
  const [tag = '', ...classes] = name.split('.')
  const element = document.createElement(tag || 'div')
  if (classes.length) element.className = classes.join(' ')
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value as unknown as EventListener)
    else if (value !== undefined && (value !== false || key.startsWith('aria-'))) element.setAttribute(key, value === true && !key.startsWith('aria-') ? '' : String(value))
  }
  fill(element, children)
  return element
}

/** Puts children in the place of what was there. */
export const fill = (element: Element, children: readonly Child[]): void => {
  element.textContent = ''
  for (const child of children) if (child !== false && child !== undefined) element.append(typeof child === 'number' ? String(child) : child)
}

const shapes = {
  close: 'M18 6 6 18M6 6l12 12',
  search: 'M3 10a7 7 0 1 0 14 0 7 7 0 1 0-14 0M21 21l-6-6',
  right: 'M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2ZM15 4v16',
  bell: 'M10 5a2 2 0 0 1 4 0 7 7 0 0 1 4 6v3a4 4 0 0 0 2 3H4a4 4 0 0 0 2-3v-3a7 7 0 0 1 4-6M9 17v1a3 3 0 0 0 6 0v-1',
  log: 'm8 9 3 3-3 3M13 15h3M3 6a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2Z',
  filter: 'M4 4h16v2l-5 6v7l-6 2v-8L4 6Z',
  cloud: 'M7 18a4.6 4.4 0 0 1 0-9 5 4.5 0 0 1 11 2h1a3.5 3.5 0 0 1 0 7h-1M9 15l3-3 3 3M12 12v9',
  share: 'M3 12a3 3 0 1 0 6 0 3 3 0 1 0-6 0M15 6a3 3 0 1 0 6 0 3 3 0 1 0-6 0M15 18a3 3 0 1 0 6 0 3 3 0 1 0-6 0M8.7 10.7l6.6-3.4M8.7 13.3l6.6 3.4',
  copy: 'M8 8h12v12H8ZM4 16V4h12',
  save: 'M4 17v3h16v-3M7 11l5 5 5-5M12 4v12',
  clew: 'M3.8 10.5a7.7 7.7 0 1 0 15.4 0 7.7 7.7 0 1 0-15.4 0M4 7c4-1 9.500 1.300 12.800 7.500M7 4c4.500.300 9.300 4 11 8.400M3 12c3-.2 7 2 9.500 6M15.500 15.500c1.700 1.700 2.500 4.200 6.500 4',
} as const

export type Icon = keyof typeof shapes

export const icon = (name: Icon, size = 16): Element => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', width: size, height: size, 'aria-hidden': true, class: 'i' })) svg.setAttribute(key, String(value))
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', shapes[name])
  svg.append(path)
  return svg
}
