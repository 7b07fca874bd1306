// Two streams made of the inputs, or of the records of one stream, and which record is in which.

import type { Item } from '../../item.ts'
import type { TailShape } from '../shape/tail-shape.ts'

/** Two of three records are left ones, where records decide. */
export function isLeft(sides: TailShape['sides']): (item: Item) => boolean {
  if (sides === 'inputs') return ({ lane }) => lane.startsWith('input-0/')
  return ({ id }) => Math.floor(id / 64) % 3 !== 0
}
