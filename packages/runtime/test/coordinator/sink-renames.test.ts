// A sink under a new name: what it had prepared under the old one is owed, or left behind, and
// belongs to nobody else.

import { expect, test } from 'vitest'
import { scriptedJob } from './world/scripted-job.ts'
import { Place, ScriptedRun } from './world/scripted-run.ts'

const renamed = { sink: 'results', sinkRenamedFrom: 'out' }

/** Runs until a phase of the first checkpoint, where the process dies. */
async function diesAt(place: Place, at: 'before-manifest' | 'before-commit'): Promise<void> {
  const first: ScriptedRun = new ScriptedRun(place, scriptedJob(place.world), {
    options: {
      onPhase: (phase) => {
        if (phase === at) first.run.cancel()
      },
    },
  })
  await first.run.done
}

test('what was owed under the old name is committed under it, before the rest', async () => {
  const place = new Place()
  await diesAt(place, 'before-commit')
  expect(place.world.committed.size).toBe(0)
  const second = new ScriptedRun(place, scriptedJob(place.world, renamed))
  await second.untilCommitted(2)
  const sinks = [...place.world.committed.values()].map(({ sink }) => sink)
  expect(sinks.slice(0, 2)).toEqual(['out', 'results'])
  expect(place.world.aborted).toEqual([])
})

test('what was prepared under the old name and is named nowhere is swept', async () => {
  const place = new Place()
  await diesAt(place, 'before-manifest')
  expect(place.world.open().map(({ sink }) => sink)).toEqual(['out'])
  const second = new ScriptedRun(place, scriptedJob(place.world, renamed))
  await second.untilCommitted(1)
  expect(place.world.aborted.map(({ sink }) => sink)).toEqual(['out'])
  expect(place.world.open().filter(({ sink }) => sink === 'out')).toEqual([])
})

test('a sleeper that prepares under the old name is swept after the next checkpoint', async () => {
  const place = new Place()
  await diesAt(place, 'before-commit')
  const [owed] = place.world.open()
  const second = new ScriptedRun(place, scriptedJob(place.world, renamed))
  await second.untilCommitted(1)
  place.world.prepare({ ...(owed as NonNullable<typeof owed>), checkpoint: 999 })
  const before = second.events.committed.length
  await second.untilCommitted(before + 2)
  expect(place.world.aborted.map(({ checkpoint }) => checkpoint)).toEqual([999])
})

test('a sink of another kind does not take over what is owed to the old one', async () => {
  const place = new Place()
  await diesAt(place, 'before-commit')
  const other = scriptedJob(place.world, { ...renamed, sinkKind: 'elsewhere' })
  const second = new ScriptedRun(place, other)
  const { error } = await second.run.done
  expect(error?.code).toBe('CHECKPOINT_INCOMPATIBLE')
  expect(error?.message).toContain(
    "are owed to sink 'out', which the job had as world and now has as elsewhere",
  )
})
