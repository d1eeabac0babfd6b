/**
 * A random pure colour: `hsl(h, 100%, 30%)` when dark, `hsl(h, 100%, 60%)` otherwise.
 * For `new T({ label, color: getRandomColor(true) })`.
 */
export const getRandomColor = (dark?: boolean): string =>
  `hsl(${Math.floor(Math.random() * 360)}, 100%, ${dark ? 30 : 60}%)`

/**
 * The background of a label's badge. The hue comes from the label's hash, so it is the
 * same after a reload. At this lightness white text has a contrast of 4.5:1 or more on
 * every hue, so the badge reads the same on a dark console and on a light one.
 */
export const labelColor = (label: string): string => {
  let hash = 0x811c9dc5 // FNV-1a
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
  return `hsl(${(Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 0) % 360}, 70%, 28%)` // mixed: "call1" and "call2" part company
}
