// The engine inside a program of one's own: the same as `sluice run`, without the command line.

import { serveControl } from './control/serve-control.ts'
import { Coordinator } from './coordinator/coordinator.ts'
import type { JobOptions, JobRun } from './coordinator/job-run.ts'
import type { JobOrigin } from './worker/messages.ts'
import { createNodePlatform, type NodePlatformOptions } from './platform/node/node-platform.ts'

/** Options of `run`: those of the engine, but for the place of the job. */
export interface RunOptions extends Omit<JobOptions, 'origin'>, NodePlatformOptions {}

/**
 * Runs the job that a module exports and returns at once. Coordinator and committers run in the
 * thread of the caller, tasks in worker threads that import the module themselves. `done` resolves
 * with how the run ended and never rejects.
 *
 * @example
 * const run = run(new URL('./job.ts', import.meta.url), { parameters: { INPUT: './orders' } })
 * const { outcome, error } = await run.done
 */
export function run(job: URL, options: RunOptions = {}): JobRun {
  const platform = createNodePlatform(options)
  const origin: JobOrigin = { kind: 'module', url: job.href }
  const run = new Coordinator(platform, { ...options, origin })
  void serveControl(platform, run)
  return run
}
