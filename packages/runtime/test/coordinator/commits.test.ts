import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '@sluice/core'
import { expect, test } from 'vitest'
import { Place, ScriptedRun } from './world/scripted-run.ts'
import { scriptedJob } from './world/scripted-job.ts'

test('what a checkpoint names is committed, each once, and workers hear of it', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), { parallelism: 2 })
  await scripted.untilCommitted(3)
  scripted.run.stop()
  expect((await scripted.run.done).outcome).toBe('stopped')
  expect(place.world.open()).toEqual([])
  const commits = place.world.history.filter((line) => line.startsWith('commit '))
  expect(commits.length).toBe(place.world.committed.size)
  const [worker] = scripted.workers
  const completed = worker?.messagesOf('completed').map(({ checkpoint }) => checkpoint)
  expect(completed).toEqual(scripted.events['checkpoint-completed'].map((e) => e.checkpoint.id))
})

test('nothing is committed before the entry stands', async () => {
  const place = new Place()
  const seen: string[] = []
  place.world.beforeCommit = async ({ checkpoint }) => {
    seen.push(`commit ${checkpoint}`)
  }
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    options: {
      onPhase: (phase, { checkpoint }) => {
        if (phase === 'after-manifest') seen.push(`entry ${checkpoint}`)
      },
    },
  })
  await scripted.untilCommitted(2)
  scripted.run.cancel()
  expect(seen.slice(0, 4)).toEqual(['entry 1', 'commit 1', 'entry 2', 'commit 2'])
})

test('an entry is appended only when everything the one before owes is proven', async () => {
  const place = new Place()
  const release = Promise.withResolvers<void>()
  place.world.beforeCommit = async ({ checkpoint }) => {
    if (checkpoint === 1) await release.promise
  }
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    options: { settings: { checkpoint: { maxConcurrent: 2 } } },
  })
  await scripted.until(
    () => scripted.events['checkpoint-triggered'].length >= 2,
    'a second checkpoint is triggered',
  )
  await scripted.until(() => scripted.run.status().commitsOwed === 1, 'a commit is owed')
  expect(scripted.events['checkpoint-completed']).toHaveLength(1)
  release.resolve()
  await scripted.untilCommitted(2)
  expect(place.world.history.slice(0, 4)).toEqual([
    'commit 1',
    'committed-checkpoint 1',
    'commit 2',
    'committed-checkpoint 2',
  ])
})

test('a commit that fails before or after its effect is tried until proven', async () => {
  const place = new Place()
  let failures = 0
  place.world.beforeCommit = async () => {
    if (failures++ === 0) throw new Error('the broker is away')
  }
  place.world.afterCommit = () => {
    if (failures++ === 2) throw new Error('the answer was lost')
  }
  const scripted = new ScriptedRun(place, scriptedJob(place.world))
  await scripted.untilCommitted(1)
  expect(scripted.events['commit-retried'].map(({ error }) => error.code)).toEqual([
    'COMMIT_FAILED',
    'COMMIT_FAILED',
  ])
  expect(scripted.run.status().restarts).toBe(0)
})

test('a run that starts commits what is owed before any worker starts', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), {
    options: {
      onPhase: (phase) => {
        if (phase === 'before-commit') first.run.cancel()
      },
    },
  })
  expect((await first.run.done).outcome).toBe('cancelled')
  expect(place.world.committed.size).toBe(0)
  expect(place.world.open()).toHaveLength(1)

  const second = new ScriptedRun(place, scriptedJob(place.world), {
    script: () => place.world.history.push('worker starts'),
  })
  await second.untilRunning()
  expect(place.world.history).toEqual(['commit 1', 'committed-checkpoint 1', 'worker starts'])
  expect(second.events.committed[0]).toMatchObject({ checkpoint: 1, recovered: true })
})

