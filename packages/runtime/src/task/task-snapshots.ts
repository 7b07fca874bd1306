// The checkpoints of one task: takes the synchronous part at the barrier, passes the barrier on,
// has the sinks prepare, writes the rest in slices, and acknowledges. Everything that was prepared
// is repeated with each acknowledgement until a checkpoint that names it is known to be complete.

import { SluiceError } from '@sluice/core/internal'
import { CommittableLedger } from '../checkpoint/protocol/committable-ledger.ts'
import { checkpointId } from '../checkpoint/protocol/identifiers.ts'
import { FRAME_BARRIER } from '../network/frame.ts'
import type { ChainPlan } from '../plan/physical-plan.ts'
import type { SnapshotInProgress } from '../state/state-backend.ts'
import type { SplitSnapshot, TaskSnapshot } from './task-messages.ts'
import { PendingSnapshot } from './pending-snapshot.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { TaskParts } from './task-parts.ts'

/** How long one slice of serialising may take. */
const SLICE_MS = 1

export interface BarrierFacts {
  readonly checkpoint: number
  readonly alignmentMs: number
  readonly watermark: number
  readonly finished: boolean
}

export class TaskSnapshots {
  readonly #chain: ChainPlan
  readonly #subtask: number
  readonly #environment: TaskEnvironment
  readonly #parts: TaskParts
  readonly #ledger = new CommittableLedger()
  readonly #pending = new Map<number, PendingSnapshot>()
  #closed = false

  constructor(chain: ChainPlan, subtask: number, environment: TaskEnvironment, parts: TaskParts) {
    this.#chain = chain
    this.#subtask = subtask
    this.#environment = environment
    this.#parts = parts
  }

  /** Everything at the barrier; a promise where sinks prepare and input has to wait for them. */
  start(facts: BarrierFacts): Promise<void> | undefined {
    const { clock } = this.#environment.platform
    const before = clock.monotonic()
    const keyed = this.#keyedParts(facts.checkpoint)
    const operators = this.#operatorParts()
    const sources = this.#sourceParts(facts.checkpoint)
    for (const output of this.#parts.outputs) {
      output.sendSign({ kind: FRAME_BARRIER, checkpoint: facts.checkpoint })
    }
    const part = {
      operators,
      sources,
      watermark: facts.watermark,
      operatorWatermarks: this.#operatorWatermarks(),
      finished: facts.finished,
      alignmentMs: facts.alignmentMs,
      syncMs: clock.monotonic() - before,
    }
    const pending = new PendingSnapshot(facts.checkpoint, part, keyed, before)
    if (this.#parts.sinks.length > 0) return this.#prepare(pending)
    this.#pending.set(facts.checkpoint, pending)
    this.#environment.wake()
    return undefined
  }

  /** Works on what is pending, for about a millisecond; true while there is more to do. */
  advance(): boolean {
    for (const [checkpoint, pending] of this.#pending) {
      if (!pending.advance(SLICE_MS)) return true
      this.#pending.delete(checkpoint)
      this.#finish(pending)
    }
    return false
  }

  completed(checkpoint: number): void {
    this.#ledger.completed(checkpointId(checkpoint))
    for (const slot of this.#parts.operators) slot.backend?.checkpointCompleted(checkpoint)
    for (const sink of this.#parts.sinks) sink.checkpointCompleted(checkpoint)
  }

  /** Committables stay: the next acknowledgement names them again. */
  abandoned(checkpoint: number): void {
    const pending = this.#pending.get(checkpoint)
    this.#pending.delete(checkpoint)
    pending?.cancel()
  }

  close(): void {
    this.#closed = true
    for (const pending of this.#pending.values()) pending.cancel()
    this.#pending.clear()
  }

  async #prepare(pending: PendingSnapshot): Promise<void> {
    const { checkpoint } = pending
    const prepared = await Promise.all(this.#parts.sinks.map((sink) => sink.prepare(checkpoint)))
    this.#ledger.prepared(checkpointId(checkpoint), prepared.flat())
    if (!this.#closed) this.#pending.set(checkpoint, pending)
  }

  #finish(pending: PendingSnapshot): void {
    const { segments, platform, post } = this.#environment
    const { checkpoint } = pending
    const place = { checkpoint, chain: this.#chain.id, subtask: this.#subtask }
    if (segments === undefined) return
    // What is owed by this checkpoint is settled at its barrier; a later one may prepare meanwhile.
    const owed = {
      committables: this.#ledger.owed(checkpointId(checkpoint)),
      knownComplete: this.#ledger.knownComplete,
    }
    pending
      .finish(segments, () => platform.clock.monotonic(), owed)
      .then(
        (snapshot: TaskSnapshot) => {
          if (!this.#closed) post({ type: 'acknowledge', ...place, snapshot })
        },
        (error: unknown) => {
          pending.cancel()
          if (this.#closed) return
          const reason = SluiceError.from(
            error,
            'STORAGE_FAILED',
            `Checkpoint ${checkpoint} of '${this.#chain.name}' could not be stored`,
            { checkpoint, subtask: this.#subtask },
          )
          post({ type: 'decline', ...place, error: reason.toWire() })
        },
      )
  }

  #keyedParts(checkpoint: number): Map<string, SnapshotInProgress> {
    const naming = this.#environment.naming(checkpoint)
    const keyed = new Map<string, SnapshotInProgress>()
    for (const slot of this.#parts.operators) {
      const snapshot = slot.backend?.startSnapshot(checkpoint, naming)
      if (snapshot !== undefined) keyed.set(slot.step.id, snapshot)
    }
    return keyed
  }

  #operatorParts(): Record<string, readonly unknown[]> {
    const operators: Record<string, readonly unknown[]> = {}
    for (const slot of this.#parts.operators) {
      const elements = slot.operator.snapshot?.()
      if (elements !== undefined && elements.length > 0) operators[slot.step.id] = elements
    }
    return operators
  }

  #operatorWatermarks(): Record<string, number> {
    const { operators } = this.#parts
    return Object.fromEntries(operators.map(({ step, host }) => [step.id, host.watermark]))
  }

  #sourceParts(checkpoint: number): Record<string, readonly SplitSnapshot[]> {
    const { source } = this.#parts
    return source === undefined ? {} : { [source.step]: source.snapshot(checkpoint) }
  }
}
