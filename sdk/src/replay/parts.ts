/** Characters of a part: the string of an event is cut beyond 8,192. */
const PART = 8000

const isHigh = (code: number): boolean => (code & 0xfc00) === 0xd800

/** The text in parts that an event can hold, none of which ends within a surrogate pair. */
export const partsOf = (text: string): string[] => {
  const parts: string[] = []
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + PART)
    if (end < text.length && isHigh(text.charCodeAt(end - 1))) end--
    parts.push(text.slice(at, end))
    at = end
  }
  return parts
}
