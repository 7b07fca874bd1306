// The newest figures of every step and subtask, as the coordinator collects them from its workers,
// and their sums over the subtasks of a step.

import type { StepMetrics } from './step-metrics.ts'

/** One step over all its subtasks; times are sums, the watermark is the lowest. */
export type StepTotals = Omit<StepMetrics, 'subtask'> & { readonly subtasks: number }

export class StepMetricsTable {
  readonly #rows = new Map<string, StepMetrics>()

  /** Takes what a worker reported; rows of other subtasks stay. */
  update(steps: readonly StepMetrics[]): void {
    for (const row of steps) this.#rows.set(`${row.subtask} ${row.step}`, row)
  }

  /** A new attempt counts from nothing. */
  clear(): void {
    this.#rows.clear()
  }

  /** In order of first report. */
  rows(): StepMetrics[] {
    return [...this.#rows.values()]
  }

  totals(): StepTotals[] {
    const totals = new Map<string, StepTotals>()
    for (const row of this.#rows.values()) {
      const sum = totals.get(row.step)
      const { subtask: _subtask, ...first } = row
      totals.set(row.step, sum === undefined ? { ...first, subtasks: 1 } : added(sum, row))
    }
    return [...totals.values()]
  }
}

function added(sum: StepTotals, row: StepMetrics): StepTotals {
  const named: Record<string, number> = { ...sum.named }
  for (const [name, value] of Object.entries(row.named)) named[name] = (named[name] ?? 0) + value
  return {
    step: sum.step,
    subtasks: sum.subtasks + 1,
    recordsIn: sum.recordsIn + row.recordsIn,
    recordsOut: sum.recordsOut + row.recordsOut,
    busyMs: sum.busyMs + row.busyMs,
    backpressuredMs: sum.backpressuredMs + row.backpressuredMs,
    idleMs: sum.idleMs + row.idleMs,
    watermark: Math.min(sum.watermark, row.watermark),
    lateRecords: sum.lateRecords + row.lateRecords,
    named,
  }
}
