// What is known of a transaction before it is ended by hand, for people: the proof, and what it
// allows.

import { harmless, type Paint } from '../text/paint.ts'
import { counted, moment } from '../text/quantity.ts'
import type { EndPlan, EndResult } from './kafka-package.ts'
import { originText, promiseText } from './transaction-text.ts'

const ledgerTexts: Readonly<Record<string, string>> = {
  committed: 'its record is committed',
  aborted: 'its record is aborted',
  open: 'its record stands and is open: it is prepared',
  superseded: 'a later record of the id is committed, so this one is',
  absent: 'no record of it',
  unavailable: 'could not be read',
}

const proofs: Readonly<Record<EndResult['by'], string>> = {
  answer: 'the coordinator says so',
  state: 'the coordinator describes it so',
  ledger: 'the ledger says so',
}

export function planLines(plan: EndPlan, paint: Paint): string[] {
  const { transactionalId, described, origin, promise, ledger, verdict } = plan
  const places = described?.partitions.map(({ topic, partition }) => `${topic}-${partition}`) ?? []
  const began = described?.beganAtMs
  const mayBeDone = verdict.kind === 'allowed'
  const partitions =
    places.length > 6
      ? `${places.slice(0, 5).join(', ')} and ${counted(places.length - 5, 'more partition')}`
      : places.join(', ')
  return [
    paint.bold(harmless(transactionalId)),
    `  of           ${originText(origin)}`,
    described === undefined
      ? '  coordinator  knows no such id'
      : `  coordinator  ${harmless(described.state)}, producer ${described.producerId}, ` +
        `epoch ${described.epoch}${began === undefined ? '' : `, since ${moment(began)} UTC`}`,
    ...(partitions === '' ? [] : [`  partitions   ${harmless(partitions)}`]),
    ...(ledger === undefined ? [] : [`  ledger       ${ledgerTexts[ledger] ?? ledger}`]),
    `  checkpoints  ${promiseText(promise, origin)}`,
    `  ${mayBeDone ? paint.green('may be done') : paint.yellow('verdict    ')}  ${verdict.because}`,
  ]
}

export function resultLine(plan: EndPlan, { outcome, by }: EndResult, paint: Paint): string {
  return `${paint.green(outcome)} ${harmless(plan.transactionalId)}: ${proofs[by]}`
}
