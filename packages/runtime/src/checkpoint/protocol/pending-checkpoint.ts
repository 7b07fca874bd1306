// One checkpoint between its trigger and its entry: collects acknowledgements, each subtask once,
// however often and late they come. What it may do next is one table.
//
//   collecting ──all in──▶ complete ──▶ appending ──entry stands──▶ completed
//        │                    │             └──another entry stands──▶ failed
//        └──decline, timeout──┴──────────▶ failed

import type { NamedCommittable } from '@sluice/core/connector'
import { assert } from '@sluice/core/internal'
import type { CheckpointFailureReason } from './failure-reason.ts'
import type { CheckpointId, Generation } from './identifiers.ts'

const TRANSITIONS = {
  collecting: ['complete', 'failed'],
  complete: ['appending', 'failed'],
  appending: ['completed', 'failed'],
  completed: [],
  failed: [],
} as const satisfies Record<string, readonly string[]>

export type PendingState = keyof typeof TRANSITIONS

/** What one subtask reports; `Report` is whatever else the caller wants to keep with it. */
export interface Acknowledgement<Report> {
  readonly generation: Generation
  readonly checkpoint: CheckpointId
  /** Identifies the subtask within the plan. */
  readonly subtask: string
  /** `CommittableLedger.owed`: everything since the last checkpoint known to be complete. */
  readonly committables: readonly NamedCommittable[]
  readonly report: Report
}

/** `late` and the others change nothing: what they name is named again by the next one. */
export type AcknowledgeOutcome = 'taken' | 'completes' | 'duplicate' | 'late' | 'other-attempt'

export class PendingCheckpoint<Report> {
  readonly checkpoint: CheckpointId
  readonly generation: Generation
  readonly triggeredAtMs: number
  readonly #expected: ReadonlySet<string>
  readonly #acknowledged = new Map<string, Acknowledgement<Report>>()
  #state: PendingState = 'collecting'
  #reason: CheckpointFailureReason | undefined

  constructor(options: {
    readonly checkpoint: CheckpointId
    readonly generation: Generation
    readonly triggeredAtMs: number
    readonly subtasks: Iterable<string>
  }) {
    this.checkpoint = options.checkpoint
    this.generation = options.generation
    this.triggeredAtMs = options.triggeredAtMs
    this.#expected = new Set(options.subtasks)
    assert(this.#expected.size > 0, 'a checkpoint has at least one subtask')
  }

  get state(): PendingState {
    return this.#state
  }

  get failureReason(): CheckpointFailureReason | undefined {
    return this.#reason
  }

  /** Subtasks that have not acknowledged yet, for people. */
  missing(): string[] {
    return [...this.#expected].filter((subtask) => !this.#acknowledged.has(subtask))
  }

  acknowledge(acknowledgement: Acknowledgement<Report>): AcknowledgeOutcome {
    if (acknowledgement.generation !== this.generation) return 'other-attempt'
    assert(
      acknowledgement.checkpoint === this.checkpoint,
      'an acknowledgement finds its checkpoint',
    )
    assert(this.#expected.has(acknowledgement.subtask), 'an acknowledgement is of a known subtask')
    if (this.#acknowledged.has(acknowledgement.subtask)) return 'duplicate'
    if (this.#state !== 'collecting') return 'late'
    this.#acknowledged.set(acknowledgement.subtask, acknowledgement)
    if (this.#acknowledged.size < this.#expected.size) return 'taken'
    this.#to('complete')
    return 'completes'
  }

  /** All acknowledgements, in the order of the subtasks. Only once it is complete. */
  acknowledgements(): Acknowledgement<Report>[] {
    assert(this.#acknowledged.size === this.#expected.size, 'all acknowledgements are in')
    return [...this.#expected].map(
      (subtask) => this.#acknowledged.get(subtask) as Acknowledgement<Report>,
    )
  }

  /** Its entry is being appended: from now on only what is read in the log decides. */
  appending(): void {
    this.#to('appending')
  }

  /** Its entry stands. */
  completed(): void {
    this.#to('completed')
  }

  /** False when it had ended before. While its entry is open it fails only by `lost`. */
  fail(reason: CheckpointFailureReason): boolean {
    if (this.#state !== 'collecting' && this.#state !== 'complete') return false
    this.#reason = reason
    this.#to('failed')
    return true
  }

  /** Another entry was read at the position where it was to stand. */
  lost(): void {
    assert(this.#state === 'appending', 'only an open append can be lost')
    this.#reason = 'fenced'
    this.#to('failed')
  }

  #to(next: PendingState): void {
    const allowed: readonly string[] = TRANSITIONS[this.#state]
    assert(allowed.includes(next), `a checkpoint does not go from ${this.#state} to ${next}`)
    this.#state = next
  }
}
