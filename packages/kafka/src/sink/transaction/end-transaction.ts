// EndTxn by the numbers of one transaction, from whatever process: asked again while the answer
// says nothing, and in the version that belongs to how its records were written.

import type { ClusterClient } from '../../cluster/cluster-client.ts'
import { type EndOperation, judgeAnswer } from '../../transaction/answers.ts'
import type { TransactionTriple } from '../../transaction/decide-outcome.ts'
import { endTxn } from '../../wire/message/transactions.ts'

const endOfVersion = { 1: 4, 2: 5 } as const

/** The error code of the answer; rejects where there was none. */
export async function endTransaction(
  client: ClusterClient,
  transactionalId: string,
  { producerId, epoch, transactionVersion }: TransactionTriple,
  operation: EndOperation,
  connectTimeoutMs?: number,
): Promise<number> {
  const { errorCode } = await client.ask(
    { kind: 'transaction', id: transactionalId },
    endTxn,
    { transactionalId, producerId, producerEpoch: epoch, committed: operation === 'commit' },
    {
      what: `Ending transaction ${transactionalId} by ${operation}`,
      codeOf: (answer) => {
        const { meaning } = judgeAnswer(transactionVersion, operation, answer.errorCode)
        return meaning === 'retry' ? answer.errorCode : 0
      },
      purpose: 'commit',
      atMost: endOfVersion[transactionVersion],
      ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    },
  )
  return errorCode
}
