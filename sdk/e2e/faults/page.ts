// The page under test: it logs numbered texts, and tells how far they are written down.
import { createTracker, type Host, type LocalStore } from '../../src/index'
import { logData } from '../../src/log-data'
import { logReport } from '../../src/log-report'

/** What the harness and the page share. */
export interface PageOptions {
  readonly endpoint: string
  readonly key: string
  readonly app: string
  /** The page's own name; its texts begin with it. */
  readonly name: string
  /** So many logs a second. */
  readonly perSecond: number
}

declare global {
  interface Window {
    /** The harness's ear: everything up to the number is committed. */
    announce(name: string, upTo: number): void
    begin(options: PageOptions): void
    drained(): Promise<boolean>
    state(): unknown
  }
}

const often = 20

window.begin = ({ endpoint, key, app, name, perSecond }) => {
  const T = createTracker()
  T.$level({ console: 'off' })
  T.$use(logData, {})
  T.$use(logReport, { endpoint, app, key, rate: { perSecond: 1e6, burst: 1e6 } })
  let store: LocalStore | undefined
  T.$use((host: Host) => {
    store = host.store
    return { name: 'peek', stop() {} }
  }, undefined)
  const t = new T('page')
  let logged = 0

  const log = (): void => {
    const text = `${name}/${++logged}`
    const data = { n: logged, sum: logged * 7919 % 10007, text: 'x'.repeat(logged % 60) }
    if (logged % 500 === 0) t.$error(text, data)
    else t.$log(text, data, logged % 10 === 3 ? 'debug' : 'info') // debug is not sent, and declared
  }
  if (perSecond) {
    setInterval(() => { for (let i = 0; i < (perSecond * often) / 1000; i++) log() }, often)
    const watch = async (): Promise<void> => {
      for (;;) {
        const upTo = logged
        if (await T.$flush('disk')) window.announce(name, upTo)
        await new Promise((resolve) => { setTimeout(resolve, 50) })
      }
    }
    void watch()
  }
  window.state = () => T.$status()
  window.drained = async () => {
    const { stream } = T.$status()
    return (await store?.streams() ?? []).every(({ id, last, ended }) => !last || ended || id === stream)
  }
}
