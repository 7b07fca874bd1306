// A savepoint is what one goes back to when the checkpoints are no good any more. That its own
// checkpoint is still kept must not stand in the way.

import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CountingPlace, untilRunning } from '../../coordinator/world/counting-run.ts'

function loseSegments(place: CountingPlace): void {
  const segments = join(place.folder, 'segments')
  for (const name of readdirSync(segments)) rmSync(join(segments, name))
}

test('a savepoint is gone on from though segments of its checkpoint are lost', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await place.untilPublished()
  await run.stopWith({ savepoint: { name: 'last' } })
  await run.done
  loseSegments(place)
  const again = place.run({ from: { savepoint: 'last' } })
  expect(await again.done).toMatchObject({ error: undefined, outcome: 'finished' })
  expect(place.faults()).toEqual([])
})

test('an older savepoint whose checkpoint is damaged still asks for agreement', async () => {
  const place = new CountingPlace({ records: 6_000 })
  const run = place.run({ settings: { checkpoint: { keep: 50 } } })
  await place.untilPublished()
  await run.savepoint({ name: 'early' })
  await run.checkpoint()
  await run.stopWith({})
  loseSegments(place)
  const from = { savepoint: 'early' }
  const refused = await place.run({ from }).done
  expect(refused.error).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--accept') })
  const again = place.run({ from, acceptDuplicates: true })
  await untilRunning(again)
  again.cancel()
})
