// What all steps share: bounds, rules, sink, the scratch state that a step changes, and the
// arithmetic of the model. In it a subtask reads one record per checkpoint (two in even
// generations, so that a replay cuts its epochs elsewhere), so the position at a checkpoint follows
// from where the attempt began.

import type { Action } from './actions.ts'
import type { Bounds } from '../bounds.ts'
import type { Rules } from '../rules.ts'
import { slotField } from '../sinks/pooled-sink.ts'
import { nameIndex } from '../sinks/sink-model.ts'
import type { SinkModel } from '../sinks/sink-model.ts'
import {
  AGAIN,
  BASE_ID,
  BASE_READ,
  GENERATION,
  NAME_PREPARED,
  RUN,
  RUN_FIELDS,
  RUNS,
  SLOT,
  stateLayout,
} from './fields.ts'

/** Takes a successor: the scratch state holds it. */
export type Visit = (state: Uint8Array, action: Action, run: number, argument: number) => void

export class SearchModel {
  readonly bounds: Bounds
  readonly rules: Rules
  readonly sink: SinkModel
  /** Receives each successor; set by the search. */
  visit: Visit = () => {}
  readonly #scratch = new Uint8Array(stateLayout.size)
  readonly #aside = new Uint8Array(stateLayout.size)

  constructor(bounds: Bounds, rules: Rules, sink: SinkModel) {
    this.bounds = bounds
    this.rules = rules
    this.sink = sink
  }

  /** A copy of a state for a step to change. */
  copy(state: Uint8Array): Uint8Array {
    this.#scratch.set(state)
    return this.#scratch
  }

  /** A second copy, for a step that ends with another step. */
  copyAside(state: Uint8Array): Uint8Array {
    this.#aside.set(state)
    return this.#aside
  }

  /** Where the fields of a run start. */
  runAt(run: number): number {
    return RUN + run * RUN_FIELDS
  }

  /** The nonce of a run's present attempt. */
  writerOf(state: Uint8Array, run: number): number {
    return run + RUNS * (state[this.runAt(run) + AGAIN] as number)
  }

  /** Records that a subtask has read when it handles the barrier of a checkpoint. */
  readAt(state: Uint8Array, run: number, subtask: number, id: number): number {
    const cut = (state[run + GENERATION] as number) % 2 === 1 ? 1 : 2
    const epochs = id - (state[run + BASE_ID] as number)
    return Math.min(
      this.bounds.records,
      (state[run + BASE_READ + subtask] as number) + epochs * cut,
    )
  }

  /** The records of one epoch, a bit each. */
  epochOf(state: Uint8Array, run: number, subtask: number, id: number): number {
    const from = this.readAt(state, run, subtask, id - 1)
    const to = this.readAt(state, run, subtask, id)
    return (1 << to) - (1 << from)
  }

  /** The outside name of a committable of a generation. */
  nameOf(state: Uint8Array, generation: number, id: number, subtask: number): number {
    const pooled = state[SLOT + slotField(generation, id, subtask)] as number
    const slot = this.sink.pools ? pooled : id - 1
    return this.nameAt(generation, slot, subtask)
  }

  /** The name of a slot: without the rule, all generations share their names. */
  nameAt(generation: number, slot: number, subtask: number): number {
    return nameIndex(this.rules.generationInNames ? generation : 1, slot, subtask)
  }

  isPrepared(state: Uint8Array, name: number): boolean {
    return state[NAME_PREPARED + name] !== 0
  }
}

/** The bit of a committable in a list. */
export function owedBit(id: number, subtask: number): number {
  return 1 << ((id - 1) * 2 + subtask)
}

/** The first committable of a list: its bit's index. */
export function firstOwed(list: number): number {
  return 31 - Math.clz32(list & -list)
}

/** A committable as the argument of an action. */
export function committable(id: number, subtask: number): number {
  return id * 2 + subtask
}
