// A sink that was removed from the job: what it prepared and no checkpoint names stays hidden for
// nobody.

import { expect, test } from 'vitest'
import { scriptedJob } from '../world/scripted-job.ts'
import { Place, ScriptedRun } from '../world/scripted-run.ts'

/** Commits one checkpoint, and dies when the next one is prepared and not promised. */
async function diesAfterPreparing(place: Place): Promise<void> {
  let committed = 0
  const first: ScriptedRun = new ScriptedRun(place, scriptedJob(place.world), {
    options: {
      onPhase: (phase) => {
        if (phase === 'noted') committed += 1
        if (phase === 'before-manifest' && committed > 0) first.run.cancel()
      },
    },
  })
  await first.run.done
  expect(place.world.open().map(({ sink }) => sink)).toEqual(['out'])
}

test('what it prepared is swept where another sink writes to the same place', async () => {
  const place = new Place()
  await diesAfterPreparing(place)
  const [left] = place.world.open()
  const second = new ScriptedRun(place, scriptedJob(place.world, { sink: 'other' }))
  await second.untilCommitted(1)
  expect(place.world.aborted.map(({ sink }) => sink)).toEqual(['out'])
  // A sleeper prepares once more under the old name.
  place.world.prepare({ ...(left as NonNullable<typeof left>), checkpoint: 999 })
  await second.untilCommitted(second.events.committed.length + 2)
  expect(place.world.aborted.map(({ checkpoint }) => checkpoint)).toContain(999)
  expect(place.world.open().filter(({ sink }) => sink === 'out')).toEqual([])
})

test('each sink that is still there sweeps its own, and nothing of the running one', async () => {
  const place = new Place()
  const both = { sink: 'out', secondSink: 'late' }
  const first: ScriptedRun = new ScriptedRun(place, scriptedJob(place.world, both))
  await first.untilCommitted(2)
  first.run.cancel()
  await first.run.done
  const second = new ScriptedRun(place, scriptedJob(place.world, both))
  await second.untilCommitted(3)
  second.run.stop()
  await second.run.done
  expect(place.world.open()).toEqual([])
  for (const { generation } of place.world.aborted) expect(generation).toBe(1)
})

test('that something may be left is said once, and not after a run that was stopped', async () => {
  const place = new Place()
  await diesAfterPreparing(place)
  const said = (run: ScriptedRun): number =>
    run.events.warning.filter(({ message }) => message.includes("Sink 'out' is no longer")).length
  const second = new ScriptedRun(place, scriptedJob(place.world, { sink: 'other' }))
  await second.untilRunning()
  expect(said(second)).toBe(1)
  await second.untilCommitted(1)
  second.run.stop()
  await second.run.done
  const third = new ScriptedRun(place, scriptedJob(place.world, { sink: 'other' }))
  await third.untilRunning()
  expect(said(third)).toBe(0)
})
