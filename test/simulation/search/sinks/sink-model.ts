// What the search needs to know of a sink: under which name a writer prepares, and what prepare,
// commit and abort do to a name. A name keeps the records prepared under it. Other sinks join by
// implementing this.

import { IDS, NAME_PREPARED, RECORDS, SUBTASKS, VISIBLE } from '../model/fields.ts'

export interface SinkModel {
  readonly name: string
  /**
   * The slot of the name for a checkpoint of this subtask; `run` is where the run's fields start.
   */
  slotFor(state: Uint8Array, run: number, generation: number, subtask: number, id: number): number
  prepare(state: Uint8Array, name: number, records: number): void
  /** Publishes what is prepared under a name; done already counts as done. */
  commit(state: Uint8Array, name: number): void
  abort(state: Uint8Array, name: number): void
  /** Whether a commit may take effect long after its answer was given up. */
  readonly lateCommits: boolean
  /** Whether names are used again, as far as the writer knows that they may be. */
  readonly pools: boolean
}

/** The index of an outside name. */
export function nameIndex(generation: number, slot: number, subtask: number): number {
  return ((generation - 1) * IDS + slot) * SUBTASKS + subtask
}

/** Makes records of a subtask visible; three times and more are counted as three. */
export function publish(state: Uint8Array, subtask: number, records: number): void {
  for (let record = 0; record < RECORDS; record++) {
    if ((records & (1 << record)) === 0) continue
    const at = VISIBLE + subtask * RECORDS + record
    state[at] = Math.min(3, (state[at] as number) + 1)
  }
}

/** Publishes and empties a name. */
export function commitName(state: Uint8Array, name: number): void {
  publish(state, name % SUBTASKS, state[NAME_PREPARED + name] as number)
  state[NAME_PREPARED + name] = 0
}
