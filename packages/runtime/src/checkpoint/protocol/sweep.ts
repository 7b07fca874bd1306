// Which of the names found outside may be aborted. A run opens only names of its own generation and
// sweeps only lower ones, never what the newest entry below its fence names. It sweeps at the
// start, after the recovery commit, and again after each checkpoint: a sleeper may have prepared
// meanwhile.

import type { CommittableName } from '@sluice/core/connector'
import { assert } from '@sluice/core/internal'
import type { Generation, LogId } from './identifiers.ts'
import type { CheckpointEntry, FenceEntry } from './log/entry.ts'
import type { FinishedEntry, StandingEntry } from './log/append.ts'
import { checkpointsOf, fencedBy } from './log/log-view.ts'
import type { LogView } from './log/log-view.ts'
import { nameKey } from './owed-entries.ts'

/** Why a name is kept; only `abort` touches it. */
export type SweepDecision = 'abort' | 'foreign-log' | 'not-older' | 'promised'

/** Decides over names on behalf of the run whose fence stands, or of one that has finished. */
export class Sweep {
  readonly #logId: LogId
  readonly #generation: Generation
  readonly #promised: ReadonlySet<string>

  /**
   * `newestBelow`: the newest checkpoint below the fence (`RecoveryPlan.newest`). A finished job is
   * swept in the name of the run that finished it, when what it owed is proven.
   */
  constructor(
    licence: StandingEntry<FenceEntry> | FinishedEntry,
    newestBelow: CheckpointEntry | undefined,
  ) {
    this.#logId = licence.entry.logId
    this.#generation = licence.entry.generation
    this.#promised = new Set(newestBelow?.owes.map((owed) => nameKey(owed.name)))
  }

  decide(name: CommittableName): SweepDecision {
    if (name.logId !== this.#logId) return 'foreign-log'
    if (name.generation >= this.#generation) return 'not-older'
    return this.#promised.has(nameKey(name)) ? 'promised' : 'abort'
  }
}

/**
 * Whether a run that is over may abort a name of its own. `upToSuccessor` is the log read up to a
 * fence above this run; without that fence an append may still be open, so nothing is aborted.
 */
export function mayAbortAtEnd(
  name: CommittableName,
  mine: { readonly logId: LogId; readonly generation: Generation },
  upToSuccessor: LogView,
): boolean {
  assert(
    fencedBy(upToSuccessor, mine.generation) !== undefined,
    'a run aborts its own names only once its successor stands in the log',
  )
  if (name.logId !== mine.logId || name.generation !== mine.generation) return false
  if (upToSuccessor.slots.some((slot) => slot.kind === 'damaged')) return false
  const key = nameKey(name)
  return !checkpointsOf(upToSuccessor).some((entry) =>
    entry.owes.some((owed) => nameKey(owed.name) === key),
  )
}
