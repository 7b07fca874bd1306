// What a run tells while it goes on and when it has ended. One reporter writes lines for people,
// the other one JSON object per line; the run itself does not know which.

import type { JobEvents, JobResult, JobRun } from '@sluice/runtime'
import type { LogLine } from '@sluice/runtime/internal'
import type { SourceDescription } from './progress.ts'

/** Known when the run has ended. */
export interface RunEnd {
  readonly result: JobResult
  readonly exitCode: number
  readonly durationMs: number
  readonly storage: string | undefined
}

export interface RunReporter {
  /** Called once, before anything happens. */
  begin(run: JobRun): void
  /** Known as soon as tasks run. */
  sources(sources: readonly SourceDescription[]): void
  log(line: LogLine): void
  /** A line that the job prints (console sink). */
  output(line: string): void
  /** Something that is odd and that nothing fails because of. */
  warning(message: string): void
  /** The first signal asks the job to stop, the second ends it. */
  stopping(signal: string, atOnce: boolean): void
  end(end: RunEnd): void
}

/** All events but `output`, which comes by the platform. */
export const reportedEvents = [
  'state',
  'running',
  'checkpoint-triggered',
  'checkpoint-completed',
  'checkpoint-failed',
  'savepoint',
  'committed',
  'commit-retried',
  'aborted',
  'restarting',
  'fenced',
  'warning',
  'metrics',
] as const satisfies readonly (keyof JobEvents)[]