test('what no entry names is aborted by the next run, and what is named is not', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), {
    options: {
      onPhase: (phase, { checkpoint }) => {
        if (phase === 'before-manifest' && checkpoint === 2) first.run.cancel()
      },
    },
  })
  await first.run.done
  // Checkpoint 1 is committed; what was prepared for checkpoint 2 is named nowhere.
  expect(place.world.open().map(({ checkpoint }) => checkpoint)).toEqual([2])
  const second = new ScriptedRun(place, scriptedJob(place.world))
  await second.untilRunning()
  expect(place.world.aborted.map(({ checkpoint }) => checkpoint)).toEqual([2])
  expect(second.events.aborted).toEqual([{ sink: 'out', count: 1 }])
})

test('noted commits are not done again', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world))
  await first.untilCommitted(1)
  first.run.stop()
  await first.run.done
  const before = place.world.history.length
  const second = new ScriptedRun(place, scriptedJob(place.world), { everyMs: 60_000 })
  await second.untilRunning()
  expect(place.world.history.length).toBe(before)
})

test('a promise that cannot be kept stops the job and names checkpoint and sink', async () => {
  const place = new Place()
  place.world.beforeCommit = async () => {
    throw new SluiceError('COMMIT_IMPOSSIBLE', 'The broker aborted the transaction.')
  }
  const scripted = new ScriptedRun(place, scriptedJob(place.world))
  const { outcome, error } = await scripted.run.done
  expect(outcome).toBe('failed')
  expect(error).toMatchObject({
    code: 'COMMIT_IMPOSSIBLE',
    where: { sink: 'out', checkpoint: 1 },
  })
  expect(place.world.aborted).toEqual([])
})

test('an impossible promise is let go of by the operator alone, and it is said', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world))
  await first.untilCommitted(1)
  place.world.beforeCommit = async () => {
    throw new SluiceError('COMMIT_IMPOSSIBLE', 'The broker aborted the transaction.')
  }
  expect((await first.run.done).outcome).toBe('failed')
  const again = new ScriptedRun(place, scriptedJob(place.world))
  expect((await again.run.done).error?.code).toBe('COMMIT_IMPOSSIBLE')
  const letGo = new ScriptedRun(place, scriptedJob(place.world), {
    options: { from: 1, acceptDuplicates: true },
    everyMs: 60_000,
  })
  await letGo.untilRunning()
  expect(letGo.events.running[0]?.restoredFrom).toBe(1)
  expect(letGo.events.warning[0]?.message).toContain('lets go')
})

test('with an impossible promise no later one is let go of, whatever fails then', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world))
  await first.untilCommitted(1)
  place.world.beforeCommit = async () => {
    throw new SluiceError('COMMIT_IMPOSSIBLE', 'The broker aborted the transaction.')
  }
  await first.run.done
  let given = 0
  place.world.beforeCommit = async () => {
    if (given++ === 0) throw new SluiceError('COMMIT_IMPOSSIBLE', 'It is gone for good.')
  }
  // A worker dies when the next entry stands, before its commits are under way.
  let died = false
  const letGo = new ScriptedRun(place, scriptedJob(place.world), {
    options: {
      from: 1,
      acceptDuplicates: true,
      onPhase: (phase) => {
        if (phase !== 'after-manifest' || died) return
        died = true
        letGo.current[0]?.dies()
      },
    },
  })
  await letGo.untilRunning(2)
  await letGo.untilCommitted(2)
  letGo.run.stop()
  await letGo.run.done
  const committed = [...place.world.committed.values()].map(({ checkpoint }) => checkpoint)
  for (const { checkpoint } of letGo.events['checkpoint-completed']) {
    expect(committed).toContain(checkpoint.id)
  }
})

