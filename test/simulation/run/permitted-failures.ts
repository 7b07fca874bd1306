// Which errors the faults of a simulation excuse. Everything else is a defect: of the engine, or of
// the simulation.

import type { SluiceError } from '@sluice/core'
import type { FaultPlan } from '@sluice/testing/simulator'

/**
 * By code: the kinds of faults that excuse it; an empty list excuses it in every run with faults.
 */
const excuses: Readonly<Record<string, readonly string[]>> = {
  STORAGE_FAILED: [],
  STORAGE_FULL: [],
  SINK_FAILED: [],
  SOURCE_UNREADABLE: [],
  CHECKPOINT_FAILED: [],
  USER_FUNCTION_FAILED: ['user-function-throws', 'async-failed'],
  // A worker that stalls, or a task that waits for its sink, answers too late as well.
  ASYNC_TIMEOUT: [],
  WORKER_DIED: ['worker-dies', 'worker-then-process-dies'],
  WORKER_OUT_OF_MEMORY: ['worker-dies'],
  STATE_STORE_FAILED: [
    'store-open-failed',
    'store-read-failed',
    'store-write-failed',
    'state-folder-lost',
  ],
}

/**
 * What an order may be answered with in every run: the run has ended before it could follow, or a
 * newer one has collected what its savepoint was to hold.
 */
const unanswered: readonly string[] = ['JOB_NOT_RUNNING', 'FENCED']

export function isPermitted(error: SluiceError, faults: FaultPlan): boolean {
  const kinds = excuses[error.code]
  if (kinds === undefined) return false
  return kinds.length === 0 || faults.hits.some(({ kind }) => kinds.includes(kind))
}

/** Whether an order may fail so. */
export function mayRefuse(error: SluiceError, faults: FaultPlan): boolean {
  return unanswered.includes(error.code) || isPermitted(error, faults)
}
