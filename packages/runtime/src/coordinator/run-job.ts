// The one way to run a job, for the command line, for programs and for tests.

import type { Platform } from '../platform/platform.ts'
import { Coordinator } from './coordinator.ts'
import type { JobOptions, JobRun } from './job-run.ts'

/**
 * Runs a job and returns at once; `done` resolves with how it ended and never rejects.
 *
 * @example
 * const run = runJob(createNodePlatform(), { origin: { kind: 'module', url } })
 * run.on('checkpoint-completed', ({ checkpoint }) => console.log(checkpoint.id))
 * const { outcome, error } = await run.done
 */
export function runJob(platform: Platform, options: JobOptions): JobRun {
  return new Coordinator(platform, options)
}
