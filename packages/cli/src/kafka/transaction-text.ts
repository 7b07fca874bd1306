// What the texts about transactions share: whose one is, and what a checkpoint said of it.

import { harmless } from '../text/paint.ts'
import { counted, duration } from '../text/quantity.ts'
import type { Origin, PromiseState, SilentBroker } from './kafka-package.ts'

export function originText(origin: Origin | undefined): string {
  if (origin === undefined) return 'not of Sluice'
  const { job, sink, subtask } = origin
  const head = `job ${job}, sink ${sink}, subtask ${subtask}`
  return origin.kind === 'staged'
    ? `${head}, staged, log ${origin.logId}`
    : `${head}, slot ${origin.slot}, generation ${origin.generation}, log ${origin.logId}`
}

export function promiseText(promise: PromiseState, origin: Origin | undefined): string {
  if (promise.kind === 'promised') {
    const noted = promise.proven ? ', and notes it as committed' : ''
    const records = counted(promise.committable.records, 'record')
    return `checkpoint ${promise.checkpoint} promised it with ${records}${noted}`
  }
  if (origin === undefined) return 'none of Sluice'
  if (origin.kind === 'staged') return 'staged: its records are kept in the checkpoint'
  const texts = {
    orphan: 'no: its run is over, and no checkpoint names it',
    'may-be-promised': 'not yet: the newest run may promise it at any moment',
    unknown: 'unknown: the checkpoints of its job are not here',
  }
  return texts[promise.kind]
}

/** Time until the broker aborts it. */
export function leftText(leftMs: number | undefined): string {
  if (leftMs === undefined) return '–'
  return leftMs > 0 ? duration(leftMs) : 'none'
}

export function silentLines(silent: readonly SilentBroker[]): string[] {
  return silent.map(
    ({ nodeId, address, error }) =>
      `Broker ${nodeId} (${harmless(address)}) does not answer, and what it coordinates is not ` +
      `shown: ${harmless(error.message)}`,
  )
}
