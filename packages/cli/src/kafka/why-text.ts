// Why readers of committed records get no further, for people.

import { harmless, type Paint } from '../text/paint.ts'
import { count, counted, duration } from '../text/quantity.ts'
import type { HoldingTransaction, HoldReport } from './kafka-package.ts'
import { leftText, originText, promiseText } from './transaction-text.ts'

export function whyLines(report: HoldReport, paint: Paint): string[] {
  const { topic, held, partitions } = report
  if (held.length === 0) {
    const of = counted(partitions, 'partition')
    return [`Nothing holds up the readers of ${harmless(topic)}: ${of} looked at.`]
  }
  return held.flatMap(({ partition, transactions, ...hold }) => [
    `${paint.bold(`${harmless(topic)}-${partition}`)}: readers wait at ` +
      `${count(hold.lastStableOffset)}, ${counted(hold.heldOffsets, 'offset')} below the end ` +
      `at ${count(hold.highWatermark)}`,
    ...(transactions === undefined
      ? ['  by whom may not be asked: the user needs READ on the topic']
      : transactions.length === 0
        ? ['  whoever held them up has ended meanwhile']
        : transactions.flatMap((each, at) => holderLines(topic, partition, each, at, paint))),
  ])
}

function holderLines(
  topic: string,
  partition: number,
  holder: HoldingTransaction,
  at: number,
  paint: Paint,
): string[] {
  const { transactionalId, producerId, firstOffset, state, ageMs, leftMs, isHanging } = holder
  const order = at === 0 ? paint.yellow('by') : 'then'
  const name = transactionalId === undefined ? `producer ${producerId}` : harmless(transactionalId)
  const lines = [`  ${order} ${name}, from offset ${count(firstOffset)} on`]
  if (isHanging) {
    lines.push(
      '    hangs: the partition has it open, and no coordinator that this user may ask has',
      '    end it with Kafka’s own tool: kafka-transactions --bootstrap-server … abort ' +
        `--topic ${harmless(topic)} --partition ${partition} --start-offset ${firstOffset}`,
    )
  }
  if (transactionalId === undefined) return lines
  const age = ageMs === undefined ? '' : `, open for ${duration(ageMs)}`
  const left = leftMs === undefined ? '' : `, ${leftText(leftMs)} left`
  return [
    ...lines,
    `    state     ${harmless(state ?? 'unknown')}${age}${left}`,
    `    of        ${originText(holder.origin)}`,
    `    promised  ${promiseText(holder.promise, holder.origin)}`,
  ]
}
