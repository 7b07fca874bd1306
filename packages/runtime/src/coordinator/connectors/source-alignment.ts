// How far the slowest of a group of sources is: gathers what their subtasks report and tells all of
// them, so that nobody runs further ahead than its job allows. Who has said nothing yet, has no
// split, or has ended, is waited for by nobody. A new attempt begins without anything known.

import type { Step } from '@sluice/core/internal'
import type { ToWorker } from '../../worker/messages.ts'

interface AlignedGroup {
  readonly steps: string[]
  /** By subtask: the lowest watermark of its splits. */
  readonly reported: Map<string, number>
  lowest: number
}

export class SourceAlignment {
  readonly #groups = new Map<string, AlignedGroup>()
  readonly #byStep = new Map<string, AlignedGroup>()
  readonly #toAll: (message: ToWorker) => void

  /** @param steps All steps of the job; those without an alignment are passed over. */
  constructor(steps: readonly Step[], toAll: (message: ToWorker) => void) {
    this.#toAll = toAll
    for (const { id, source } of steps) {
      const alignment = source?.watermarks?.alignment
      if (alignment === undefined) continue
      // A source without a group is one by itself: its subtasks wait for each other.
      const name = alignment.group === undefined ? `source ${id}` : `group ${alignment.group}`
      const group = this.#group(name)
      group.steps.push(id)
      this.#byStep.set(id, group)
    }
  }

  /** What a subtask has come to; plus infinity: nobody need wait for it. */
  report(step: string, subtask: number, watermark: number): void {
    const group = this.#byStep.get(step)
    if (group === undefined) return
    group.reported.set(`${subtask}/${step}`, watermark)
    const lowest = Math.min(...group.reported.values())
    if (lowest === group.lowest) return
    group.lowest = lowest
    for (const each of group.steps) this.#toAll({ type: 'align', step: each, lowest })
  }

  #group(name: string): AlignedGroup {
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = { steps: [], reported: new Map(), lowest: Number.POSITIVE_INFINITY }
      this.#groups.set(name, group)
    }
    return group
  }
}
