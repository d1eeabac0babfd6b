import type { Remote } from './remote'

/** A viewer of what a read token opens, in a page that need not use the tracker at all. */
export interface ServerViewerOptions extends Remote {
  /** The element that it fills. */
  readonly into: HTMLElement
  readonly theme?: 'light' | 'dark'
  readonly language?: string
}

export interface ServerViewer {
  remove(): void
}

/** Shows the events of one device or call, as the server has them. */
export const viewServer = async ({ into, endpoint, token, theme, language }: ServerViewerOptions): Promise<ServerViewer> => {
  const { createPanel } = await import('./panel')
  const panel = await createPanel({ options: { endpoint, theme, language }, into }, () => {})
  panel.open({ token })
  return panel
}
