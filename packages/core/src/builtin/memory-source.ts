// Records from an array, in its order. A position in the array is the position in the checkpoint,
// so the array must be the same after a restart: in a job that is rebuilt elsewhere, a constant.

import type { Source } from '../connector/source.ts'
import { indexSource, type IndexSplit } from './index-source.ts'

/**
 * A bounded source over an array, for tests and examples.
 *
 * @example
 * job.from('numbers', memorySource([1, 2, 3])).map((n) => n * 2).to('screen', consoleSink())
 */
export function memorySource<T>(records: readonly T[]): Source<T, IndexSplit> {
  return indexSource({
    kind: 'memory',
    count: records.length,
    splits: 1,
    ratePerSecond: undefined,
    description: { records: records.length },
    recordAt: (index) => records[index] as T,
  })
}