test('a promise is let go of only where it is made again: no loss was accepted', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world))
  await first.untilCommitted(1)
  place.world.beforeCommit = async () => {
    throw new SluiceError('COMMIT_IMPOSSIBLE', 'The broker aborted the transaction.')
  }
  await first.run.done
  const newest = first.events['checkpoint-completed'].at(-1)?.checkpoint.id ?? 0
  const refused = new ScriptedRun(place, scriptedJob(place.world), {
    options: { from: newest, acceptDuplicates: true },
  })
  const { error } = await refused.run.done
  expect(error?.code).toBe('COMMIT_IMPOSSIBLE')
  expect(error?.hint).toContain('an older one')
  const letGo = new ScriptedRun(place, scriptedJob(place.world), {
    options: { from: newest - 1, acceptDuplicates: true },
    everyMs: 60_000,
  })
  await letGo.untilRunning()
})

test('of several sinks only the one that cannot keep its promise is let go of', async () => {
  const place = new Place()
  const job = scriptedJob(place.world, { secondSink: 'copy' })
  const first = new ScriptedRun(place, job)
  await first.untilCommitted(1)
  place.world.beforeCommit = async ({ sink }) => {
    if (sink === 'out') throw new SluiceError('COMMIT_IMPOSSIBLE', 'It is gone for good.')
    throw new Error('it is away for a moment')
  }
  await first.run.done
  const owed = place.world.open().filter(({ sink }) => sink === 'copy')
  expect(owed).toHaveLength(1)
  place.world.beforeCommit = async ({ sink }) => {
    if (sink === 'out') throw new SluiceError('COMMIT_IMPOSSIBLE', 'It is gone for good.')
  }
  const letGo = new ScriptedRun(place, job, {
    options: { from: 1, acceptDuplicates: true },
    everyMs: 60_000,
  })
  await letGo.untilRunning()
  expect(place.world.open().map(({ sink }) => sink)).toEqual(['out'])
})

test('results of another history are refused, and adopted when the operator says so', async () => {
  const place = new Place()
  place.world.foreignTraces = 'part files of the log 00ff'
  const refused = new ScriptedRun(place, scriptedJob(place.world))
  const { error } = await refused.run.done
  expect(error).toMatchObject({ code: 'SINK_FOREIGN_HISTORY', where: { sink: 'out' } })
  expect(refused.workers).toEqual([])
  const adopting = new ScriptedRun(place, scriptedJob(place.world), {
    options: { startOver: true },
  })
  await adopting.untilCommitted(1)
})

test('another history is adopted before anything is committed beside it', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), {
    options: {
      onPhase: (phase) => {
        if (phase === 'before-commit') first.run.cancel()
      },
    },
  })
  await first.run.done
  place.world.foreignTraces = 'part files of the log 00ff'
  place.world.beforeCommit = async () => {
    if (place.world.adoptedBy === undefined) {
      throw new SluiceError('SINK_FOREIGN_HISTORY', 'Nothing is published beside it.')
    }
  }
  const refused = new ScriptedRun(place, scriptedJob(place.world))
  expect((await refused.run.done).error?.code).toBe('SINK_FOREIGN_HISTORY')
  const adopting = new ScriptedRun(place, scriptedJob(place.world), {
    options: { startOver: true },
    everyMs: 60_000,
  })
  await adopting.untilRunning()
  expect(place.world.committed.size).toBe(1)
})

test('what no committer could ever commit is refused before an entry names it', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world, { sink: null }), {
    script: (worker) => {
      worker.preparing = 'none'
    },
  })
  expect((await scripted.run.done).error?.code).toBe('JOB_INVALID')
  const later = new ScriptedRun(place, scriptedJob(place.world, { sink: null }))
  await later.untilCommitted(1)
})

test('a note that another log left behind spares no commit', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), {
    options: {
      onPhase: (phase) => {
        if (phase === 'before-commit') first.run.cancel()
      },
    },
  })
  await first.run.done
  mkdirSync(join(place.folder, 'notes'), { recursive: true })
  writeFileSync(join(place.folder, 'notes', 'committed-1'), '0123456789abcdef 2\n')
  const second = new ScriptedRun(place, scriptedJob(place.world), { everyMs: 60_000 })
  await second.untilRunning()
  expect(place.world.committed.size).toBe(1)
})
