// The coordinator of transactions with the rules that were measured on real brokers: what EndTxn is
// answered in which state, which request makes the next epoch, what a time-out does. The version of
// the request alone picks the behaviour (EndTxn 5 and Produce 12: version 2).
//
//   Empty ──▶ Ongoing ──▶ PrepareCommit ──▶ CompleteCommit ──▶ Ongoing
//                 └─────▶ PrepareAbort ───▶ CompleteAbort ───▶ Ongoing

import { code } from './error-code.ts'

export const transactionStates = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
] as const

export type TransactionState = (typeof transactionStates)[number]

/** What the coordinator remembers of a transactional id. */
export interface Transaction {
  readonly id: string
  producerId: number
  epoch: number
  state: TransactionState
  timeoutMs: number
  startMs: number
  /** `topic/partition`. */
  partitions: Set<string>
  /** What an EndTxn 5 that is repeated still names. */
  ended: { readonly producerId: number; readonly epoch: number } | undefined
  /** The epoch with which the present producer asked for its own; it may ask again. */
  epochBefore: number | undefined
}

/** A producer id and its epoch, or an error code. */
export type ProducerAnswer =
  | { readonly producerId: number; readonly epoch: number }
  | { readonly error: number }

export interface CoordinatorSettings {
  readonly maxTimeoutMs: number
  now(): number
  /** Calls when the markers of a transaction are to be written; at once unless it waits. */
  later(call: () => void): void
  /** Writes the marker of a transaction into one partition. */
  mark(partition: string, type: 'commit' | 'abort', producerId: number, epoch: number): void
}

/** The last epoch that a producer id may have. */
const lastEpoch = 32_766

export class TransactionCoordinator {
  readonly #settings: CoordinatorSettings
  readonly #transactions = new Map<string, Transaction>()
  #nextProducerId = 1000

  constructor(settings: CoordinatorSettings) {
    this.#settings = settings
  }

  get transactions(): Iterable<Readonly<Transaction>> {
    return this.#transactions.values()
  }

  find(id: string): Readonly<Transaction> | undefined {
    return this.#transactions.get(id)
  }

  newProducerId(): number {
    return this.#nextProducerId++
  }

  initProducer(id: string, timeoutMs: number, known: ProducerAnswer | undefined): ProducerAnswer {
    if (timeoutMs <= 0 || timeoutMs > this.#settings.maxTimeoutMs) {
      return { error: code.INVALID_TRANSACTION_TIMEOUT }
    }
    const transaction = this.#transactions.get(id)
    if (transaction === undefined) return this.#created(id, timeoutMs)
    const { state } = transaction
    if (state === 'PrepareCommit' || state === 'PrepareAbort') {
      return { error: code.CONCURRENT_TRANSACTIONS }
    }
    if (known !== undefined && 'producerId' in known) {
      const isOurs = known.producerId === transaction.producerId
      if (isOurs && state === 'Empty' && known.epoch === transaction.epochBefore) {
        return this.#present(transaction)
      }
      if (!isOurs || known.epoch !== transaction.epoch) return { error: code.PRODUCER_FENCED }
    }
    if (state === 'Ongoing') {
      transaction.epoch += 1
      this.#end(transaction, 'abort', transaction.epoch)
      return { error: code.CONCURRENT_TRANSACTIONS }
    }
    transaction.epochBefore = known === undefined ? undefined : transaction.epoch
    this.#nextEpoch(transaction)
    transaction.state = 'Empty'
    transaction.timeoutMs = timeoutMs
    transaction.ended = undefined
    return { producerId: transaction.producerId, epoch: transaction.epoch }
  }

  /** Undefined: they are part of the transaction from here on. */
  addPartitions(
    id: string,
    producerId: number,
    epoch: number,
    partitions: readonly string[],
  ): number | undefined {
    const transaction = this.#transactions.get(id)
    if (transaction === undefined || transaction.producerId !== producerId) {
      return code.INVALID_PRODUCER_ID_MAPPING
    }
    if (transaction.epoch !== epoch) return code.PRODUCER_FENCED
    const { state } = transaction
    if (state === 'PrepareCommit' || state === 'PrepareAbort') return code.CONCURRENT_TRANSACTIONS
    if (state !== 'Ongoing') {
      transaction.state = 'Ongoing'
      transaction.startMs = this.#settings.now()
      transaction.partitions = new Set()
    }
    for (const partition of partitions) transaction.partitions.add(partition)
    return undefined
  }

  /** Whether a batch may be written as part of the transaction; undefined: it may. */
  verify(id: string, producerId: number, epoch: number, partition: string): number | undefined {
    const transaction = this.#transactions.get(id)
    if (transaction === undefined || transaction.producerId !== producerId) {
      return code.INVALID_PRODUCER_ID_MAPPING
    }
    if (transaction.epoch !== epoch) return code.INVALID_PRODUCER_EPOCH
    const isPart = transaction.state === 'Ongoing' && transaction.partitions.has(partition)
    return isPart ? undefined : code.TRANSACTION_ABORTABLE
  }

