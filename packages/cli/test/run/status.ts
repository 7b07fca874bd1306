// A status of a run as the engine gives it, for tests of what is made of it.

import type { CheckpointSummary, JobStatus, StepTotals } from '@sluice/runtime'

export function totals(step: string, figures: Partial<StepTotals> = {}): StepTotals {
  return {
    step,
    subtasks: 1,
    recordsIn: 0,
    recordsOut: 0,
    busyMs: 0,
    backpressuredMs: 0,
    idleMs: 0,
    watermark: Number.NEGATIVE_INFINITY,
    lateRecords: 0,
    named: {},
    ...figures,
  }
}

export function status(parts: Partial<JobStatus> = {}): JobStatus {
  return {
    job: 'shop',
    state: 'running',
    attempt: 1,
    generation: 1,
    restarts: 0,
    restoredFrom: undefined,
    lastCheckpoint: undefined,
    completedCheckpoints: 0,
    failedCheckpoints: 0,
    commitsOwed: 0,
    steps: [],
    totals: {},
    lastError: undefined,
    ...parts,
  }
}

export function summary(parts: Partial<CheckpointSummary> = {}): CheckpointSummary {
  return {
    id: 7,
    generation: 1,
    position: 8,
    durationMs: 12,
    alignmentMs: 1,
    syncMs: 1,
    asyncMs: 3,
    stateBytes: 2 ** 20,
    newBytes: 2 ** 10,
    committables: 2,
    completedAtMs: 0,
    ...parts,
  }
}
