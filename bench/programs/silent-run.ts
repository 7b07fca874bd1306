// Runs a job of `bench/jobs` in this process, with the lines of its output handed over instead of
// printed.

import { createNodePlatform, type JobRun, runJob, type SettingsOverride } from '@sluice/runtime'

export interface JobOrder {
  /** A file of `bench/jobs`, without `.ts`. */
  readonly job: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly settings?: SettingsOverride
  /** The tasks may be started again; otherwise that spoils the figures. */
  readonly mayRestart?: boolean
}

export function silentRun(order: JobOrder, onOutput: (line: string) => void): JobRun {
  const platform = { ...createNodePlatform({ logLevel: 'error' }), output: onOutput }
  const run = runJob(platform, {
    origin: { kind: 'module', url: new URL(`../jobs/${order.job}.ts`, import.meta.url).href },
    parameters: order.parameters ?? {},
    settings: order.settings ?? {},
    metricsEveryMs: 50,
  })
  const fail = (error: Error | undefined) => {
    if (error === undefined) return
    console.error(error.stack)
    process.exit(1)
  }
  void run.done.then(({ error }) => fail(error))
  if (order.mayRestart !== true) run.on('restarting', ({ error }) => fail(error))
  return run
}
