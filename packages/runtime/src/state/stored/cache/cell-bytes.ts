// About how much memory a cached cell takes: enough to keep the cache within its limit.

import { approximateBytes } from '../../../network/approximate-size.ts'
import { REMOVED } from '../../heap/cell.ts'
import { CachedItems, type StoredCell } from './stored-cell.ts'

/** The object, its places in Maps and lists. */
const CELL_BYTES = 256
/** Objects and boxed numbers take about so much more than their plain content. */
const OVERHEAD = 2

export function cellBytes({ mapKey, value }: StoredCell): number {
  const keyBytes = typeof mapKey === 'string' ? mapKey.length : 0
  if (value === REMOVED || typeof value === 'number') return CELL_BYTES + keyBytes
  if (value instanceof CachedItems) return CELL_BYTES * 2 + keyBytes
  return CELL_BYTES + keyBytes + contentBytes(value)
}

/** What a value, or an element that is added to a list, takes in a cell. */
export function contentBytes(value: unknown): number {
  return approximateBytes(value) * OVERHEAD
}
