// Savepoints that a run was told to claim and whose files it did not take over.

import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CountingPlace, untilRunning } from '../../coordinator/world/counting-run.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'

test('a savepoint whose checkpoint the job itself keeps stays, at whichever start', async () => {
  const place = new CountingPlace({ records: 4_000, ratePerSecond: 8_000 })
  const first = place.run()
  await place.untilPublished()
  const { savepoint } = await first.stopWith({ savepoint: { name: 'before' } })
  const folder = savepoint?.folder ?? ''
  const claim = { from: { savepoint: folder }, restoreMode: 'claim' } as const
  for (let start = 1; start <= 3; start++) {
    const run = place.run(claim)
    await untilRunning(run)
    await run.checkpoint()
    run.stop()
    await run.done
    expect({ start, isThere: existsSync(join(folder, 'savepoint')) }).toEqual({
      start,
      isThere: true,
    })
  }
}, 30_000)

test('a savepoint that was copied, or put back, stays when the same words claim it', async () => {
  const place = new CountingPlace({ records: 100_000, ratePerSecond: 5_000 })
  const run = place.run()
  await place.untilPublished()
  const { savepoint } = await run.stopWith({ savepoint: {} })
  const folder = savepoint?.folder ?? ''
  const backup = join(temporaryFolder(), 'backup')
  cpSync(folder, backup, { recursive: true })
  const from = { savepoint: folder }
  for (const first of ['copy', 'claim'] as const) {
    const fork = new CountingPlace({ records: 100_000, ratePerSecond: 5_000 })
    const start = async (restoreMode: 'copy' | 'claim'): Promise<void> => {
      const started = fork.run({ from, restoreMode })
      await untilRunning(started)
      await started.checkpoint()
      started.stop()
      await started.done
    }
    await start(first)
    // The operator needs it again.
    if (first === 'claim') cpSync(backup, folder, { recursive: true })
    await start('claim')
    expect({ first, isThere: existsSync(join(folder, 'savepoint')) }).toEqual({
      first,
      isThere: true,
    })
  }
}, 30_000)
