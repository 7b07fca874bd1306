// A worker that hears very late that checkpoints are complete goes on naming what they named.

import { expect, it } from 'vitest'
import { scriptedJob } from '../coordinator/world/scripted-job.ts'
import { Place, ScriptedRun } from '../coordinator/world/scripted-run.ts'

it('an entry owes nothing that an earlier one owed, however late workers hear of it', async () => {
  const place = new Place()
  let deaf = true
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    script: (worker) => {
      const obey = worker.react
      worker.react = (message) => {
        if (!deaf || message.type !== 'completed') obey(message)
      }
    },
  })
  await scripted.untilCommitted(5)
  deaf = false
  await scripted.untilCommitted(8)
  const commits = place.world.history.filter((line) => line.startsWith('commit '))
  expect(commits).toEqual([...new Set(commits)])
})
