// `sluice status`: what a running job says of itself.

import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { harmless } from '../text/paint.ts'
import { age, counted } from '../text/quantity.ts'
import { findRun, type RunningOptions } from '../checkpoint/find-run.ts'

export async function statusCommand(
  where: string | undefined,
  options: RunningOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  const client = await findRun(where, options, invocation)
  const status = await client.status()
  if (options.json === true) {
    const view = viewOf(invocation, options, redactor(invocation.environment), terminal.outPaint)
    terminal.out(jsonText(status, view, 2))
    return exitCodes.done
  }
  const { lastCheckpoint: last, restarts, generation, completedCheckpoints } = status
  terminal.out(`${terminal.outPaint.bold(status.state)} '${harmless(status.job)}'`)
  terminal.out(`  generation   ${generation}, ${counted(restarts, 'restart')}`)
  terminal.out(
    last === null
      ? '  checkpoints  none completed by this run'
      : `  checkpoints  ${completedCheckpoints} completed by this run, the last is ${last.id}, ` +
          age(Date.now() - last.completedAtMs),
  )
  if (status.error !== null) terminal.out(`  last error   ${harmless(status.error.message)}`)
  return exitCodes.done
}
