// Reads segments back and compares length and checksum: before a manifest names them, and before a
// run relies on them. What was found right once is not read again by the same process.

import { SluiceError } from '@sluice/core/internal'
import type { CheckpointStorage } from '../storage/checkpoint-storage.ts'
import type { SegmentReference } from './protocol/log/entry.ts'

/** What is known of a segment that is read back. */
type Written = Pick<SegmentReference, 'name' | 'sizeBytes' | 'checksum'>

/** How many segments are read at once; each is held in memory while it is checked. */
const concurrency = 4

export class SegmentVerification {
  readonly #storage: CheckpointStorage
  readonly #checksumOf: (bytes: Uint8Array) => string
  #verified = new Set<string>()

  constructor(storage: CheckpointStorage, checksumOf: (bytes: Uint8Array) => string) {
    this.#storage = storage
    this.#checksumOf = checksumOf
  }

  /** Names of the segments that are missing or differ; a storage that is away throws. */
  async damaged(segments: readonly Written[]): Promise<string[]> {
    const unknown = new Map(
      segments
        .filter((segment) => !this.#verified.has(segment.name))
        .map((segment) => [segment.name, segment]),
    )
    const damaged: string[] = []
    const queue = unknown.values()
    const work = async (): Promise<void> => {
      for (const segment of queue) {
        if (await this.#isRight(segment)) this.#verified.add(segment.name)
        else damaged.push(segment.name)
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, unknown.size) }, work))
    return damaged.sort()
  }

  /** What is no longer named is forgotten; a restart reads what it restores from the disk again. */
  keepOnly(names: ReadonlySet<string>): void {
    this.#verified = new Set([...this.#verified].filter((name) => names.has(name)))
  }

  async #isRight(segment: Written): Promise<boolean> {
    try {
      const bytes = await this.#storage.readSegment(segment.name)
      return bytes.length === segment.sizeBytes && this.#checksumOf(bytes) === segment.checksum
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'CHECKPOINT_DAMAGED') return false
      throw error
    }
  }
}
