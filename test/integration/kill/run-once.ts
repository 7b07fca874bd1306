// One run of the job in a process of its own, to be killed. Says when records may flow.

import { run } from 'sluice'

const [input = '', output = '', storage = '', path = '', parallelism = '2', backend = 'heap'] =
  process.argv.slice(2)
const job = run(new URL('./job.ts', import.meta.url), {
  parameters: { IN: input, OUT: output },
  settings: {
    checkpoint: { storage },
    parallelism: Number(parallelism),
    state: {
      backend: backend === 'heap' ? 'heap' : 'rocksdb',
      path,
      localRecovery: backend === 'rocksdb-copies',
    },
  },
  logLevel: 'error',
})
job.on('running', () => console.log('running'))
job.on('checkpoint-completed', () => console.log('checkpoint'))
const { outcome, error } = await job.done
if (error !== undefined) console.error(error.stack)
// The run before may have been killed when all was done and only its process still stood.
process.exitCode = outcome === 'finished' || outcome === 'finished-before' ? 0 : 1
