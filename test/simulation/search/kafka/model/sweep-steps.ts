// Sweeps: the run lists transactions at one moment, and ends what production's `decideSweep` picks
// one by one, as late as one likes, with InitProducerId.

import { KAFKA_ACTIONS } from './kafka-actions.ts'
import { sweepVerdict } from './kafka-decisions.ts'
import {
  APPEND,
  APPEND_NONE,
  BELOW_GENERATION,
  BELOW_OWES,
  EMPTY,
  FENCED,
  FIRST_SWEEP,
  GENERATION,
  GENERATIONS,
  IDS,
  idBit,
  LATE_INITIALIZE,
  LATE_KIND,
  LATE_NAME,
  NAMES,
  ONGOING,
  QUIET,
  RECOVER,
  runAt,
  RUNNING,
  SLOTS,
  STAGE,
  STAGED_NAME,
  STATE,
  SWEEP,
  TODO,
} from './kafka-fields.ts'
import type { KafkaModel } from './kafka-model.ts'

/** The first call lists; the others end what was listed. */
export function sweep(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  for (let generation = 0; generation < GENERATIONS; generation++) {
    const listed = state[run + SWEEP + generation] as number
    if (listed === 0) continue
    const slot = 31 - Math.clz32(listed & -listed)
    endListed(model, state, index, generation * SLOTS + slot)
    return
  }
  list(model, state, index)
}

function list(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  const next = model.copy(state)
  let found = false
  const promised = promisedNames(model, state, run)
  for (let name = 0; name < (model.staged ? 1 : NAMES); name++) {
    if (!isPicked(model, state, run, name, promised)) continue
    const generation = run + SWEEP + Math.floor(name / SLOTS)
    next[generation] = (next[generation] as number) | (1 << (name % SLOTS))
    found = true
  }
  next[QUIET] = model.isAlone(state, index) ? 1 : 0
  if (!found) goOn(model, next, run)
  model.visit(next, found ? KAFKA_ACTIONS.sweepLists : KAFKA_ACTIONS.swept, index, 0)
}

function isPicked(
  model: KafkaModel,
  state: Uint8Array,
  run: number,
  name: number,
  promised: ReadonlySet<number>,
): boolean {
  const at = state[STATE + name] as number
  if (at === FENCED) return false
  const mine = state[run + GENERATION] as number
  // Without the generation in them names do not say whose they are.
  const generation = model.rules.generationInNames ? mine : GENERATIONS + 1
  return sweepVerdict({ name, staged: model.staged, at, generation, promised }) === 'abort'
}

function promisedNames(model: KafkaModel, state: Uint8Array, run: number): ReadonlySet<number> {
  const promised = new Set<number>()
  if (model.staged || !model.rules.commitsFirst) return promised
  const owes = state[run + BELOW_OWES] as number
  for (let id = 1; id <= IDS; id++) {
    if ((owes & idBit(id)) === 0) continue
    promised.add(model.nameOf(state, state[run + BELOW_GENERATION] as number, id))
  }
  return promised
}

function endListed(model: KafkaModel, state: Uint8Array, index: number, name: number): void {
  const run = runAt(index)
  const of = run + SWEEP + Math.floor(name / SLOTS)
  const left = (state[of] as number) & ~(1 << (name % SLOTS))
  const next = model.copy(state)
  model.broker.initialize(next, name, name === STAGED_NAME && model.staged ? EMPTY : FENCED)
  next[of] = left
  if (isListEmpty(next, run)) goOn(model, next, run)
  model.visit(next, KAFKA_ACTIONS.sweepEnds, index, name % SLOTS)
  if (state[STATE + name] !== ONGOING || !model.mayBeLate(state)) return
  const late = model.copy(state)
  late[LATE_KIND] = LATE_INITIALIZE
  late[LATE_NAME] = name
  late[QUIET] = 0
  model.visit(late, KAFKA_ACTIONS.sweepEndsLate, index, name % SLOTS)
}

function isListEmpty(state: Uint8Array, run: number): boolean {
  for (let generation = 0; generation < GENERATIONS; generation++) {
    if (state[run + SWEEP + generation] !== 0) return false
  }
  return true
}

/** What comes after a sweep: the tasks start, or the next entry may come. */
function goOn(model: KafkaModel, next: Uint8Array, run: number): void {
  if (next[run + STAGE] !== FIRST_SWEEP) {
    next[run + APPEND] = APPEND_NONE
    return
  }
  const owesFirst = !model.rules.commitsFirst && next[run + TODO] !== 0
  next[run + STAGE] = owesFirst ? RECOVER : RUNNING
}
