// One run of the numbered job in a process of its own, which stops after some checkpoints or goes
// on to its end. What workers say goes to standard error.

import { run } from 'sluice'

/** What a run is told. */
export interface RunOrder {
  readonly folder: string
  readonly parallelism: number
  /** To its end unless given. */
  readonly stopAfter?: number
}

const { folder, parallelism, stopAfter } = JSON.parse(process.argv[2] ?? '{}') as RunOrder
let checkpoints = 0

const job = run(new URL('./numbered-job.ts', import.meta.url), {
  // A run that is to be stopped must not be at its end before.
  parameters: { OUT: `${folder}/out`, RATE: stopAfter === undefined ? '20000' : '1000' },
  settings: {
    parallelism,
    checkpoint: { storage: `${folder}/checkpoints` },
    state: { backend: 'rocksdb', path: `${folder}/state`, localRecovery: true },
  },
  logLevel: 'info',
})
job.on('checkpoint-completed', () => {
  checkpoints++
  if (checkpoints === stopAfter) job.stop()
})
const { outcome, error } = await job.done
console.error(error?.stack ?? `The job has ${outcome} after ${checkpoints} checkpoints.`)
process.exitCode = outcome === (stopAfter === undefined ? 'finished' : 'stopped') ? 0 : 1
