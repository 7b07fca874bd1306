// The transactional ids of the sink, as text:
//
//   sluice/<job>/<log id>/<generation>/<sink>/<subtask>/<slot>   a transaction for each checkpoint
//   sluice/<job>/<log id>/staged/<sink>/<subtask>                staged records, sent at commit
//
// Names are [a-z0-9-], so nothing is escaped and a text has one reading. Ids are known again by
// their whole text: a prefix would take job `shop` for the owner of what `shop-2` opened.

/** An id of `commit: 'transaction'`: a run opens only those of its own generation. */
export interface SlotId {
  readonly kind: 'slot'
  readonly job: string
  readonly logId: string
  readonly generation: number
  readonly sink: string
  readonly subtask: number
  readonly slot: number
}

/**
 * An id of `commit: 'staged'`. All generations share it: a run that slept is fenced by the next
 * one's InitProducerId, and the floor in the ledger belongs to the id.
 */
export interface StagedId {
  readonly kind: 'staged'
  readonly job: string
  readonly logId: string
  readonly sink: string
  readonly subtask: number
}

/** What a transactional id of ours says. */
export type TransactionalId = SlotId | StagedId

const name = '([a-z0-9][a-z0-9-]{0,62})'
const log = '([0-9a-z]{12,64})'
const count = '(0|[1-9][0-9]{0,8})'
/** A generation is a position of the log: it has no bound of its own. */
const rank = '([1-9][0-9]{0,14})'
const slotForm = new RegExp(`^sluice/${name}/${log}/${rank}/${name}/${count}/${count}$`)
const stagedForm = new RegExp(`^sluice/${name}/${log}/staged/${name}/${count}$`)

/** The id as the broker gets it. */
export function formatTransactionalId(id: TransactionalId): string {
  const head = `sluice/${id.job}/${id.logId}`
  return id.kind === 'staged'
    ? `${head}/staged/${id.sink}/${id.subtask}`
    : `${head}/${id.generation}/${id.sink}/${id.subtask}/${id.slot}`
}

/** What an id says; undefined for a text that we cannot have written. */
export function parseTransactionalId(text: string): TransactionalId | undefined {
  const slot = slotForm.exec(text)
  if (slot !== null) {
    const [, job, logId, generation, sink, subtask, number] = slot as unknown as string[]
    return {
      kind: 'slot',
      job: job as string,
      logId: logId as string,
      generation: Number(generation),
      sink: sink as string,
      subtask: Number(subtask),
      slot: Number(number),
    }
  }
  const staged = stagedForm.exec(text)
  if (staged === null) return undefined
  const [, job, logId, sink, subtask] = staged as unknown as string[]
  return {
    kind: 'staged',
    job: job as string,
    logId: logId as string,
    sink: sink as string,
    subtask: Number(subtask),
  }
}
