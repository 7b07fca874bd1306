// Runs a small job in a simulated world without faults: for defects that a seed found and that are
// told best by a job of their own.

import type { JobDefinition } from '@sluice/core'
import { type JobResult, registerJob, runJob } from '@sluice/runtime'
import { SimulatedWorld } from '@sluice/testing/simulator'
import { runWorker } from '../../../packages/runtime/src/worker/worker.ts'

const longestMs = 60_000

/** A world that can run engines. */
export function newWorld(seed = 1): SimulatedWorld {
  return new SimulatedWorld({ seed, runWorker })
}

/** Runs the job to its end, in virtual time. */
export async function runIn(
  world: SimulatedWorld,
  definition: JobDefinition,
  parallelism: number,
): Promise<JobResult> {
  const unregister = registerJob('pinned', definition)
  let result: JobResult | undefined
  try {
    world.startProcess('engine').run(async (platform) => {
      const origin = { kind: 'registered', key: 'pinned' } as const
      result = await runJob(platform, { origin, settings: { parallelism } }).done
    })
    await world.run({ until: () => result !== undefined, untilMs: world.nowMs + longestMs })
  } finally {
    unregister()
  }
  if (result === undefined) throw new Error('The job did not end.')
  return result
}
