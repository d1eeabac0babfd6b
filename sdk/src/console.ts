export { captureConsole as default, captureConsole } from './console/captureConsole'
export type { ConsoleCapture, ConsoleOptions } from './console/captureConsole'