  /** EndTxn up to version 4: the epoch stays, so it names the epoch and not the transaction. */
  endByEpoch(id: string, producerId: number, epoch: number, type: 'commit' | 'abort'): number {
    const transaction = this.#transactions.get(id)
    if (transaction === undefined || transaction.producerId !== producerId) {
      return code.INVALID_PRODUCER_ID_MAPPING
    }
    if (transaction.epoch !== epoch) return code.PRODUCER_FENCED
    if (transaction.state === 'Ongoing') {
      this.#end(transaction, type, epoch)
      return code.NONE
    }
    return answerAgain(transaction.state, type)
  }

  /** EndTxn 5: the end makes the next epoch, so each transaction has its own. */
  endOne(id: string, producerId: number, epoch: number, type: 'commit' | 'abort'): ProducerAnswer {
    const transaction = this.#transactions.get(id)
    if (transaction === undefined) return { error: code.INVALID_PRODUCER_ID_MAPPING }
    const { ended, state } = transaction
    const isAgain =
      state !== 'Ongoing' &&
      state !== 'Empty' &&
      ended !== undefined &&
      ended.producerId === producerId &&
      ended.epoch === epoch
    if (isAgain) {
      const error = answerAgain(state, type)
      return error === code.NONE ? this.#present(transaction) : { error }
    }
    if (transaction.producerId !== producerId) return { error: code.INVALID_PRODUCER_ID_MAPPING }
    if (transaction.epoch !== epoch) return { error: code.PRODUCER_FENCED }
    // An abort of nothing makes the next epoch all the same.
    const mayEnd = state === 'Ongoing' || (state === 'Empty' && type === 'abort')
    if (!mayEnd) return { error: code.INVALID_TXN_STATE }
    transaction.ended = { producerId, epoch }
    // Markers carry the producer id that wrote the records.
    const markerEpoch = epoch + 1
    this.#nextEpoch(transaction)
    this.#end(transaction, type, markerEpoch, producerId)
    return this.#present(transaction)
  }

  /** What a broker does now and then: aborts what has been open for too long. */
  abortTimedOut(): void {
    const nowMs = this.#settings.now()
    for (const transaction of this.#transactions.values()) {
      if (transaction.state !== 'Ongoing') continue
      if (nowMs - transaction.startMs <= transaction.timeoutMs) continue
      const { producerId, epoch } = transaction
      transaction.ended = { producerId, epoch }
      transaction.epoch = epoch + 1
      this.#end(transaction, 'abort', epoch + 1)
    }
  }

  /** The id has not been used for a week. */
  expire(id: string): void {
    this.#transactions.delete(id)
  }

  #created(id: string, timeoutMs: number): ProducerAnswer {
    const producerId = this.newProducerId()
    this.#transactions.set(id, {
      id,
      producerId,
      epoch: 0,
      state: 'Empty',
      timeoutMs,
      startMs: -1,
      partitions: new Set(),
      ended: undefined,
      epochBefore: undefined,
    })
    return { producerId, epoch: 0 }
  }

  #nextEpoch(transaction: Transaction): void {
    if (transaction.epoch < lastEpoch) {
      transaction.epoch += 1
    } else {
      transaction.producerId = this.newProducerId()
      transaction.epoch = 0
    }
  }

  #end(
    transaction: Transaction,
    type: 'commit' | 'abort',
    markerEpoch: number,
    producerId = transaction.producerId,
  ): void {
    transaction.state = type === 'commit' ? 'PrepareCommit' : 'PrepareAbort'
    const partitions = [...transaction.partitions]
    this.#settings.later(() => {
      for (const partition of partitions) {
        this.#settings.mark(partition, type, producerId, markerEpoch)
      }
      transaction.state = type === 'commit' ? 'CompleteCommit' : 'CompleteAbort'
      transaction.partitions = new Set()
    })
  }

  #present({ producerId, epoch }: Transaction): ProducerAnswer {
    return { producerId, epoch }
  }
}

/** EndTxn of a transaction that has ended, or of none. */
function answerAgain(state: TransactionState, type: 'commit' | 'abort'): number {
  switch (state) {
    case 'Empty':
    case 'Ongoing':
      return code.INVALID_TXN_STATE
    case 'PrepareCommit':
      return type === 'commit' ? code.CONCURRENT_TRANSACTIONS : code.INVALID_TXN_STATE
    case 'PrepareAbort':
      return type === 'abort' ? code.CONCURRENT_TRANSACTIONS : code.INVALID_TXN_STATE
    case 'CompleteCommit':
      return type === 'commit' ? code.NONE : code.INVALID_TXN_STATE
    case 'CompleteAbort':
      return type === 'abort' ? code.NONE : code.INVALID_TXN_STATE
  }
}
