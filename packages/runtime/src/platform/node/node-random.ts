// Randomness from the operating system, drawn in blocks: names and nonces must differ between
// processes that start in the same instant.

import { randomFillSync } from 'node:crypto'
import type { Random } from '@sluice/core/connector'

const block = new Uint32Array(1024)
let used = block.length

function uint32(): number {
  if (used === block.length) {
    randomFillSync(block)
    used = 0
  }
  return block[used++] as number
}

export const nodeRandom: Random = {
  uint32,
  fraction() {
    // 53 random bits, as many as a number below one can hold evenly.
    return ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53
  },
  hex(bytes) {
    return randomFillSync(Buffer.alloc(bytes)).toString('hex')
  },
}
