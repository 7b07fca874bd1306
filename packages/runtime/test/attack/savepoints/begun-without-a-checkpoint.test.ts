// Runs that began from a savepoint and ended before their first checkpoint; another run goes on.

import { expect, test } from 'vitest'
import { CountingPlace, untilRunning } from '../../coordinator/world/counting-run.ts'

const seldom = { settings: { checkpoint: { everyMs: 3_600_000 } } } as const
const from = { savepoint: 'last' }

async function stopped(): Promise<CountingPlace> {
  const place = new CountingPlace({ records: 6_000 })
  const run = place.run()
  await place.untilPublished()
  await run.stopWith({ savepoint: { name: 'last' } })
  expect((await run.done).outcome).toBe('stopped')
  return place
}

/** It is told nothing, takes over where the newest fence says, and leaves a checkpoint. */
async function goOn(place: CountingPlace): Promise<void> {
  const run = place.run(seldom)
  await untilRunning(run)
  await run.checkpoint()
  run.cancel()
  await run.done
}

test('the same words go on where another run took over before a checkpoint', async () => {
  const place = await stopped()
  const begun = place.run({ ...seldom, from })
  await untilRunning(begun)
  begun.cancel()
  await begun.done
  await goOn(place)
  const again = place.run({ from })
  expect(await again.done).toMatchObject({ outcome: 'finished', error: undefined })
  expect(place.faults()).toEqual([])
})

test('a run that was told nothing and took over twice still says where the job began', async () => {
  const place = await stopped()
  for (const options of [{ ...seldom, from }, seldom]) {
    const run = place.run(options)
    await untilRunning(run)
    run.cancel()
    await run.done
  }
  await goOn(place)
  const again = place.run({ from })
  expect(await again.done).toMatchObject({ outcome: 'finished', error: undefined })
  expect(place.faults()).toEqual([])
})

test('who goes on from a savepoint after somebody else did is asked', async () => {
  const place = await stopped()
  await goOn(place)
  const { error } = await place.run({ from }).done
  expect(error).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--accept') })
  expect((await place.run().done).outcome).toBe('finished')
  expect(place.faults()).toEqual([])
})
