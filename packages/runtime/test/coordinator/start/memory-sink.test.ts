import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runJob } from '../../../src/coordinator/run-job.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { temporaryFolder } from '../world/scripted-run.ts'

test('a memory sink in a job on worker threads is refused before anything is read', async () => {
  const storage = join(temporaryFolder(), 'checkpoints')
  const run = runJob(createNodePlatform({ logSink: () => {} }), {
    origin: { kind: 'module', url: new URL('../world/memory-job.ts', import.meta.url).href },
    settings: { checkpoint: { storage } },
  })
  onTestFinished(async () => {
    run.cancel()
    await run.done
  })
  const { outcome, error } = await run.done
  expect({ outcome, code: error?.code }).toEqual({ outcome: 'failed', code: 'JOB_INVALID' })
  expect(error).toMatchObject({ where: { sink: 'out' }, hint: expect.stringContaining('testJob') })
  expect(existsSync(storage)).toBe(false)
})
