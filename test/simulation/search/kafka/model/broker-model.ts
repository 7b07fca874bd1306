// The coordinator of transactional ids, by the rules that were measured: what InitProducerId,
// produce and EndTxn do in each state, what the broker does when a transaction's time has passed,
// and what DescribeTransactions and the ledger say. Every request takes effect at once and whole.

import type {
  DescribedTransaction,
  EndAnswer,
  LedgerFinding,
  TransactionVersion,
} from './kafka-decisions.ts'
import {
  ABORTED,
  COMMITTED,
  CONTENTS,
  CONTENTS_GENERATION,
  EMPTY,
  EPOCH,
  FENCED,
  firstId,
  HIGHEST,
  idBit,
  IDS,
  LAST,
  ONGOING,
  OUTCOME,
  OUTCOME_ABORTED,
  OUTCOME_COMMITTED,
  OUTCOME_OPEN,
  OUTCOME_TIMED_OUT,
  PREPARED_RECORDS,
  PREPARED_SLOT,
  preparedIndex,
  RECORDS,
  SLOTS,
  STATE,
  UNKNOWN,
  VISIBLE,
} from './kafka-fields.ts'

/** Codes that the model answers, in the order in which a state keeps them. */
export const answerCodes: readonly number[] = [0, 48, 49, 90]

const invalidState = 48
const invalidMapping = 49
const fenced = 90
const producerId = 7
const highestEpoch = 15

interface BrokerOptions {
  readonly version: TransactionVersion
  readonly staged: boolean
  /** Whether generations share ids, so that an open transaction has to say whose it is. */
  readonly shared: boolean
  /** Without the rule the ledger is written when the answer has come. */
  readonly ledgerWithin: boolean
}

export class BrokerModel {
  readonly version: TransactionVersion
  readonly #staged: boolean
  readonly #shared: boolean
  readonly #ledgerWithin: boolean

  constructor({ version, staged, shared, ledgerWithin }: BrokerOptions) {
    this.version = version
    this.#staged = staged
    this.#shared = shared
    this.#ledgerWithin = ledgerWithin
  }

  /** InitProducerId with -1 and -1: aborts what is open, and makes a new epoch; returns it. */
  initialize(state: Uint8Array, name: number, by: typeof EMPTY | typeof FENCED = EMPTY): number {
    if (state[STATE + name] === ONGOING) this.#abort(state, name, OUTCOME_ABORTED)
    state[STATE + name] = by
    return this.#raise(state, name)
  }

