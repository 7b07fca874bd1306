// `sluice kafka txn why <topic[-partition]>`.

import type { PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { exitCodes } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { tellReport, withTools } from './tool-session.ts'
import { silentLines } from './transaction-text.ts'
import { whyLines } from './why-text.ts'

export async function transactionWhyCommand(
  target: string,
  where: string | undefined,
  options: ConnectionOptions & PlaceOptions,
  invocation: Invocation,
): Promise<number> {
  return await withTools(where, options, invocation, async ({ tools, known, view }) => {
    const { checkpoints, warnings } = known
    const report = await tools.explainHold(target, checkpoints)
    tellReport({ ...report, warnings }, invocation, options, view, () =>
      whyLines(report, invocation.terminal.outPaint),
    )
    const { silent } = report
    for (const line of [...silentLines(silent), ...warnings]) invocation.terminal.error(line)
    return silent.length > 0 ? exitCodes.unreachable : exitCodes.done
  })
}
