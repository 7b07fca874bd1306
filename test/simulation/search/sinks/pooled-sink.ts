// The ideal two-phase sink with a small pool of names per writer, as transactional ids are pooled:
// a commit names the slot and publishes whatever is prepared there. A writer takes the lowest slot
// that it may use again, or makes a new one; it never waits. Its requests are not late: a name that
// is used again needs an epoch against those, which the Kafka model brings.

import { BASE_ID, IDS, NAME_PREPARED, REUSABLE, SLOT, SUBTASKS } from '../model/fields.ts'
import { commitName } from './sink-model.ts'
import type { SinkModel } from './sink-model.ts'

export const pooledSink: SinkModel = {
  name: 'ideal, pooled names',
  lateCommits: false,
  pools: true,

  slotFor(state, run, generation, subtask, id) {
    const reusable = Math.max(
      state[run + REUSABLE + subtask] as number,
      state[run + BASE_ID] as number,
    )
    let taken = 0
    for (let earlier = reusable + 1; earlier < id; earlier++) {
      taken |= 1 << (state[SLOT + slotField(generation, earlier, subtask)] as number)
    }
    let slot = 0
    while ((taken & (1 << slot)) !== 0) slot += 1
    return slot
  },

  prepare(state, name, records) {
    state[NAME_PREPARED + name] = records
  },

  commit: commitName,

  abort(state, name) {
    state[NAME_PREPARED + name] = 0
  },
}

/** Where the slot of a committable is kept, relative to SLOT. */
export function slotField(generation: number, id: number, subtask: number): number {
  return ((generation - 1) * IDS + id - 1) * SUBTASKS + subtask
}
