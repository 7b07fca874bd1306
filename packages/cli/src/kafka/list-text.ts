// Open transactions for people: each with whose it is, how long it has left, what a checkpoint
// said of it, and the partitions whose readers wait.

import { harmless, type Paint } from '../text/paint.ts'
import { count, counted, duration } from '../text/quantity.ts'
import type { OpenTransaction, TransactionListing } from './kafka-package.ts'
import { leftText, originText, promiseText } from './transaction-text.ts'

const shownPartitions = 12

export function listLines({ transactions }: TransactionListing, paint: Paint): string[] {
  if (transactions.length === 0) return ['No transaction is open.']
  return transactions.flatMap((transaction) => transactionLines(transaction, paint))
}

function transactionLines(transaction: OpenTransaction, paint: Paint): string[] {
  const { transactionalId, state, ageMs, leftMs, timeoutMs, origin, promise } = transaction
  const { producerId, epoch } = transaction
  const age = ageMs === undefined ? '' : `, open for ${duration(ageMs)} of ${duration(timeoutMs)}`
  const left = leftMs === undefined ? '' : `, ${leftText(leftMs)} left`
  return [
    paint.bold(harmless(transactionalId)),
    `  state     ${harmless(state)}${age}${left}; producer ${producerId}, epoch ${epoch}`,
    `  of        ${originText(origin)}`,
    `  promised  ${promiseText(promise, origin)}`,
    ...partitionLines(transaction, paint),
  ]
}

function partitionLines({ partitions }: OpenTransaction, paint: Paint): string[] {
  if (partitions.length === 0) return []
  const lines = partitions.slice(0, shownPartitions).map((held) => {
    const name = `${harmless(held.topic)}-${held.partition}`
    if (held.heldOffsets === undefined) return `  writes    ${name}, which may not be looked at`
    if (held.heldOffsets === 0) return `  writes    ${name}: no reader waits`
    const who =
      held.isFirst === undefined ? 'readers wait' : held.isFirst ? 'readers wait for it' : ''
    const waiting = who === '' ? 'readers wait for an older one' : who
    return (
      `  ${paint.yellow('holds')}     ${name}: ${waiting} at ` +
      `${count(held.lastStableOffset ?? 0)}, ${counted(held.heldOffsets, 'offset')} below the end`
    )
  })
  const more = partitions.length - shownPartitions
  return more > 0 ? [...lines, `            and ${counted(more, 'more partition')}`] : lines
}
