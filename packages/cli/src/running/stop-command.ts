// `sluice stop`: stops the running job with a last checkpoint; with a savepoint, or drained, where
// that is wanted.

import { resolve } from 'node:path'
import { SluiceError } from '@sluice/core/internal'
import { checkSavepointName } from '@sluice/runtime/internal'
import { findRun, type RunningOptions } from '../checkpoint/find-run.ts'
import { shownWork } from '../control/shown-work.ts'
import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { tellSavepoint } from '../savepoint/create-command.ts'
import { harmless } from '../text/paint.ts'

export interface StopOptions extends RunningOptions {
  /** True where no name was given. */
  readonly savepoint?: string | true
  readonly to?: string
  readonly drain?: boolean
}

export async function stopCommand(
  where: string | undefined,
  options: StopOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  const { drain = false } = options
  const savepoint = savepointRequest(options, invocation)
  const client = await findRun(where, options, invocation)
  const what = drain ? 'draining' : 'stopping'
  const result = await shownWork(invocation, options, what, (progress) =>
    client.ask('/stop', { drain, ...(savepoint && { savepoint }) }, progress),
  )
  if (options.json === true) {
    const view = viewOf(invocation, options, redactor(), terminal.outPaint)
    terminal.out(jsonText({ job: client.job, drained: drain, ...result }, view, 2))
    return exitCodes.done
  }
  const stopped = drain ? 'drained' : 'stopped'
  const last = result.checkpoint === null ? '' : ` with checkpoint ${result.checkpoint.id}`
  terminal.out(`${terminal.outPaint.green(stopped)} '${harmless(client.job)}'${last}`)
  if (result.savepoint !== null) tellSavepoint(result.savepoint, options, invocation)
  return exitCodes.done
}

function savepointRequest(
  { savepoint, to }: StopOptions,
  { folder }: Invocation,
): { readonly name?: string; readonly folder?: string } | undefined {
  if (savepoint === undefined) {
    if (to === undefined) return undefined
    throw new SluiceError('USAGE', '--to says where a savepoint goes, and none is asked for.', {
      hint: 'Say --savepoint too.',
    })
  }
  return {
    ...(savepoint === true ? {} : { name: checkSavepointName(savepoint) }),
    ...(to === undefined ? {} : { folder: resolve(folder, to) }),
  }
}
