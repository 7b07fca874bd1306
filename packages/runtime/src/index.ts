// The embedded engine: runs a job in this process and its worker threads.

export { runJob } from './coordinator/run-job.ts'
export type {
  CheckpointSummary,
  JobEvents,
  JobOptions,
  JobResult,
  JobRun,
  JobStatus,
  Phase,
  PhaseDetail,
  RestoreMode,
  SavepointRequest,
  SavepointSummary,
  SettingsOverride,
  StartFrom,
  StopOptions,
  StopSummary,
} from './coordinator/job-run.ts'
export type { JobOutcome, JobState } from './coordinator/lifecycle.ts'
export type { StepTotals } from './metrics/step-metrics-table.ts'
export { createNodePlatform } from './platform/node/node-platform.ts'
export type { NodePlatformOptions } from './platform/node/node-platform.ts'
export type { Platform } from './platform/platform.ts'
export { registerJob } from './worker/job-registry.ts'
export type { JobOrigin } from './worker/messages.ts'
export { run } from './run.ts'
export type { RunOptions } from './run.ts'
