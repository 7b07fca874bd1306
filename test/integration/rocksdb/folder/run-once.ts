// One run of the large job in a process of its own, whose state folder meets with something once a
// checkpoint is complete. Says the code of each restart on standard output.

import { mkdirSync, rmSync } from 'node:fs'
import { openKeyValueStore } from '@sluice/rocksdb'
import { run } from 'sluice'

/** What a run is told. */
export interface RunOrder {
  readonly folder: string
  /** Of the state. */
  readonly path: string
  readonly meets: 'nothing' | 'deletion' | 'lock'
}

const { folder, path, meets } = JSON.parse(process.argv[2] ?? '{}') as RunOrder
let checkpoints = 0
let attempt = ''
/** Where the next attempts will keep their state. */
let next: readonly string[] = []
let locks: readonly { close(): void }[] = []

const job = run(new URL('./large-job.ts', import.meta.url), {
  parameters: { OUT: `${folder}/out` },
  settings: {
    checkpoint: { storage: `${folder}/checkpoints` },
    state: { backend: 'rocksdb', path, memoryBytes: 16 * 2 ** 20 },
  },
  logLevel: 'error',
})
job.on('generation', ({ logId, generation }) => {
  attempt = `${path}/${logId}/${generation}`
  next = [1, 2, 3, 4, 5, 6, 7, 8].map((after) => `${path}/${logId}/${generation + after}`)
})
job.on('checkpoint-completed', () => {
  checkpoints++
  if (checkpoints !== 1 || meets === 'nothing') return
  if (meets === 'lock') {
    locks = next.map((folderOf) => {
      mkdirSync(folderOf)
      return openKeyValueStore(`${folderOf}/count-0`, { memoryBytes: 2 ** 20 })
    })
  }
  rmSync(attempt, { recursive: true, force: true })
})
job.on('restarting', ({ error }) => {
  console.log(error.code)
  if (error.code !== 'STATE_STORE_LOCKED') return
  for (const lock of locks) lock.close()
  locks = []
})
const { outcome, error } = await job.done
console.error(error?.stack ?? `The job has ${outcome} after ${checkpoints} checkpoints.`)
if (error !== undefined) console.log(`${error.code}: ${error.message} ${error.hint}`)
process.exitCode = outcome === 'finished' ? 0 : 1
