/** What a person means who clicks inside of it. */
const MEANT = 'button,a,input,select,textarea,summary,label,[role],[data-clewline]'
/** Elements of a selector: it ends at one with an id. */
const MOST = 4

/** Ids and classes may hold numbers of people. */
const masked = (name: string): string => name.slice(0, 40).replace(/\d{4,}/g, '*')

const nameOf = (element: Element): string => {
  const tag = element.tagName.toLowerCase()
  const own = element.getAttribute('data-clewline') || element.id
  if (own) return `${tag}#${masked(own)}`
  const name = element.getAttribute('name')
  const [first] = element.classList
  return tag + (name ? `[name=${masked(name)}]` : first ? `.${masked(first)}` : '')
}

/** The element that an event is about; undefined where the page wants nothing told of it: `data-clewline="off"` on it or above. */
export const elementOf = (event: Event): Element | undefined => {
  const path = event.composedPath() as Partial<Element>[]
  const element = path[0] as Element | undefined
  // A path leads out of shadow roots; closest does not.
  if (typeof element?.closest !== 'function' || path.some((one) => one.getAttribute?.('data-clewline') === 'off')) return undefined
  return element.closest(MEANT) ?? element
}

/** The element in a word: tag and id, or the way from the nearest id. No text of the page is in it. */
export const selectorOf = (element: Element): string => {
  const path: string[] = []
  for (let at: Element | null = element; at && path.length < MOST; at = at.parentElement) {
    const name = nameOf(at)
    path.unshift(name)
    if (name.includes('#')) break
  }
  return path.join(' > ')
}
