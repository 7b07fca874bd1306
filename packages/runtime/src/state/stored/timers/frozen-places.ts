// Goes through the timers of a key group as they were when it was frozen, for a capture: first
// those that were in memory, then what stood behind the horizon.

import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { type FrozenTimers, mergedTimers } from './far-timers.ts'
import type { MergedTimers, PlacedBytes } from './packed-timers.ts'
import type { ChunkReader, RunPlace } from './timer-run.ts'
import { type NearTimer, writePlace } from './timer-window.ts'

export class FrozenPlaces implements PlacedBytes {
  bytes: Uint8Array = new Uint8Array()
  at = 0
  end = 0
  /** The last is the earliest. */
  readonly #near: NearTimer[]
  readonly #far: MergedTimers | undefined
  readonly #writer = new ByteWriter(64)

  /** `reader` sees the rows of the time when the group was frozen; without `far` there are none. */
  constructor(
    near: readonly NearTimer[],
    reader: ChunkReader,
    place: RunPlace,
    horizon: PlacedBytes | undefined,
    far: FrozenTimers | undefined,
  ) {
    this.#near = [...near]
    const none = { left: () => undefined }
    this.#far = far && mergedTimers(reader, place, horizon, far, none)
  }

  /** Goes to the first timer, or the next one, in order; false at the end. */
  advance(): boolean {
    const near = this.#near.pop()
    if (near !== undefined) {
      this.#writer.reset()
      writePlace(this.#writer, near)
      this.bytes = this.#writer.bytes
      this.end = this.#writer.position
      return true
    }
    if (this.#far === undefined || !this.#far.advance()) return false
    this.bytes = this.#far.bytes
    this.at = this.#far.at
    this.end = this.#far.end
    return true
  }
}
