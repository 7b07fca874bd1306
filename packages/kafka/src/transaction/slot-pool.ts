// The transactional ids of one writer: one transaction for each checkpoint, from a small pool. A
// writer takes the lowest slot that is free, or makes a new one; it never waits for one, for the
// barrier would wait behind it.

import { assert } from '@sluice/core/internal'
import type { TransactionVersion } from './answers.ts'

//   new ──▶ opening ──▶ open ──▶ bound ──▶ free ──▶ opening (version 1), open (version 2)
//              └──▶ retired
//
// `opening`: InitProducerId was sent. Unanswered, the slot is retired for this generation: the
// request may take effect late, and would abort what was prepared meanwhile, even when it names an
// older epoch.
// `bound`: prepared; until a later entry of the log stands that does not owe it. That its commit is
// noted is not enough: recovery commits what the newest entry owes, under the names in that entry,
// and its sweep leaves those names alone.

/** Which states a slot may enter from which; `free` and `new` are taken by `take`. */
const transitions = {
  opening: ['open', 'retired'],
  open: ['bound', 'retired'],
  bound: ['free'],
  free: ['opening', 'open'],
  retired: [],
} as const satisfies Record<string, readonly string[]>

/** Where a slot is. */
export type SlotState = keyof typeof transitions

/** One slot as it stands. */
export interface Slot {
  readonly state: SlotState
  /** Of the producer that opened it; -1 while there is none. */
  readonly producerId: number
  readonly epoch: number
  /** The checkpoint at whose barrier it was prepared; 0 while it is not bound. */
  readonly checkpoint: number
}

/** What a writer that needs a transaction gets. */
export type TakenSlot =
  /** InitProducerId first, with -1 and -1; then `opened` or `unanswered`. */
  | { readonly slot: number; readonly begin: 'initialize' }
  /** The epoch that the end of the last transaction made; nothing has to be asked. */
  | {
      readonly slot: number
      readonly begin: 'continue'
      readonly producerId: number
      readonly epoch: number
    }

/**
 * From this epoch on a producer is not continued: the broker answers the end of a transaction at
 * 32766 with another producer id, which the writer does not hear.
 */
const lastContinuedEpoch = 32_764

/** How a free slot begins its next transaction. */
function beginningOf(slot: Slot, version: TransactionVersion): TakenSlot['begin'] {
  // Version 1: EndTxn names the epoch alone, so each transaction gets one of its own.
  return version === 2 && slot.epoch <= lastContinuedEpoch ? 'continue' : 'initialize'
}

export class SlotPool {
  readonly #version: TransactionVersion
  readonly #slots: Slot[]
  #completed: number

  /** `slots` and `completed`: as they stood; a new writer has none. */
  constructor(version: TransactionVersion, slots: readonly Slot[] = [], completed = 0) {
    this.#version = version
    this.#slots = [...slots]
    this.#completed = completed
  }

  get slots(): readonly Slot[] {
    return this.#slots
  }

  /** A slot for the next transaction; one that was opened and not written is taken again. */
  take(): TakenSlot {
    const open = this.#slots.findIndex(({ state }) => state === 'open')
    if (open >= 0) return this.#continued(open, this.#at(open))
    const free = this.#slots.findIndex(({ state }) => state === 'free')
    if (free < 0) {
      this.#slots.push({ state: 'opening', producerId: -1, epoch: -1, checkpoint: 0 })
      return { slot: this.#slots.length - 1, begin: 'initialize' }
    }
    const slot = this.#at(free)
    if (beginningOf(slot, this.#version) === 'initialize') {
      this.#enter(free, { ...slot, state: 'opening', checkpoint: 0 })
      return { slot: free, begin: 'initialize' }
    }
    const next: Slot = { ...slot, state: 'open', epoch: slot.epoch + 1, checkpoint: 0 }
    this.#enter(free, next)
    return this.#continued(free, next)
  }

  /** InitProducerId was answered. */
  opened(slot: number, producerId: number, epoch: number): void {
    this.#enter(slot, { state: 'open', producerId, epoch, checkpoint: 0 })
  }

  /** InitProducerId may have been sent and was not answered: never again in this generation. */
  unanswered(slot: number): void {
    this.#enter(slot, { ...this.#at(slot), state: 'retired' })
  }

  /** The transaction is prepared at the barrier of this checkpoint. */
  prepared(slot: number, checkpoint: number): void {
    this.#enter(slot, { ...this.#at(slot), state: 'bound', checkpoint })
  }

  /**
   * The entry of this checkpoint stands. It was appended when all commits of the entry before it
   * were proven, so what was prepared up to the last one that the writer heard of is free. What
   * this entry itself names stays bound. May come twice.
   */
  completed(checkpoint: number): void {
    if (checkpoint <= this.#completed) return
    this.#slots.forEach((slot, index) => {
      if (slot.state === 'bound' && slot.checkpoint <= this.#completed) {
        this.#enter(index, { ...slot, state: 'free', checkpoint: 0 })
      }
    })
    this.#completed = checkpoint
  }

  #continued(slot: number, { producerId, epoch }: Slot): TakenSlot {
    return { slot, begin: 'continue', producerId, epoch }
  }

  #at(index: number): Slot {
    const slot = this.#slots[index]
    assert(slot !== undefined, `the pool has a slot ${index}`)
    return slot
  }

  #enter(index: number, next: Slot): void {
    const { state } = this.#at(index)
    const allowed: readonly string[] = transitions[state]
    assert(allowed.includes(next.state), `slot ${index} may go from ${state} to ${next.state}`)
    this.#slots[index] = next
  }
}
