// For pages without a bundler: one script, one global, `Clewline`.
export { default as T, createTracker, getRandomColor } from './index'
export { captureConsole } from './console'
export { logData } from './log-data'
export { logReport } from './log-report'
