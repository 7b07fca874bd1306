// A snapshot of one task on its way: the synchronous part was taken at the barrier, the rest is
// written in slices between batches, and the acknowledgement follows when everything is durable.

import type { SegmentRef, SegmentWriter, SnapshotInProgress } from '../state/state-backend.ts'
import type { TaskSnapshot } from './task-messages.ts'

type Owed = Pick<TaskSnapshot, 'committables' | 'knownComplete'>
type SynchronousPart = Omit<TaskSnapshot, 'keyed' | 'asyncMs' | keyof Owed>

export class PendingSnapshot {
  readonly checkpoint: number
  readonly part: SynchronousPart
  readonly #keyed: Map<string, SnapshotInProgress>
  readonly #startedMs: number
  #serialised = false
  #cancelled = false

  constructor(
    checkpoint: number,
    part: SynchronousPart,
    keyed: Map<string, SnapshotInProgress>,
    nowMs: number,
  ) {
    this.checkpoint = checkpoint
    this.part = part
    this.#keyed = keyed
    this.#startedMs = nowMs
    this.#serialised = keyed.size === 0
  }

  get serialised(): boolean {
    return this.#serialised
  }

  get cancelled(): boolean {
    return this.#cancelled
  }

  /** Works for about `budgetMs`; true when everything is serialised. */
  advance(budgetMs: number): boolean {
    if (this.#serialised) return true
    for (const snapshot of this.#keyed.values()) {
      if (!snapshot.advance(budgetMs)) return false
    }
    this.#serialised = true
    return true
  }

  /** Makes everything durable. */
  async finish(writer: SegmentWriter, now: () => number, owed: Owed): Promise<TaskSnapshot> {
    const keyed: Record<string, readonly SegmentRef[]> = {}
    for (const [step, snapshot] of this.#keyed) keyed[step] = await snapshot.finish(writer)
    return {
      ...this.part,
      keyed,
      ...owed,
      asyncMs: now() - this.#startedMs,
    }
  }

  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    for (const snapshot of this.#keyed.values()) snapshot.cancel()
  }
}