  /** All records of a checkpoint, and the ledger record; false for an epoch that is fenced. */
  produce(state: Uint8Array, name: number, epoch: number, generation: number, id: number): boolean {
    const at = state[STATE + name] as number
    if (at === UNKNOWN || state[EPOCH + name] !== epoch) return false
    state[STATE + name] = ONGOING
    state[CONTENTS + name] = (state[CONTENTS + name] as number) | idBit(id)
    if (this.#shared) state[CONTENTS_GENERATION] = generation
    if (!this.#staged) state[OUTCOME + preparedIndex(generation, id)] = OUTCOME_OPEN
    return true
  }

  /** EndTxn to commit: version 4 of it, or 5. */
  commit(state: Uint8Array, name: number, epoch: number): EndAnswer {
    const at = state[STATE + name] as number
    if (at === UNKNOWN) return invalidMapping
    const current = state[EPOCH + name] as number
    if (current === epoch) {
      if (at === ONGOING) {
        this.#publish(state, name)
        if (this.version === 2) this.#raise(state, name)
        return 0
      }
      return this.version === 1 && at === COMMITTED ? 0 : invalidState
    }
    if (this.version === 2 && current === epoch + 1) {
      if (at === COMMITTED) return 0
      if (at === ABORTED) return invalidState
    }
    return fenced
  }

  /** The broker aborts an open transaction, its time has passed: in both versions a new epoch. */
  timeOut(state: Uint8Array, name: number): void {
    this.#abort(state, name, OUTCOME_TIMED_OUT)
    this.#raise(state, name)
  }

  /** Somebody with the rights ends an open transaction by EndTxn: version 1 keeps the epoch. */
  abortFromOutside(state: Uint8Array, name: number): void {
    this.#abort(state, name, OUTCOME_TIMED_OUT)
    if (this.version === 2) this.#raise(state, name)
  }

  /** The id expires at the coordinator; a later InitProducerId begins it anew. */
  forget(state: Uint8Array, name: number): void {
    state[STATE + name] = UNKNOWN
  }

  describe(state: Uint8Array, name: number): DescribedTransaction {
    const epoch = state[EPOCH + name] as number
    switch (state[STATE + name]) {
      case UNKNOWN:
        return { kind: 'not-found' }
      case ONGOING:
        return { kind: 'known', state: 'Ongoing', producerId, epoch }
      case COMMITTED:
        return { kind: 'known', state: 'CompleteCommit', producerId, epoch }
      case ABORTED:
        return { kind: 'known', state: 'CompleteAbort', producerId, epoch }
      default:
        return { kind: 'known', state: 'Empty', producerId, epoch }
    }
  }

  /** What the ledger may say of a committable: compaction has removed what it could, or not yet. */
  findings(state: Uint8Array, generation: number, id: number): readonly LedgerFinding[] {
    const found = findingOf(state[OUTCOME + preparedIndex(generation, id)] as number)
    return isSuperseded(state, generation, id) ? [found, 'superseded'] : [found]
  }

  /** The ledger record of a staged checkpoint becomes visible. */
  recordStaged(state: Uint8Array, id: number): void {
    state[HIGHEST] = Math.max(id, state[HIGHEST] as number)
    state[LAST] = id
  }

  #publish(state: Uint8Array, name: number): void {
    const generation = this.#generationOf(state, name)
    for (let ids = state[CONTENTS + name] as number; ids !== 0; ids &= ids - 1) {
      const id = firstId(ids)
      const index = preparedIndex(generation, id)
      const records = state[PREPARED_RECORDS + index] as number
      for (let record = 0; record < RECORDS; record++) {
        if ((records & (1 << record)) === 0) continue
        state[VISIBLE + record] = Math.min(3, (state[VISIBLE + record] as number) + 1)
      }
      state[OUTCOME + index] = OUTCOME_COMMITTED
      if (this.#staged && this.#ledgerWithin) this.recordStaged(state, id)
    }
    this.#close(state, name, COMMITTED)
  }

  #abort(state: Uint8Array, name: number, outcome: number): void {
    const generation = this.#generationOf(state, name)
    if (!this.#staged) {
      for (let ids = state[CONTENTS + name] as number; ids !== 0; ids &= ids - 1) {
        state[OUTCOME + preparedIndex(generation, firstId(ids))] = outcome
      }
    }
    this.#close(state, name, ABORTED)
  }

  #close(state: Uint8Array, name: number, to: number): void {
    state[STATE + name] = to
    state[CONTENTS + name] = 0
    if (this.#shared) state[CONTENTS_GENERATION] = 0
  }

  /** Names that all generations share say in a field of their own whose records they hold. */
  #generationOf(state: Uint8Array, name: number): number {
    if (this.#shared) return state[CONTENTS_GENERATION] as number
    return Math.floor(name / SLOTS) + 1
  }

  #raise(state: Uint8Array, name: number): number {
    const epoch = (state[EPOCH + name] as number) + 1
    if (epoch > highestEpoch) throw new RangeError('The search has no more epochs for this name.')
    state[EPOCH + name] = epoch
    return epoch
  }
}

function findingOf(outcome: number): LedgerFinding {
  switch (outcome) {
    case OUTCOME_OPEN:
      return 'open'
    case OUTCOME_COMMITTED:
      return 'committed'
    case OUTCOME_ABORTED:
    case OUTCOME_TIMED_OUT:
      return 'aborted'
    default:
      return 'absent'
  }
}

/** A later committed transaction of the same id: compaction may have removed the record. */
function isSuperseded(state: Uint8Array, generation: number, id: number): boolean {
  const slot = state[PREPARED_SLOT + preparedIndex(generation, id)]
  for (let later = id + 1; later <= IDS; later++) {
    const index = preparedIndex(generation, later)
    if (state[PREPARED_SLOT + index] !== slot) continue
    if (state[OUTCOME + index] === OUTCOME_COMMITTED) return true
  }
  return false
}
