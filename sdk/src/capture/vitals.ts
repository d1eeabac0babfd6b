import type { Watch } from './watch'

/** Shifts of the layout belong together within a second, for at most five. */
const GAP = 1000
const SESSION = 5000
/** Interactions that are compared: one in fifty may be slower than the one that counts. */
const SLOWEST = 10
const IN_FIFTY = 50

/** What differs from the entry that the language's own types know. */
type Entry = PerformanceEntry & { value?: number; hadRecentInput?: boolean; interactionId?: number }

/**
 * Measures the web vitals of this page load: LCP, CLS, INP, FCP and TTFB, as web-vitals defines them, in ms (CLS has no
 * unit). Gives a function for what is known so far; undefined while it is what was given before.
 */
export const watchVitals = ({ scope, guard, undo }: Pick<Watch, 'scope' | 'guard' | 'undo'>): (() => Record<string, number> | undefined) => {
  const vitals: Record<string, number> = {}
  const pending: (() => void)[] = []
  let told = ''

  const observe = (type: string, take: (entry: Entry) => void): void => guard(() => {
    const Observer = scope.PerformanceObserver
    if (!Observer?.supportedEntryTypes?.includes(type)) return
    const each = (entries: readonly PerformanceEntry[]): void => entries.forEach(guard(take))
    const observer = new Observer((list) => each(list.getEntries()))
    observer.observe({ type, buffered: true, durationThreshold: 40 } as PerformanceObserverInit)
    pending.push(() => each(observer.takeRecords()))
    undo(() => observer.disconnect())
  })()

  // In the background nothing is painted: what comes later says nothing of how quick the page is.
  let shown = scope.document?.visibilityState !== 'hidden'
  observe('largest-contentful-paint', ({ startTime }) => {
    if (shown) vitals['LCP'] = Math.round(startTime)
  })
  observe('paint', ({ name, startTime }) => {
    if (shown && name === 'first-contentful-paint') vitals['FCP'] = Math.round(startTime)
  })
  observe('navigation', (entry) => {
    vitals['TTFB'] = Math.round((entry as PerformanceNavigationTiming).responseStart)
  })

  let first = 0
  let last = -Infinity
  let sum = 0
  vitals['CLS'] = 0
  observe('layout-shift', ({ startTime, value = 0, hadRecentInput }) => {
    if (hadRecentInput) return
    if (startTime - last > GAP || startTime - first > SESSION) {
      first = startTime
      sum = 0
    }
    last = startTime
    sum += value
    vitals['CLS'] = Math.max(vitals['CLS'] ?? 0, Math.round(sum * 1000) / 1000)
  })

  const slowest: { id: number; ms: number }[] = []
  let lowest = Infinity
  let highest = 0
  observe('event', ({ interactionId: id, duration: ms }) => {
    if (!id) return
    lowest = Math.min(lowest, id)
    highest = Math.max(highest, id)
    const known = slowest.find((one) => one.id === id)
    if (known) known.ms = Math.max(known.ms, ms)
    else slowest.push({ id, ms })
    slowest.sort((a, b) => b.ms - a.ms).splice(SLOWEST)
    // Chromium numbers interactions in steps of seven; quick ones are not told of, but count.
    const count = (scope.performance as { interactionCount?: number } | undefined)?.interactionCount ?? (highest - lowest) / 7 + 1
    vitals['INP'] = slowest[Math.min(slowest.length - 1, Math.floor(count / IN_FIFTY))]?.ms ?? ms
  })

  return () => {
    pending.forEach((take) => take())
    shown = false
    const now = JSON.stringify(vitals)
    if (now === told) return undefined
    told = now
    return { ...vitals }
  }
}
