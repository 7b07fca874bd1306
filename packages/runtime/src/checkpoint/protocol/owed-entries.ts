// What the coordinator of one attempt owes. An entry is appended only when the committables of the
// entry before it are proven committed; it names everything prepared and not yet named, once. So
// the newest entry alone says what recovery has to commit.

import type { CommittableName, NamedCommittable } from '@sluice/core/connector'
import { assert } from '@sluice/core/internal'
import type { CheckpointId, LogPosition } from './identifiers.ts'
import type { CommitPermit } from './log/append.ts'

/** A name as text: equal exactly for equal names. */
export function nameKey(name: CommittableName): string {
  return JSON.stringify([name.logId, name.sink, name.generation, name.checkpoint, name.part])
}

export class OwedEntries {
  /** Committables of the newest entry that are not proven yet. */
  readonly #unproven = new Map<string, NamedCommittable>()
  /**
   * Names of earlier entries that an acknowledgement may still repeat, by the entry's checkpoint.
   */
  readonly #named = new Map<CheckpointId | 0, ReadonlySet<string>>()
  #position: LogPosition | 0 = 0

  /** A permit was granted: its entry stands, and these commits are owed from now on. */
  owe(permit: CommitPermit, checkpoint: CheckpointId | 0): void {
    assert(this.#unproven.size === 0, 'an entry is appended only when the one before it is proven')
    assert(permit.position > this.#position, 'entries are owed in order of the log')
    this.#position = permit.position
    for (const owed of permit.owes) this.#unproven.set(nameKey(owed.name), owed)
    this.#named.set(checkpoint, new Set(this.#unproven.keys()))
  }

  /** This committable's commit is proven. May be said twice. */
  proven(name: CommittableName): void {
    this.#unproven.delete(nameKey(name))
  }

  /** What is still to be committed. */
  unproven(): NamedCommittable[] {
    return [...this.#unproven.values()]
  }

  /** Whether the next entry may be appended; until then a complete checkpoint waits. */
  mayAppend(): boolean {
    return this.#unproven.size === 0
  }

  /**
   * What the entry of a complete checkpoint owes: all that its acknowledgements name, without what
   * earlier entries named, for that is proven committed.
   */
  owedBy(acknowledged: Iterable<readonly NamedCommittable[]>): NamedCommittable[] {
    assert(this.mayAppend(), 'an entry is made only when the one before it is proven')
    const owed = new Map<string, NamedCommittable>()
    for (const committables of acknowledged) {
      for (const committable of committables) {
        const key = nameKey(committable.name)
        if (!this.#isNamed(key)) owed.set(key, committable)
      }
    }
    return [...owed.values()]
  }

  /** All subtasks know that this checkpoint is complete: nothing up to it is repeated any more. */
  forgetUpTo(checkpoint: CheckpointId | 0): void {
    for (const known of this.#named.keys()) {
      if (known <= checkpoint) this.#named.delete(known)
    }
  }

  #isNamed(key: string): boolean {
    return this.#named.values().some((names) => names.has(key))
  }
}
