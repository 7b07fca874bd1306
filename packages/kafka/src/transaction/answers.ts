// What an answer to EndTxn means. The rows were measured on real brokers (4.2 and 4.4, both
// transaction versions), not taken from documents; the numbers are Kafka's error codes.
//
// What makes the rows true: with version 1 every transaction has an epoch of its own, with version
// 2 every EndTxn makes the next epoch. So (producer id, epoch) names one transaction, and an answer
// about it can never be about the next one. With version 1 and one epoch for many transactions a
// late commit of one is answered 0 and commits the next.

/** The behaviour of transactions, as `transaction.version` of a broker counts it. */
export type TransactionVersion = 1 | 2

/** What EndTxn was asked for. */
export type EndOperation = 'commit' | 'abort'

/**
 * What an answer says about the transaction.
 * - `done`: a commit is done; after an abort nothing of the transaction is open any more.
 * - `retry`: nothing is known, and the same request is harmless: send it again.
 * - `not-committed`: it was aborted, by us or by the broker on time-out, or never begun.
 * - `ask`: the coordinator no longer knows; both are possible, and only the data decides.
 * - `fatal`: the broker refuses us, whatever became of the transaction; asking again is in vain.
 */
export type AnswerMeaning = 'done' | 'retry' | 'not-committed' | 'ask' | 'fatal'

/** One row: what an answer means, and why. */
export interface AnswerRow {
  readonly meaning: AnswerMeaning
  readonly because: string
}

/** The connection broke, or no answer came in time: the request may have been carried out. */
export type EndAnswer = number | 'lost'

interface AnswerRows {
  readonly commit1: AnswerRow
  readonly abort1: AnswerRow
  readonly commit2: AnswerRow
  readonly abort2: AnswerRow
}

const row = (meaning: AnswerMeaning, because: string): AnswerRow => ({ meaning, because })
const always = (meaning: AnswerMeaning, because: string): AnswerRows => {
  const same = row(meaning, because)
  return { commit1: same, abort1: same, commit2: same, abort2: same }
}
/** A commit and an abort, the same in both versions. */
const byOperation = (commit: AnswerRow, abort: AnswerRow): AnswerRows => ({
  commit1: commit,
  abort1: abort,
  commit2: commit,
  abort2: abort,
})

const closed = row('done', 'a later epoch stands, so nothing of this one can be open')
const lost = always('retry', 'no answer came; whether it was carried out, the next one says')

/** By error code. One that is not here is `ask`: the broker's own state and the ledger decide. */
const rows: ReadonlyMap<number, AnswerRows> = new Map([
  [0, always('done', 'carried out, now or by an earlier request of the same')],
  [
    48, // INVALID_TXN_STATE
    {
      commit1: row('ask', 'aborted, or nothing was ever produced under this epoch'),
      abort1: row('done', 'committed before, or nothing was ever produced: nothing is open'),
      commit2: row('not-committed', 'aborted, by time-out too, or nothing was ever produced'),
      abort2: row('done', 'committed before, or nothing was ever produced: nothing is open'),
    },
  ],
  [90, byOperation(row('ask', 'a later epoch stands: by InitProducerId or time-out'), closed)],
  [47, byOperation(row('ask', 'a later epoch stands: by InitProducerId or time-out'), closed)],
  [
    49, // INVALID_PRODUCER_ID_MAPPING
    byOperation(
      row('ask', 'the id has expired at the coordinator, or has another producer by now'),
      row('done', 'the coordinator knows no such transaction, so none is open'),
    ),
  ],
  [
    105, // TRANSACTIONAL_ID_NOT_FOUND
    byOperation(
      row('ask', 'the coordinator knows no such id (any more)'),
      row('done', 'the coordinator knows no such id, so nothing is open'),
    ),
  ],
  [
    120, // TRANSACTION_ABORTABLE
    byOperation(
      row('ask', 'the broker will not commit it, and may have aborted it'),
      row('retry', 'an abort is what the broker asks for'),
    ),
  ],
  [7, always('retry', 'timed out inside the broker')],
  [13, always('retry', 'the broker lost a connection of its own')],
  [14, always('retry', 'the coordinator is loading')],
  [15, always('retry', 'no coordinator for now')],
  [16, always('retry', 'the coordinator is another broker by now: ask which')],
  [51, always('retry', 'the markers of this or the last transaction are still being written')],
  [56, always('retry', 'the disk of the coordinator is in trouble')],
  [-1, always('retry', 'the broker does not say; the request is harmless when repeated')],
  [29, always('fatal', 'no rights on a topic')],
  [31, always('fatal', 'no rights in the cluster')],
  [33, always('fatal', 'the broker does not know the way of signing in')],
  [34, always('fatal', 'the connection has not signed in')],
  [35, always('fatal', 'the broker does not speak this version of the request')],
  [42, always('fatal', 'the broker finds the request malformed')],
  [53, always('fatal', 'no rights on the transactional id')],
  [58, always('fatal', 'signing in was refused')],
])

const unknownCode = byOperation(
  row('ask', 'a code that the table does not hold'),
  row('retry', 'a code that the table does not hold'),
)

/** The codes of which the table says something. */
export const knownAnswers: readonly number[] = [...rows.keys()]

/** What an answer to EndTxn means. Total: every code and every lost answer has a row. */
export function judgeAnswer(
  version: TransactionVersion,
  operation: EndOperation,
  answer: EndAnswer,
): AnswerRow {
  const found = answer === 'lost' ? lost : (rows.get(answer) ?? unknownCode)
  return found[`${operation}${version}`]
}
