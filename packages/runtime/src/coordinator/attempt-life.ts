// The identity of one attempt of the tasks. Everything asynchronous that belongs to an attempt asks
// it after each await whether the attempt still lives, so late answers of an old one do nothing.

import { Pauses } from '../checkpoint/backoff.ts'
import type { Platform } from '../platform/platform.ts'
import type { Phase, PhaseDetail } from './job-run.ts'

export class AttemptLife {
  readonly generation: number
  readonly pauses: Pauses
  readonly #onPhase: ((phase: Phase, detail: PhaseDetail) => void) | undefined

  constructor(
    platform: Platform,
    generation: number,
    onPhase: ((phase: Phase, detail: PhaseDetail) => void) | undefined,
  ) {
    this.generation = generation
    this.pauses = new Pauses(platform.timers)
    this.#onPhase = onPhase
  }

  get live(): boolean {
    return !this.pauses.ended
  }

  /** Throws the reason of the end once the attempt has ended. */
  check(): void {
    this.pauses.check()
  }

  end(reason: Error): void {
    this.pauses.end(reason)
  }

  phase(phase: Phase, checkpoint?: number): void {
    if (this.#onPhase === undefined || !this.live) return
    const { generation } = this
    this.#onPhase(phase, checkpoint === undefined ? { generation } : { generation, checkpoint })
  }
}
