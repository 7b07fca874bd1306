// `sluice checkpoint create`: the running job takes one now.

import { findRun, type RunningOptions } from './find-run.ts'
import { shownWork } from '../control/shown-work.ts'
import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { duration, size } from '../text/quantity.ts'

export async function createCommand(
  where: string | undefined,
  options: RunningOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  const client = await findRun(where, options, invocation)
  const { checkpoint } = await shownWork(invocation, options, 'checkpoint', (progress) =>
    client.ask('/checkpoint', {}, progress),
  )
  if (options.json === true) {
    const view = viewOf(invocation, options, redactor(), terminal.outPaint)
    terminal.out(jsonText({ job: client.job, checkpoint }, view, 2))
  } else if (checkpoint !== null) {
    const { id, durationMs, stateBytes, newBytes } = checkpoint
    const state = `${size(stateBytes)} of state, ${size(newBytes)} of it new`
    terminal.out(
      `${terminal.outPaint.green('checkpoint')} ${id} in ${duration(durationMs)}: ${state}`,
    )
  }
  return exitCodes.done
}
