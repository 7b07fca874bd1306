// How a task ends once its input has. The last watermark that the input came to goes through the
// chain before the end of time does: it says what is complete to whoever goes on beside this task.
// Then operators let go of what is in flight, one after the other, and the end is passed on. Each
// piece runs as a mail, so that timers and outputs between two of them get their turn.

import { FRAME_END, FRAME_WATERMARK } from '../network/frame.ts'
import type { TaskParts } from './task-parts.ts'
import type { WatermarkFlow } from './watermark/watermark-flow.ts'

/** What the end of a task needs of it. */
export interface EndingTask {
  readonly parts: TaskParts
  readonly flow: WatermarkFlow
  /** A barrier follows, with which the sinks prepare what they hold. */
  readonly isCheckpointed: boolean
  /** A batch is not processed to its end. */
  isInBatch(): boolean
  drainSinks(): boolean
  /** Takes nothing until the promise is settled. */
  pauseFor(work: Promise<unknown>): void
  enqueue(mail: () => void): void
  /** Calls after a turn of the event loop. */
  later(call: () => void): void
  fail(error: unknown): void
  finished(): void
}

export class TaskEnding {
  readonly #task: EndingTask
  #flushed = false

  constructor(task: EndingTask) {
    this.#task = task
  }

  /** @param watermark What the input came to. */
  begin(watermark: number): void {
    this.#task.flow.arrive(watermark, true)
    this.#task.enqueue(() => this.#endOfTime())
  }

  /** Whether this has to wait; then it is tried again. */
  #waits(mail: () => void): boolean {
    const { flow } = this.#task
    if (!flow.busy && !this.#task.isInBatch()) return false
    this.#again(mail)
    return true
  }

  #again(mail: () => void): void {
    this.#task.later(() => this.#task.enqueue(mail))
  }

  #endOfTime(): void {
    if (this.#waits(() => this.#endOfTime())) return
    this.#task.flow.arrive(Number.POSITIVE_INFINITY, true)
    this.#finishOperators(0)
  }

  #finishOperators(from: number): void {
    if (this.#waits(() => this.#finishOperators(from))) return
    const slot = this.#task.parts.operators[from]
    if (slot === undefined) return this.#passOn()
    const goOn = (): void => this.#finishOperators(from + 1)
    const inFlight = slot.operator.onEndOfInput?.()
    if (inFlight === undefined) return this.#again(goOn)
    inFlight.then(
      () => this.#task.enqueue(goOn),
      (error: unknown) => this.#task.fail(error),
    )
  }

  #passOn(): void {
    if (!this.#task.drainSinks()) return this.#again(() => this.#passOn())
    if (this.#flushes()) return
    for (const output of this.#task.parts.outputs) {
      output.sendWatermark(Number.POSITIVE_INFINITY, {
        kind: FRAME_WATERMARK,
        watermark: Number.POSITIVE_INFINITY,
      })
      output.sendSign({ kind: FRAME_END })
    }
    this.#task.finished()
  }

  /** Where checkpoints are off no barrier follows: this is when writers let out what they hold. */
  #flushes(): boolean {
    const { isCheckpointed, parts } = this.#task
    if (this.#flushed || isCheckpointed || parts.sinks.length === 0) return false
    this.#flushed = true
    this.#task.pauseFor(Promise.all(parts.sinks.map((sink) => sink.prepare(1))))
    this.#task.enqueue(() => this.#passOn())
    return true
  }
}
