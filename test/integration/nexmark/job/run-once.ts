// One run of the job in a process of its own, which finishes, stops with a checkpoint, or kills
// itself with SIGKILL in the middle of a checkpoint: nothing is flushed, no handler runs.

import { run } from 'sluice'
import type { RunOrder } from './run-order.ts'

const order = JSON.parse(process.argv[2] ?? '{}') as RunOrder
const { end } = order
let checkpoints = 0

const job = run(new URL('./all-queries.ts', import.meta.url), {
  parameters: order.parameters,
  settings: {
    parallelism: order.parallelism,
    checkpoint: { storage: order.storage },
    state: order.state,
  },
  logLevel: 'error',
  onPhase(phase) {
    if (end.how !== 'kill' || phase !== end.phase || checkpoints < end.afterCheckpoints) return
    process.kill(process.pid, 'SIGKILL')
  },
})
job.on('checkpoint-completed', () => {
  checkpoints++
  if (end.how === 'stop' && checkpoints === end.afterCheckpoints) job.stop()
})
const { outcome, error } = await job.done
console.error(error?.stack ?? `The job has ${outcome} after ${checkpoints} checkpoints.`)
process.exitCode = outcome === (end.how === 'stop' ? 'stopped' : 'finished') ? 0 : 1
