// The input of a copy: batches that come while the job runs, some of them in transactions of
// somebody else, of which some are aborted. Values count from 0 within their key.

import type { SeededRandom } from '@sluice/testing/simulator'
import { BufferPool } from '../../src/records/buffer-pool.ts'
import { RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import type { OffsetsByTopic } from '../../src/source/discovery/start-position.ts'
import type { PartitionLog } from '../simulated-broker/partition-log.ts'
import type { CopyShape } from './copy-shape.ts'

export const inputTopic = 'input'

interface PlannedBatch {
  readonly partition: number
  readonly atMs: number
  readonly values: readonly string[]
  readonly end: 'none' | 'commit' | 'abort'
}

const roomBytes = 1 << 20
const foreignProducer = 500

export class CopyInput {
  /** What the copy has to hold: `key:number`, in the order of each key. */
  readonly expected = new Map<string, string[]>()
  readonly stopAt: OffsetsByTopic
  readonly batches: readonly PlannedBatch[]
  readonly #sequences = new Map<number, number>()

  constructor(random: SeededRandom, shape: CopyShape) {
    const { inputPartitions, records, keys, feedMs } = shape
    const ends = Array.from({ length: inputPartitions }, () => 0)
    const batches: PlannedBatch[] = []
    let written = 0
    while (written < records) {
      const partition = random.below(inputPartitions)
      const count = Math.min(1 + random.below(12), records - written)
      const end = (['none', 'none', 'commit', 'abort'] as const)[random.below(4)] ?? 'none'
      const own = Array.from({ length: count }, () => `${partition}.${random.below(keys)}`)
      const values = own.map((key) => (end === 'abort' ? `${key}:aborted` : this.#next(key)))
      // In order of time, so that they are in each log as they were drawn.
      batches.push({ partition, atMs: (feedMs * written) / records, values, end })
      ends[partition] = (ends[partition] as number) + count + (end === 'none' ? 0 : 1)
      if (end !== 'abort') written += count
    }
    this.batches = batches
    this.stopAt = { [inputTopic]: Object.fromEntries(ends.entries()) }
  }

  write({ partition, values, end }: PlannedBatch, log: PartitionLog, nowMs: number): void {
    const room = { batchBytes: roomBytes, recordBytes: roomBytes, messageBytes: roomBytes }
    const builder = new RecordBatchBuilder(room, new BufferPool(0))
    for (const value of values) {
      builder.append(Buffer.from(keyOf(value)), Buffer.from(value), undefined, nowMs)
    }
    const isTransactional = end !== 'none'
    const baseSequence = isTransactional ? (this.#sequences.get(partition) ?? 0) : -1
    const bytes = builder.finish({
      producerId: isTransactional ? foreignProducer : -1,
      producerEpoch: isTransactional ? 0 : -1,
      baseSequence,
      isTransactional,
      compression: 'none',
    })
    const result = log.append(bytes, roomBytes)
    if ('error' in result) throw new Error(`the input was refused: ${result.error}`)
    if (!isTransactional) return
    this.#sequences.set(partition, baseSequence + values.length)
    log.appendMarker(end, foreignProducer, 0, 0, nowMs)
  }

  #next(key: string): string {
    const values = this.expected.get(key) ?? []
    this.expected.set(key, values)
    const value = `${key}:${values.length}`
    values.push(value)
    return value
  }
}

export function keyOf(value: string): string {
  return value.slice(0, value.indexOf(':'))
}
