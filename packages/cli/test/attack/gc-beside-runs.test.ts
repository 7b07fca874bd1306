// `sluice checkpoint gc` and `verify`, again and again, beside a job that runs, dies, starts and
// begins from savepoints.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SavepointFolder } from '@sluice/runtime/internal'
import { expect, test } from 'vitest'
import { createNodePlatform } from '../../../runtime/src/platform/node/node-platform.ts'
import {
  CountingPlace,
  untilRunning,
} from '../../../runtime/test/coordinator/world/counting-run.ts'
import { deleteGarbage, findGarbage } from '../../src/checkpoint/garbage.ts'
import { storageAt } from '../../src/checkpoint/log-inspection.ts'
import { verifyLog } from '../../src/checkpoint/verification.ts'

const platform = createNodePlatform({ logSink: () => {} })

/** Clears up and verifies until it is ended; what verification finds is collected. */
class Sweeping {
  readonly problems: unknown[] = []
  deleted = 0
  rounds = 0
  readonly #folder: string
  #ended = false
  readonly #done: Promise<void>

  constructor(folder: string) {
    this.#folder = folder
    this.#done = this.#sweep()
  }

  async end(): Promise<void> {
    this.#ended = true
    await this.#done
  }

  async #sweep(): Promise<void> {
    const storage = storageAt(this.#folder)
    while (!this.#ended) {
      const garbage = await findGarbage(storage, join(this.#folder, 'savepoints'))
      await deleteGarbage(storage, garbage, () => {})
      this.deleted += garbage.segments.length
      const { problems } = await verifyLog(storage, () => {})
      this.problems.push(...problems)
      this.rounds += 1
    }
  }
}

test('gc takes nothing that a running or a starting job needs', async () => {
  const records = 12_000
  const place = new CountingPlace({ records, ratePerSecond: 6_000 })
  const first = place.run()
  await place.untilPublished()
  const sweeping = new Sweeping(place.folder)
  const { folder } = await first.savepoint({ name: 'one' })
  for (let start = 1; start <= 4; start++) {
    // It dies in the middle of whatever it is writing.
    const run = place.run()
    await untilRunning(run)
    await run.checkpoint()
    await new Promise((resolve) => setTimeout(resolve, start * 7))
    run.cancel()
    await run.done
  }
  expect((await place.run().done).outcome).toBe('finished')
  await sweeping.end()
  expect(place.faults()).toEqual([])
  expect(sweeping.problems).toEqual([])
  expect(sweeping.rounds).toBeGreaterThan(5)
  const savepoint = new SavepointFolder(platform, folder)
  expect(await savepoint.verify(await savepoint.read())).toEqual([])
}, 60_000)

test('gc takes nothing of a savepoint that a job is just beginning from', async () => {
  const made = new CountingPlace({ records: 4_000, ratePerSecond: 8_000 })
  const run = made.run()
  await made.untilPublished()
  const { savepoint } = await run.stopWith({ savepoint: {} })
  const from = { savepoint: savepoint?.folder ?? '' }
  const fork = new CountingPlace({ records: 4_000, ratePerSecond: 8_000 })
  const first = fork.run({ from })
  await untilRunning(first)
  await first.checkpoint()
  first.cancel()
  await first.done
  // Of a run that was killed: what gc is there for.
  const segments = storageAt(fork.folder)
  const [name = ''] = await segments.listSegments()
  const left = `${name.split('.').slice(0, 2).join('.')}.1.gone.0.0.segment`
  writeFileSync(join(fork.folder, 'segments', left), 'left')
  const sweeping = new Sweeping(fork.folder)
  const others = [made]
  for (const restoreMode of ['copy', 'claim'] as const) {
    // Begun from it already: to begin anew takes a savepoint that the log does not know.
    const again = new CountingPlace({ records: 4_000, ratePerSecond: 8_000 })
    others.push(again)
    const other = again.run({ from })
    await untilRunning(other)
    await other.checkpoint()
    const copy = await other.savepoint({ name: 'again' })
    other.cancel()
    await other.done
    const start = { from: { savepoint: copy.folder }, restoreMode, acceptDuplicates: true }
    const started = fork.run(start)
    await untilRunning(started)
    await started.checkpoint()
    started.cancel()
    await started.done
  }
  expect((await fork.run().done).outcome).toBe('finished')
  await sweeping.end()
  expect(sweeping.problems).toEqual([])
  expect(sweeping.deleted).toBeGreaterThan(0)
  expect(fork.faults(others).filter((fault) => fault.startsWith('lost'))).toEqual([])
}, 60_000)
