// Runs six jobs of the same shape one after the other in this thread and measures the sixth.

import { registerJob, runJob } from '@sluice/runtime'
import { sixStepsJob, variants } from '../jobs/six-steps.ts'
import { oneThreadPlatform } from './one-thread-platform.ts'

export interface SixStepsOrder {
  readonly warmUpMs: number
  readonly measureMs: number
}

const order = JSON.parse(process.argv[2] ?? '{}') as SixStepsOrder
let recordsPerSecond = 0
for (const [number, steps] of variants.entries()) {
  recordsPerSecond = await rateOf(`six-steps-${number}`, sixStepsJob(steps))
}
process.stdout.write(`${JSON.stringify({ recordsPerSecond })}\n`, () => process.exit(0))

async function rateOf(key: string, job: ReturnType<typeof sixStepsJob>): Promise<number> {
  const forget = registerJob(key, job)
  const run = runJob(oneThreadPlatform(), {
    origin: { kind: 'registered', key },
    settings: { parallelism: 1 },
    metricsEveryMs: 50,
  })
  const rate = await new Promise<number>((resolve) => {
    let started = Number.NaN
    let first: { readonly atMs: number; readonly records: number } | undefined
    run.on('metrics', ({ steps: [source] }) => {
      const records = source?.recordsIn ?? 0
      const atMs = performance.now()
      if (Number.isNaN(started)) started = atMs
      if (first === undefined) {
        if (atMs - started >= order.warmUpMs) first = { atMs, records }
      } else if (atMs - first.atMs >= order.measureMs) {
        resolve(((records - first.records) * 1000) / (atMs - first.atMs))
      }
    })
  })
  run.stop()
  const { error } = await run.done
  if (error !== undefined) throw error
  forget()
  return rate
}
