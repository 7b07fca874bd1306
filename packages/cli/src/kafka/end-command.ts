// `sluice kafka txn commit <id>` and `sluice kafka txn abort <id>`: shows the proof, asks, does it.

import type { PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { exitCodes } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { confirmed } from './confirmation.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { planLines, resultLine } from './end-text.ts'
import { tellReport, withTools } from './tool-session.ts'

export interface EndOptions extends ConnectionOptions, PlaceOptions {
  readonly yes?: boolean
  readonly force?: string
}

export async function transactionEndCommand(
  operation: 'commit' | 'abort',
  transactionalId: string,
  where: string | undefined,
  options: EndOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  return await withTools(where, options, invocation, async ({ tools, known, view }) => {
    const plan = await tools.planEnd(transactionalId, operation, known.checkpoints)
    for (const line of known.warnings) terminal.error(line)
    // The proof is no result: what became of it is.
    if (options.json !== true) {
      for (const line of planLines(plan, terminal.errorPaint)) terminal.error(line)
    }
    const { verdict } = plan
    if (verdict.kind === 'nothing-to-do') {
      tellReport({ ...plan, result: null }, invocation, options, view, () => [
        `Nothing to ${operation}: ${verdict.because}.`,
      ])
      return exitCodes.done
    }
    const mayBeDone =
      verdict.kind === 'allowed' ||
      (verdict.kind === 'needs-force' && verdict.words === options.force)
    if (mayBeDone && options.yes !== true) {
      const what = operation === 'commit' ? 'Commit' : 'Abort'
      if (!(await confirmed(`${what} it? This cannot be undone.`, terminal))) {
        terminal.error('Nothing was done.')
        return exitCodes.done
      }
    }
    const result = await tools.carryOut(plan, options.force)
    tellReport({ ...plan, result }, invocation, options, view, () => [
      resultLine(plan, result, terminal.outPaint),
    ])
    return exitCodes.done
  })
}
