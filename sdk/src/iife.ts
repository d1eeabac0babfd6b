// For pages without a bundler: one script, one global, `Clewline`.
export { default as T, createTracker, getRandomColor } from './index'
export { logReport } from './log-report'
