// The error for a value that cannot be written: which state, which key.

import { keyFromMapKey, SluiceError } from '@sluice/core/internal'
import { describeKey } from '../heap/describe-key.ts'
import type { StoredCell } from './cache/stored-cell.ts'

export function notStorable(error: unknown, cell: StoredCell): unknown {
  if (!(error instanceof SluiceError)) return error
  const state = cell.table.facts.name
  const key = describeKey(keyFromMapKey((cell.owner ?? cell).mapKey))
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  return new SluiceError(
    error.code,
    `The state '${state}' of the key ${key} cannot be saved: ${error.message}`,
    { where: error.where, cause: error, ...hint },
  )
}
