// From running totals to figures of the moment: records per second and the part of the time in
// which a step was busy or held up, over the last few seconds. Pure: fed with samples and their
// moments.

import type { StepTotals } from '@sluice/runtime'

export interface StepRow {
  readonly step: string
  readonly subtasks: number
  readonly recordsIn: number
  readonly recordsOut: number
  readonly inPerSecond: number
  readonly outPerSecond: number
  /** Parts of the time, from 0 to 1; undefined while nothing is known. */
  readonly busy: number | undefined
  readonly backpressured: number | undefined
  readonly watermark: number
  readonly lateRecords: number
}

const windowMs = 3_000

interface Sample {
  readonly atMs: number
  readonly steps: ReadonlyMap<string, StepTotals>
}

export class StepRates {
  #samples: Sample[] = []
  #attempt = -1

  /** Rows in the given order; steps that the order lacks come last. */
  update(
    steps: readonly StepTotals[],
    attempt: number,
    atMs: number,
    order: readonly string[],
  ): StepRow[] {
    // Totals begin at nothing with each attempt.
    if (attempt !== this.#attempt) this.#samples = []
    this.#attempt = attempt
    const sample = { atMs, steps: new Map(steps.map((totals) => [totals.step, totals])) }
    this.#samples.push(sample)
    while (this.#samples.length > 2 && (this.#samples[1] as Sample).atMs <= atMs - windowMs) {
      this.#samples.shift()
    }
    const first = this.#samples[0] as Sample
    const place = (step: string): number => {
      const at = order.indexOf(step)
      return at === -1 ? order.length : at
    }
    return steps
      .toSorted((left, right) => place(left.step) - place(right.step))
      .map((now) => rowOf(now, first.steps.get(now.step), atMs - first.atMs))
  }
}

function rowOf(now: StepTotals, before: StepTotals | undefined, elapsedMs: number): StepRow {
  const perSecond = (figure: (totals: StepTotals) => number): number =>
    before === undefined || elapsedMs <= 0
      ? 0
      : Math.max(0, ((figure(now) - figure(before)) * 1000) / elapsedMs)
  const accountedMs = before === undefined ? 0 : timeOf(now) - timeOf(before)
  const part = (figure: (totals: StepTotals) => number): number | undefined =>
    before === undefined || accountedMs <= 0
      ? undefined
      : Math.min(1, Math.max(0, (figure(now) - figure(before)) / accountedMs))
  return {
    step: now.step,
    subtasks: now.subtasks,
    recordsIn: now.recordsIn,
    recordsOut: now.recordsOut,
    inPerSecond: perSecond((totals) => totals.recordsIn),
    outPerSecond: perSecond((totals) => totals.recordsOut),
    busy: part((totals) => totals.busyMs),
    backpressured: part((totals) => totals.backpressuredMs),
    watermark: now.watermark,
    lateRecords: now.lateRecords,
  }
}

/** All the time that a step accounts for, over its subtasks. */
function timeOf({ busyMs, backpressuredMs, idleMs }: StepTotals): number {
  return busyMs + backpressuredMs + idleMs
}
