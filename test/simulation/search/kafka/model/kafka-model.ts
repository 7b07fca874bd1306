// What all steps of the Kafka search share: bounds, rules, the broker, scratch states, and the
// arithmetic of the model. There is one writer: ids hold the subtask, so subtasks share nothing but
// the log, and an entry that owes several transactions comes from failed and overlapping
// checkpoints. A writer reads one record per checkpoint, two in even generations, so that a replay
// cuts its epochs elsewhere.

import type { Action } from '../../model/actions.ts'
import { BrokerModel } from './broker-model.ts'
import type { KafkaRules } from '../kafka-rules.ts'
import {
  BELOW_ID,
  BELOW_READ,
  ENDED,
  FENCES,
  GENERATION,
  IDLE,
  kafkaLayout,
  LATE_KIND,
  LATE_NONE,
  PREPARED_SLOT,
  preparedIndex,
  runAt,
  SLOTS,
  STAGE,
  STAGED_NAME,
} from './kafka-fields.ts'

export type KafkaMode = 'v4' | 'v5' | 'staged v4' | 'staged v5'

/** How far the search goes. */
export interface KafkaBounds {
  /** At most 3; one of them stays alive. */
  readonly runs: number
  /** 1 to 3. */
  readonly records: number
  /** Highest checkpoint id, at least `records`. */
  readonly checkpoints: number
  readonly concurrent: number
  readonly failedCheckpoints: number
  /** How often a transaction is aborted because its time has passed, or by an operator's tool. */
  readonly timeouts: number
  /** How many answers of InitProducerId and EndTxn are lost after the request took effect. */
  readonly lostAnswers: number
  /** How many ids expire at the coordinator. */
  readonly forgotten: number
  /** Whether a request may take effect long after it was given up; one at a time. */
  readonly lateRequests: boolean
}

type KafkaVisit = (state: Uint8Array, action: Action, run: number, argument: number) => void

export class KafkaModel {
  readonly mode: KafkaMode
  readonly bounds: KafkaBounds
  readonly rules: KafkaRules
  readonly broker: BrokerModel
  readonly staged: boolean
  /** No rule is switched off. */
  readonly whole: boolean
  /** Receives each successor; set by the search. */
  visit: KafkaVisit = () => {}
  readonly #scratch = new Uint8Array(kafkaLayout.size)

  constructor(mode: KafkaMode, bounds: KafkaBounds, rules: KafkaRules) {
    this.mode = mode
    this.bounds = bounds
    this.rules = rules
    this.staged = mode.startsWith('staged')
    this.whole = Object.values(rules).every(Boolean)
    this.broker = new BrokerModel({
      version: mode.endsWith('v5') ? 2 : 1,
      staged: this.staged,
      shared: this.staged || !rules.generationInNames,
      ledgerWithin: rules.stagedLedgerWithin,
    })
  }

  /** A copy of a state for a step to change. */
  copy(state: Uint8Array): Uint8Array {
    this.#scratch.set(state)
    return this.#scratch
  }

  /** Records that were read at the barrier of a checkpoint. */
  readAt(state: Uint8Array, run: number, id: number): number {
    const cut = (state[run + GENERATION] as number) % 2 === 1 ? 1 : 2
    const epochs = id - (state[run + BELOW_ID] as number)
    return Math.min(this.bounds.records, (state[run + BELOW_READ] as number) + epochs * cut)
  }

  /** The records of a checkpoint's epoch, a bit each. */
  epochOf(state: Uint8Array, run: number, id: number): number {
    return (1 << this.readAt(state, run, id)) - (1 << this.readAt(state, run, id - 1))
  }

  /** The transactional id of a slot. */
  nameAt(generation: number, slot: number): number {
    if (this.staged) return STAGED_NAME
    return (this.rules.generationInNames ? generation - 1 : 0) * SLOTS + slot
  }

  /** The transactional id of a committable. */
  nameOf(state: Uint8Array, generation: number, id: number): number {
    const slot = state[PREPARED_SLOT + preparedIndex(generation, id)] as number
    return this.nameAt(generation, slot)
  }

  /** Whether one more request may be under way. */
  mayBeLate(state: Uint8Array): boolean {
    return this.bounds.lateRequests && state[LATE_KIND] === LATE_NONE
  }

  /**
   * The run is of the newest generation, nobody else is alive, and no request is under way: what it
   * ends now stays so. A sleeper that outlives the last run leaves what he opened to the broker.
   */
  isAlone(state: Uint8Array, index: number): boolean {
    if (state[LATE_KIND] !== LATE_NONE) return false
    if (state[runAt(index) + GENERATION] !== state[FENCES]) return false
    for (let other = 0; other < this.bounds.runs; other++) {
      if (other !== index && isAlive(state, other)) return false
    }
    return true
  }
}

/** Whether a run has started and is not over. */
export function isAlive(state: Uint8Array, index: number): boolean {
  const stage = state[runAt(index) + STAGE]
  return stage !== IDLE && stage !== ENDED
}
