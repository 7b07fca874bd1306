// What RocksDB says, as the errors of Sluice: what happened to which folder, and how to mend it.

import { SluiceError } from '@sluice/core/connector'

const lockedByOthers = /lock hold by current process|While lock file.*temporarily unavailable/i

/** The error for what a call of the native half threw. */
export function storeError(thrown: unknown, path: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown }
  const reason = String(message)
  const options = { where: { file: path }, cause: thrown }
  if (code === 'NoSpace') {
    return new SluiceError('STORAGE_FULL', `No space is left for the state in ${path}.`, {
      ...options,
      hint: 'Make room, or set `state.path` to a folder on a larger disk.',
    })
  }
  if (lockedByOthers.test(reason)) {
    return new SluiceError('STATE_STORE_LOCKED', `The state folder ${path} is in use: ${reason}`, {
      ...options,
      hint: 'Another run has it open. End that run, or give this one another `state.path`.',
    })
  }
  return new SluiceError('STATE_STORE_FAILED', `The state folder ${path} failed: ${reason}`, {
    ...options,
    hint:
      'Check that the folder is there, writable and on a healthy disk, and that nothing else ' +
      'deletes from it. The state itself is in the checkpoints.',
  })
}
