const hue = (value: number): number => Math.floor(value * 360)

/**
 * A random pure colour: `hsl(h, 100%, 30%)` when dark, `hsl(h, 100%, 60%)` otherwise.
 * For `new T({ label, color: getRandomColor(true) })`.
 */
export const getRandomColor = (dark?: boolean): string =>
  `hsl(${hue(Math.random())}, 100%, ${dark ? 30 : 60}%)`

/** A channel of hsl(h, s, l), 0 to 1, and its weight in relative luminance (WCAG 2). */
const luminance = (h: number, s: number, l: number): number => {
  const channel = (n: number): number => {
    const k = (n + h / 30) % 12
    const c = l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1))
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(0) + 0.7152 * channel(8) + 0.0722 * channel(4)
}

/**
 * The background of a label's badge. The hue comes from the label's hash, so it is
 * the same after a reload; the lightness is the highest at which white text keeps a
 * contrast of 4.5:1, so it reads the same on a dark console and on a light one.
 */
export const labelColor = (label: string): string => {
  let hash = 0x811c9dc5 // FNV-1a
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15 // neighbours such as "call1" and "call2" part company
  const h = (Math.imul(hash, 0x9e3779b1) >>> 0) % 360
  let lightness = 60
  while (1.05 / (luminance(h, 0.7, lightness / 100) + 0.05) < 4.5) lightness--
  return `hsl(${h}, 70%, ${lightness}%)`
}
