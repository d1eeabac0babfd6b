import type { Driver, Row } from './driver'

/** Where a page or process that goes puts down what no driver has taken, and who takes it up. */
export interface Parting {
  spill(owner: string, rows: readonly Row[]): void
  absorb(driver: Driver): Promise<void>
}

const PREFIX = 'clewline.spill.'
/** Characters. A page that goes has no time for more, and the place is everybody's. */
const MOST = 256 * 1024

/**
 * Puts rows down at once, for a page that goes while they are being written: the last
 * resort where a connection is lost, or the browser is quitting. The newest come first.
 */
const spill: Parting['spill'] = (owner, rows) => {
  let room = MOST
  const texts: string[] = []
  for (const [key, value] of [...rows].reverse()) {
    const text = JSON.stringify([key, value])
    if ((room -= text.length) < 0) break
    texts.push(text)
  }
  try {
    if (texts.length) localStorage.setItem(PREFIX + owner, `[${texts.join()}]`)
  } catch {
    // Denied, absent or full.
  }
}

/** Takes up what pages put down. What was committed after all is written once more, as it is. */
const absorb: Parting['absorb'] = async (driver) => {
  try {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(PREFIX)) continue
      const rows = JSON.parse(localStorage.getItem(name) ?? '[]') as Row[]
      const there = new Set<string>()
      for (const [key] of rows) if (key[0] === 's' && (await driver.keys([key, key])).length) there.add(key)
      await driver.write(rows.filter(([key]) => !there.has(key))) // what is known by now is newer
      localStorage.removeItem(name)
    }
  } catch {
    // Not ours, or the driver is lost: next time.
  }
}

export const inStorage: Parting = { spill, absorb }
