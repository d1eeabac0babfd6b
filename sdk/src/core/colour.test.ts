import { expect, test } from 'vitest'

import { getRandomColor, labelColor } from './colour'

/** Relative luminance (WCAG 2) of hsl(h, s, l). */
const luminance = (h: number, s: number, l: number): number => {
  const channel = (n: number): number => {
    const k = (n + h / 30) % 12
    const c = l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1))
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(0) + 0.7152 * channel(8) + 0.0722 * channel(4)
}

test('a random colour is pure, dark or light', () => {
  for (let i = 0; i < 100; i++) {
    expect(getRandomColor(true)).toMatch(/^hsl\((\d|[1-9]\d|[12]\d\d|3[0-5]\d), 100%, 30%\)$/)
    expect(getRandomColor()).toMatch(/^hsl\(\d{1,3}, 100%, 60%\)$/)
  }
})

test('a label keeps its colour, and labels that are alike differ', () => {
  expect(labelColor('call')).toBe(labelColor('call'))
  expect(new Set(Array.from({ length: 20 }, (_, i) => labelColor(`call${i}`))).size).toBeGreaterThan(15)
  expect(labelColor('电话')).toMatch(/^hsl\(\d{1,3}, 70%, 28%\)$/)
})

test('white text on a label reads well on every hue', () => {
  for (let hue = 0; hue < 360; hue++) expect(1.05 / (luminance(hue, 0.7, 0.28) + 0.05)).toBeGreaterThanOrEqual(4.5)
})
