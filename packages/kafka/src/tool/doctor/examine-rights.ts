// What this user may do, as far as it can be asked without leaving a trace: operations that the
// brokers list, and requests that they must refuse for another reason once the right is there.

import type { ClusterClient } from '../../cluster/cluster-client.ts'
import { formatTransactionalId } from '../../transaction/transactional-id.ts'
import { errorText } from '../../wire/error-codes.ts'
import { initProducerId } from '../../wire/message/transactions.ts'
import { type Finding, finding, findingOf } from './finding.ts'

/** Numbers of the operations, which are bits in what the brokers answer. */
const operations = { READ: 3, WRITE: 4, DESCRIBE: 8 } as const
type Operation = keyof typeof operations

const notSaid = -(2 ** 31)
const noRightOnId = 53
/** Zero is no timeout: the broker says so after it has looked at the rights, and makes nothing. */
const impossibleTimeoutMs = 0
const invalidTimeout = 50

/** Of a set that Metadata answered. */
export function examineOperations(
  about: string,
  bits: number,
  wanted: readonly Operation[],
  lacking: 'risk' | 'wrong',
): Finding {
  if (bits === notSaid) return finding(about, 'unknown', 'the broker does not say what is allowed')
  const missing = wanted.filter((operation) => (bits & (1 << operations[operation])) === 0)
  return missing.length === 0
    ? finding(about, 'right', `this user may ${wanted.join(', ')}`)
    : finding(
        about,
        lacking,
        `this user may not ${missing.join(', ')}`,
        `Grant ${missing.join(', ')}.`,
      )
}

/** Whether a sink of this job may open transactions. */
export async function examineTransactionRights(
  client: ClusterClient,
  job: string,
): Promise<Finding> {
  const about = 'transactions'
  const transactionalId = formatTransactionalId({
    kind: 'slot',
    job,
    logId: '000000000000',
    generation: 1,
    sink: 'doctor',
    subtask: 0,
    slot: 0,
  })
  const hint = `Grant WRITE and DESCRIBE on transactional ids that begin with sluice/${job}/.`
  try {
    const { errorCode } = await client.ask(
      { kind: 'transaction', id: transactionalId },
      initProducerId,
      { transactionalId, transactionTimeoutMs: impossibleTimeoutMs },
      {
        what: `Asking whether ids of job '${job}' may be used`,
        codeOf: (answer) =>
          answer.errorCode === invalidTimeout || answer.errorCode === noRightOnId
            ? 0
            : answer.errorCode,
      },
    )
    return errorCode === noRightOnId
      ? finding(
          about,
          'wrong',
          `this user may not use ids of job '${job}': ${errorText(errorCode)}`,
          hint,
        )
      : finding(about, 'right', `this user may open transactions of job '${job}'`)
  } catch (error) {
    return { ...findingOf(about, error, 'wrong'), hint }
  }
}
