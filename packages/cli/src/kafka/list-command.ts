// `sluice kafka txn list`.

import type { PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { exitCodes } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { listLines } from './list-text.ts'
import { tellReport, withTools } from './tool-session.ts'
import { silentLines } from './transaction-text.ts'

export interface TransactionListOptions extends ConnectionOptions, PlaceOptions {
  readonly all?: boolean
  readonly job?: string
}

export async function transactionListCommand(
  where: string | undefined,
  options: TransactionListOptions,
  invocation: Invocation,
): Promise<number> {
  return await withTools(where, options, invocation, async ({ tools, known, view }) => {
    const { all = false, job } = options
    const { checkpoints, warnings } = known
    const listing = await tools.listTransactions({
      all,
      checkpoints,
      ...(job === undefined ? {} : { job }),
    })
    const { silent } = listing
    tellReport({ ...listing, warnings }, invocation, options, view, () =>
      listLines(listing, invocation.terminal.outPaint),
    )
    for (const line of [...silentLines(silent), ...warnings]) invocation.terminal.error(line)
    return silent.length > 0 ? exitCodes.unreachable : exitCodes.done
  })
}
