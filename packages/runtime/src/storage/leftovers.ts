// What dead writers left aside. Removing a live writer's file would do no harm to the log (its link
// or rename fails as not found and is tried again with a new file), but it would fail a checkpoint
// of a healthy run, so only files that nobody has touched for a while are removed.

import { FileSystemError } from '@sluice/core/connector'
import type { StoragePlatform } from './storage-platform.ts'

/** No writer pauses that long between two pieces of a file; one that was asleep tries again. */
const leftoverAgeMs = 10 * 60_000

export class Leftovers {
  readonly #platform: StoragePlatform
  readonly #folder: string
  #nextSweepMs = 0

  constructor(platform: StoragePlatform, folder: string) {
    this.#platform = platform
    this.#folder = folder
  }

  /** A file of ours that is not needed any more; failing costs some space until the next sweep. */
  async removeOne(path: string): Promise<void> {
    try {
      await this.#platform.files.remove(path)
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error
      this.#platform.log.warn('A temporary file of the checkpoint storage could not be removed.', {
        path,
        error,
      })
    }
  }

  async sweepIfDue(): Promise<void> {
    if (this.#platform.clock.monotonic() < this.#nextSweepMs) return
    try {
      await this.sweep()
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error
      this.#platform.log.warn('Old files of the checkpoint storage could not be swept.', { error })
    }
  }

  async sweep(): Promise<void> {
    const { files, clock } = this.#platform
    this.#nextSweepMs = clock.monotonic() + leftoverAgeMs
    for (const name of await files.list(this.#folder)) {
      const path = `${this.#folder}/${name}`
      const stat = await files.stat(path)
      if (stat !== undefined && clock.now() - stat.modifiedMs >= leftoverAgeMs) {
        await this.removeOne(path)
      }
    }
  }
}
