import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Place, ScriptedRun } from './world/scripted-run.ts'
import { scriptedJob } from './world/scripted-job.ts'
import type { ScriptedWorker } from './world/scripted-worker.ts'

/** All input is processed as soon as tasks run. */
function finishes(worker: ScriptedWorker): void {
  worker.react = (message) => {
    worker.obey(message)
    if (message.type === 'run') worker.finish()
  }
}

test('a bounded job says that it ended when its last commits are proven', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    everyMs: 60_000,
    parallelism: 2,
    script: finishes,
  })
  const { outcome, lastCheckpoint } = await scripted.run.done
  expect(outcome).toBe('finished')
  expect(lastCheckpoint).toBe(1)
  expect(place.world.open()).toEqual([])
  expect(place.world.committed.size).toBe(2)
  expect(scripted.events.state.map(({ state }) => state)).toEqual([
    'recovering',
    'running',
    'finishing',
    'finished',
  ])
  for (const worker of scripted.workers) expect(worker.messagesOf('close')).toHaveLength(1)
})

test('a job that has finished says so and starts nothing', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), {
    everyMs: 60_000,
    script: finishes,
  })
  await first.run.done
  const again = new ScriptedRun(place, scriptedJob(place.world))
  const { outcome, lastCheckpoint } = await again.run.done
  expect(outcome).toBe('finished-before')
  expect(lastCheckpoint).toBe(1)
  expect(again.workers).toEqual([])
})

test('a job that has finished is cleared of what its last collection missed', async () => {
  const place = new Place()
  const options = { everyMs: 60_000, script: finishes }
  const first = new ScriptedRun(place, scriptedJob(place.world), options)
  await first.run.done
  const folder = join(place.folder, 'segments')
  const { logId } = first.workers[0]?.start ?? { logId: '' }
  const missed = `${logId}.1.1.count.0.9.segment`
  writeFileSync(join(folder, missed), 'of an attempt at checkpoint 1 that failed')
  writeFileSync(join(folder, 'notes-of-a-person.txt'), 'keep me')
  await new ScriptedRun(place, scriptedJob(place.world)).run.done
  expect(readdirSync(folder)).toEqual(['notes-of-a-person.txt'])
})

test('killed between last entry and commits, the next run commits and is done', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), {
    everyMs: 60_000,
    script: finishes,
    options: {
      onPhase: (phase) => {
        if (phase === 'after-manifest') first.run.cancel()
      },
    },
  })
  await first.run.done
  expect(place.world.committed.size).toBe(0)
  const second = new ScriptedRun(place, scriptedJob(place.world))
  expect((await second.run.done).outcome).toBe('finished-before')
  expect(place.world.open()).toEqual([])
  expect(second.workers).toEqual([])
})

test('the run that commits for one that was killed at its end clears away after it too', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), {
    everyMs: 60_000,
    script: finishes,
    options: {
      onPhase: (phase) => {
        if (phase === 'in-commit') first.run.cancel()
      },
    },
  })
  await first.run.done
  const folder = join(place.folder, 'segments')
  const { logId } = first.workers[0]?.start ?? { logId: '' }
  writeFileSync(join(folder, `${logId}.1.1.count.0.9.segment`), 'of an attempt that failed')
  // No note said that the commits were proven, so this run proves them again (seed 6716).
  const second = new ScriptedRun(place, scriptedJob(place.world))
  expect((await second.run.done).outcome).toBe('finished-before')
  expect(readdirSync(folder)).toEqual([])
})

test('stop takes a checkpoint that the sources do not read beyond', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), { everyMs: 60_000 })
  await scripted.untilRunning()
  scripted.run.stop()
  const { outcome, lastCheckpoint } = await scripted.run.done
  expect(outcome).toBe('stopped')
  expect(lastCheckpoint).toBe(1)
  expect(scripted.workers[0]?.messagesOf('trigger')).toEqual([
    { type: 'trigger', checkpoint: 1, stop: true },
  ])
  expect(place.world.open()).toEqual([])
})

test('a stop that finds a checkpoint under way comes after it', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    options: {
      onPhase: (phase) => {
        if (phase === 'triggered' && scripted.run.status().state === 'running') scripted.run.stop()
      },
    },
  })
  expect((await scripted.run.done).outcome).toBe('stopped')
  expect(scripted.events['checkpoint-triggered'].map(({ stop }) => stop)).toEqual([false, true])
})

test('a second stop ends the run at once', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    everyMs: 60_000,
    script: (worker) => {
      worker.react = () => {}
    },
  })
  await scripted.untilRunning()
  scripted.run.stop()
  scripted.run.stop()
  expect((await scripted.run.done).outcome).toBe('cancelled')
  expect(scripted.workers.every((worker) => worker.terminated)).toBe(true)
})

test('a stop during a restart ends after the commits that are owed', async () => {
  const place = new Place()
  let commits = 0
  place.world.beforeCommit = async () => {
    commits += 1
    if (commits === 1) throw new Error('the broker is away')
  }
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    options: { settings: { restart: { strategy: 'fixed', delayMs: 60_000, maxAttempts: 3 } } },
  })
  await scripted.until(() => commits >= 1, 'a commit fails')
  scripted.current[0]?.dies()
  await scripted.until(() => scripted.run.status().state === 'restarting', 'the delay passes')
  scripted.run.stop()
  expect((await scripted.run.done).outcome).toBe('stopped')
  expect(place.world.open()).toEqual([])
  expect(scripted.workers).toHaveLength(1)
})

test('without checkpoints a job runs to its end, and a failure ends it', async () => {
  const place = new Place()
  const job = scriptedJob(place.world, { sink: null })
  const options = { settings: { checkpoint: 'off' } } as const
  const good = new ScriptedRun(place, job, {
    options,
    script: finishes,
  })
  expect((await good.run.done).outcome).toBe('finished')
  const bad = new ScriptedRun(place, job, { options })
  await bad.untilRunning()
  bad.current[0]?.dies()
  expect(await bad.run.done).toMatchObject({ outcome: 'failed', restarts: 0 })
})

test('an exactly-once sink refuses to run without exactly-once checkpoints', async () => {
  const place = new Place()
  for (const checkpoint of ['off', { mode: 'at-least-once' }] as const) {
    const scripted = new ScriptedRun(place, scriptedJob(place.world), {
      options: { settings: { checkpoint } },
    })
    const { error } = await scripted.run.done
    expect(error).toMatchObject({ code: 'SINK_NEEDS_CHECKPOINTS', where: { sink: 'out' } })
    expect(scripted.workers).toEqual([])
  }
})

test('the phases of a checkpoint come in their order', async () => {
  const place = new Place()
  const phases: string[] = []
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    parallelism: 2,
    options: { onPhase: (phase) => phases.push(phase) },
  })
  await scripted.untilCommitted(1)
  expect(phases.slice(0, 11)).toEqual([
    'recovering',
    'reading',
    'triggered',
    'aligning',
    'acknowledged',
    'before-manifest',
    'after-manifest',
    'before-commit',
    'in-commit',
    'after-commit',
    'noted',
  ])
})
