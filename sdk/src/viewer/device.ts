import type { Host } from '../core/plugin'
import { rowOf, type Row } from './row'

/** Characters that are read from the device at a time. */
const PART = 256 * 1024
/** Reads all events of this device, the newest streams first, until take says that it has enough. */
export const readDevice = async (host: Host, take: (rows: Row[]) => boolean): Promise<void> => {
  const { store } = host
  if (!store) return
  for (const { id, acked, target } of (await store.streams()).reverse()) {
    for (let from = 1; Number.isFinite(from);) {
      const { lines, omitted, next } = await store.read(id, from, PART)
      const left = (seq: number): boolean => omitted.some((run) => run.from <= seq && seq <= run.to)
      const rows = lines.flatMap((line) => {
        const row = rowOf(line, 'local', id)
        if (row && target && !left(row.seq)) row.where = row.seq <= acked ? 'stored' : 'waiting'
        return row ? [row] : []
      })
      if (!take(rows)) return
      from = next
    }
  }
}
