import type { Destination, Form, Level } from './event'

const names: readonly Level[] = ['debug', 'info', 'notice', 'warn', 'error', 'fatal']

/** The severity of a level: 0 for debug, 5 for fatal; undefined for what is no level. */
export const severityOf = (level: unknown): number | undefined => {
  const at = names.indexOf(level as Level)
  return at < 0 ? undefined : at
}

/** The name of a severity. */
export const levelName = (severity: number): Level => names[severity] ?? 'fatal'

export const DEBUG = 0
export const INFO = 1
export const WARN = 3
export const ERROR = 4

/** The level of a form unless the call says otherwise. */
export const formSeverity: Readonly<Record<Form, number>> = {
  text: INFO, data: INFO, tag: INFO, list: INFO, alarm: WARN, error: ERROR,
}

/** The least severe level that each destination takes; one word stands for all. */
export type LevelOption = Level | 'off' | Partial<Record<Destination, Level | 'off'>>

/** Thresholds as numbers. */
export type Thresholds = Record<Destination, number>

const destinations: readonly Destination[] = ['console', 'store', 'report']

/** Writes what the option says into the thresholds; what it does not say, and what is no level, stays. */
export const setThresholds = (thresholds: Partial<Thresholds>, option: LevelOption | undefined): void => {
  for (const destination of destinations) {
    const level = option && typeof option === 'object' ? option[destination] : option
    const severity = level === 'off' ? names.length : severityOf(level) // off is more severe than anything
    if (severity !== undefined) thresholds[destination] = severity
  }
}
