// The files sink: a hidden file per generation, checkpoint and part; commit renames it to its
// visible name. A rename whose source is gone is done. Names are never used again, so every request
// may be late.

import { NAME_PREPARED } from '../model/fields.ts'
import { commitName } from './sink-model.ts'
import type { SinkModel } from './sink-model.ts'

export const fileSink: SinkModel = {
  name: 'files, hidden and renamed',
  lateCommits: true,
  pools: false,

  slotFor(_state, _run, _generation, _subtask, id) {
    return id - 1
  },

  prepare(state, name, records) {
    state[NAME_PREPARED + name] = records
  },

  commit: commitName,

  abort(state, name) {
    state[NAME_PREPARED + name] = 0
  },
}
