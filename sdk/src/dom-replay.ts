export { domReplay as default, domReplay } from './replay/domReplay'
export { readReplay } from './replay/readReplay'
export type { DOMEvent, DOMReplay, Recorder, ReplayOptions, ReplayStatus } from './replay/domReplay'
export type { Recorded } from './replay/readReplay'
