// Finds the running job that a command speaks to, with how long it is waited for.

import { findPlace, type PlaceOptions } from './checkpoint-place.ts'
import type { Invocation } from '../invocation.ts'
import { parseSpan } from '../settings/setting-texts.ts'
import { ControlClient } from '../control/control-client.ts'

/** Options of the commands that ask a running job. */
export interface RunningOptions extends PlaceOptions {
  /** A duration: the longest that the command waits. */
  readonly timeout?: string
}

/** Throws USAGE, CHECKPOINT_NOT_FOUND and JOB_NOT_RUNNING. */
export async function findRun(
  where: string | undefined,
  options: RunningOptions,
  invocation: Invocation,
): Promise<ControlClient> {
  const { timeout } = options
  const limits = timeout === undefined ? {} : { timeoutMs: parseSpan(timeout, '--timeout') }
  return await ControlClient.find(await findPlace(where, options, invocation), limits)
}
