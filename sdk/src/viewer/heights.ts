/** Rows in one block. */
const BLOCK = 256

/** Where rows of unequal heights stand, of which most were never seen. */
export interface Heights {
  readonly total: number
  /** There are so many rows; those from a number on are as high as a row is guessed to be. */
  resize(count: number, from: number): void
  /** Gives by how much a row has grown. */
  set(index: number, height: number): number
  /** The upper edge of a row. */
  top(index: number): number
  /** The row that stands at a height. */
  at(y: number): number
}

export const createHeights = (guess: () => number): Heights => {
  let heights: number[] = []
  let blocks: number[] = []
  let total = 0
  return {
    get total() { return total },
    resize(count, from) {
      const usual = guess()
      const kept = Math.min(count, from, heights.length)
      heights.length = kept
      while (heights.length < count) heights.push(usual)
      const first = Math.floor(kept / BLOCK)
      blocks = blocks.slice(0, first)
      for (let at = first * BLOCK; at < count; at += BLOCK) {
        let sum = 0
        for (let i = at; i < Math.min(at + BLOCK, count); i++) sum += heights[i] as number
        blocks.push(sum)
      }
      total = blocks.reduce((sum, one) => sum + one, 0)
    },
    set(index, height) {
      const grown = height - (heights[index] ?? height)
      if (!grown) return 0
      heights[index] = height
      blocks[Math.floor(index / BLOCK)] = (blocks[Math.floor(index / BLOCK)] as number) + grown
      total += grown
      return grown
    },
    top(index) {
      const block = Math.floor(index / BLOCK)
      let y = 0
      for (let i = 0; i < block; i++) y += blocks[i] ?? 0
      for (let i = block * BLOCK; i < index; i++) y += heights[i] ?? 0
      return y
    },
    at(y) {
      let left = y
      let block = 0
      while (block < blocks.length - 1 && left >= (blocks[block] as number)) left -= blocks[block++] as number
      let i = block * BLOCK
      while (i < heights.length - 1 && left >= (heights[i] as number)) left -= heights[i++] as number
      return i
    },
  }
}
