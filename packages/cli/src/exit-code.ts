// The exit codes of every command. Supervisors act on them, so a code says what helps: start
// again (1), mend the call (2), wait for the world (3), look at it yourself (4), leave it to the
// newer run (5).

import { type ErrorCode, SluiceError } from '@sluice/core/internal'
import type { JobResult } from '@sluice/runtime'

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  incompatible: 4,
  fenced: 5,
  /** Ended at once by a second signal, as shells say it: 128 and the number of SIGINT. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

const { usage, unreachable, incompatible, fenced } = exitCodes

/** Codes that are not listed mean that the job failed. */
const byErrorCode: Partial<Record<ErrorCode, ExitCode>> = {
  USAGE: usage,
  JOB_FILE_UNREADABLE: usage,
  JOB_NO_DEFAULT_EXPORT: usage,
  JOB_BUILD_FAILED: usage,
  JOB_INVALID: usage,
  STEP_NAME_DUPLICATE: usage,
  STEP_NAME_INVALID: usage,
  SINK_NEEDS_CHECKPOINTS: usage,
  PARAMETER_INVALID: usage,
  SETTING_INVALID: usage,
  DURATION_INVALID: usage,
  CHECKPOINT_NOT_FOUND: usage,
  SAVEPOINT_EXISTS: usage,
  JOB_NOT_RUNNING: unreachable,
  JOB_UNRESPONSIVE: unreachable,
  SOURCE_UNREADABLE: unreachable,
  SINK_FAILED: unreachable,
  COMMIT_FAILED: unreachable,
  STORAGE_FULL: unreachable,
  STORAGE_FORBIDDEN: unreachable,
  STORAGE_UNSUPPORTED: unreachable,
  STORAGE_FAILED: unreachable,
  KAFKA_UNREACHABLE: unreachable,
  KAFKA_REQUEST_FAILED: unreachable,
  KAFKA_ANSWER_MALFORMED: unreachable,
  KAFKA_REGISTRY_UNREACHABLE: unreachable,
  KAFKA_NOT_A_BROKER: unreachable,
  KAFKA_TLS_FAILED: unreachable,
  KAFKA_AUTHENTICATION_FAILED: unreachable,
  KAFKA_FORBIDDEN: unreachable,
  KAFKA_BROKER_TOO_OLD: unreachable,
  KAFKA_LEDGER_MISSING: unreachable,
  KAFKA_TOPIC_MISSING: usage,
  KAFKA_TOOLS_MISSING: usage,
  KAFKA_TRANSACTION_NOT_ENDED: incompatible,
  SOURCE_CHANGED: incompatible,
  SINK_FOREIGN_HISTORY: incompatible,
  COMMIT_IMPOSSIBLE: incompatible,
  CHECKPOINT_DAMAGED: incompatible,
  CHECKPOINT_FORMAT_NEWER: incompatible,
  CHECKPOINT_FOREIGN_JOB: incompatible,
  CHECKPOINT_INCOMPATIBLE: incompatible,
  FENCED: fenced,
}

/** The exit code for an error; where the engine gave up, that of what it gave up on. */
export function exitCodeOfError(error: unknown): ExitCode {
  if (!(error instanceof SluiceError)) return exitCodes.failed
  const wrapped = error.code === 'RESTARTS_EXHAUSTED' || error.code === 'CHECKPOINT_FAILED'
  if (wrapped && error.cause instanceof SluiceError) return exitCodeOfError(error.cause)
  return byErrorCode[error.code] ?? exitCodes.failed
}

/** The exit code for the end of a run. */
export function exitCodeOfResult({
  outcome,
  error,
}: Pick<JobResult, 'outcome' | 'error'>): ExitCode {
  switch (outcome) {
    case 'finished':
    case 'finished-before':
    case 'stopped':
      return exitCodes.done
    case 'fenced':
      return exitCodes.fenced
    case 'cancelled':
      return exitCodes.interrupted
    case 'failed':
      return exitCodeOfError(error)
  }
}
