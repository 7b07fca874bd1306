// What one subtask's acknowledgements must name: every committable prepared since the last
// checkpoint that it knows to be complete. That a checkpoint failed changes nothing here: its
// records are behind the sources already, so the next acknowledgement names them again.

import type { NamedCommittable } from '@sluice/core/connector'
import { assert } from '@sluice/core/internal'
import type { CheckpointId } from './identifiers.ts'

export class CommittableLedger {
  #unnamed: NamedCommittable[] = []
  #newest = 0
  #completed = 0

  /** A writer has prepared these at the barrier of a checkpoint. */
  prepared(checkpoint: CheckpointId, committables: readonly NamedCommittable[]): void {
    assert(checkpoint >= this.#newest, 'barriers reach a subtask in order')
    assert(
      committables.every((committable) => committable.name.checkpoint === checkpoint),
      'a committable carries the checkpoint at whose barrier it was prepared',
    )
    this.#newest = checkpoint
    this.#unnamed.push(...committables)
  }

  /** What the acknowledgement of this checkpoint names. */
  owed(checkpoint: CheckpointId): readonly NamedCommittable[] {
    return this.#unnamed.filter((committable) => committable.name.checkpoint <= checkpoint)
  }

  /** The newest checkpoint that this subtask knows to be complete; part of its acknowledgement. */
  get knownComplete(): CheckpointId | 0 {
    return this.#completed as CheckpointId | 0
  }

  /**
   * The entry of this checkpoint stands: it names all that was prepared up to it. May come twice.
   */
  completed(checkpoint: CheckpointId): void {
    if (checkpoint <= this.#completed) return
    this.#completed = checkpoint
    this.#unnamed = this.#unnamed.filter((committable) => committable.name.checkpoint > checkpoint)
  }
}
