// Reads segments back and compares length and checksum: before a manifest names them, and before a
// run relies on them. What was found right once is not read again by the same process.
//
// Segments are read part by part, in memory that is used again: whole ones would be hashed for many
// milliseconds at a time and set off collections of garbage, all on a core that a task needs.

import { SluiceError } from '@sluice/core/internal'
import type { CheckpointStorage } from '../storage/checkpoint-storage.ts'
import type { SegmentReference } from './protocol/log/entry.ts'

/** What is known of a segment that is read back. */
type Written = Pick<SegmentReference, 'name' | 'sizeBytes' | 'checksum'>

/** A checksum that grows with the bytes it is given. */
export interface GrowingChecksum {
  update(bytes: Uint8Array): void
  hex(): string
}

/** How many segments are read at once. */
const concurrency = 4

export class SegmentVerification {
  readonly #storage: CheckpointStorage
  readonly #newChecksum: () => GrowingChecksum
  #verified = new Set<string>()

  constructor(storage: CheckpointStorage, newChecksum: () => GrowingChecksum) {
    this.#storage = storage
    this.#newChecksum = newChecksum
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
      const checksum = this.#newChecksum()
      let sizeBytes = 0
      await this.#storage.readSegmentParts(segment.name, (part) => {
        checksum.update(part)
        sizeBytes += part.length
      })
      return sizeBytes === segment.sizeBytes && checksum.hex() === segment.checksum
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'CHECKPOINT_DAMAGED') return false
      throw error
    }
  }
}
