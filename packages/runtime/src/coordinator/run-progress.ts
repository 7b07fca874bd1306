// What a run remembers over all its attempts, for status and events: state, counts, the last
// checkpoint, the newest figures of the steps. Nothing is decided by it.

import type { SluiceError } from '@sluice/core/internal'
import { MetricRegistry } from '../metrics/metric-registry.ts'
import { StepMetricsTable, type StepTotals } from '../metrics/step-metrics-table.ts'
import type { CheckpointSummary, JobStatus } from './job-run.ts'
import type { JobState } from './lifecycle.ts'

export class RunProgress {
  readonly figures = new StepMetricsTable()
  readonly totals: Record<string, number> = {}
  /** Figures of enumerators and committers, which live in the coordinator. */
  coordinatorFigures = new MetricRegistry()
  job = ''
  attempt = 0
  generation = 0
  restarts = 0
  restoredFrom: number | undefined
  lastCheckpoint: CheckpointSummary | undefined
  completedCheckpoints = 0
  failedCheckpoints = 0
  lastError: SluiceError | undefined

  /** Figures count from the beginning of an attempt. */
  attemptBegins(): void {
    this.attempt += 1
    this.restoredFrom = undefined
    this.figures.clear()
    this.coordinatorFigures = new MetricRegistry()
  }

  /** An attempt may restore what the one before had written and died too early to count. */
  get newestCheckpoint(): number | undefined {
    const { lastCheckpoint, restoredFrom } = this
    if (lastCheckpoint === undefined) return restoredFrom
    return Math.max(lastCheckpoint.id, restoredFrom ?? lastCheckpoint.id)
  }

  completed(summary: CheckpointSummary): void {
    this.lastCheckpoint = summary
    this.completedCheckpoints += 1
  }

  status(state: JobState, commitsOwed: number): JobStatus {
    return {
      job: this.job,
      state,
      attempt: this.attempt,
      generation: this.generation,
      restarts: this.restarts,
      restoredFrom: this.restoredFrom,
      lastCheckpoint: this.lastCheckpoint,
      completedCheckpoints: this.completedCheckpoints,
      failedCheckpoints: this.failedCheckpoints,
      commitsOwed,
      steps: this.figures.totals().map((totals) => this.#withCoordinator(totals)),
      totals: { ...this.totals },
      lastError: this.lastError,
    }
  }

  #withCoordinator(totals: StepTotals): StepTotals {
    const own = this.coordinatorFigures.snapshot(totals.step, 0)
    return { ...totals, named: { ...totals.named, ...own } }
  }
}
