import { SluiceError } from '@sluice/core'
import { expect, test } from 'vitest'
import { Place, ScriptedRun } from './world/scripted-run.ts'
import { scriptedJob } from './world/scripted-job.ts'
import type { ScriptedWorker } from './world/scripted-worker.ts'

const restartByDefault = {
  strategy: 'exponential',
  initialDelayMs: 1,
  maxDelayMs: 2,
  resetAfterMs: 600_000,
  userErrorRestarts: 3,
} as const

/** Declines one checkpoint and obeys from then on. */
function declining(checkpoint: number, error: SluiceError): (worker: ScriptedWorker) => void {
  return (worker) => {
    worker.react = (message) => {
      if (message.type === 'trigger' && message.checkpoint === checkpoint) {
        const wire = error.toWire()
        worker.says({ type: 'decline', checkpoint, chain: 0, subtask: 0, error: wire })
      } else worker.obey(message)
    }
  }
}

test('the death of one worker ends them all and begins a new generation', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), { parallelism: 2 })
  await scripted.untilCommitted(2)
  const [one, other] = scripted.current
  one?.dies()
  await scripted.untilRunning(2)
  expect(other?.terminated).toBe(true)
  const [before, after] = scripted.events.running
  expect(after?.generation).toBeGreaterThan(before?.generation ?? 0)
  expect(after?.restoredFrom).toBe(scripted.run.status().restoredFrom)
  expect(scripted.events.restarting[0]?.error.code).toBe('WORKER_DIED')
  await scripted.untilCommitted(4)
  expect(scripted.run.status().restarts).toBe(1)
})

test('late answers of an old attempt change nothing', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world))
  await scripted.untilCommitted(1)
  const [old] = scripted.current
  old?.dies()
  await scripted.untilRunning(2)
  const next = scripted.run.status().lastCheckpoint?.id ?? 0
  for (let checkpoint = next; checkpoint < next + 20; checkpoint++) {
    old?.acknowledgeAll({ type: 'trigger', checkpoint, stop: false })
  }
  old?.says({ type: 'failed', error: new SluiceError('WORKER_DIED', 'late').toWire() })
  old?.finish()
  await scripted.untilCommitted(3)
  expect(scripted.run.status()).toMatchObject({ state: 'running', restarts: 1 })
  const named = [...place.world.committed.values()].map((name) => name.generation)
  expect(new Set(named).size).toBe(2)
})

test('with no failures tolerated a declined checkpoint restarts the tasks', async () => {
  const place = new Place()
  const error = new SluiceError('SINK_FAILED', 'The folder is away.')
  const scripted = new ScriptedRun(place, scriptedJob(place.world), { script: declining(1, error) })
  await scripted.untilRunning(2)
  expect(scripted.events['checkpoint-failed'][0]).toMatchObject({
    checkpoint: 1,
    reason: 'declined',
  })
  expect(scripted.events.restarting[0]?.error).toMatchObject({
    code: 'CHECKPOINT_FAILED',
    where: { checkpoint: 1 },
  })
})

test('after a tolerated failure the next checkpoint names all of it', async () => {
  const place = new Place()
  const error = new SluiceError('SINK_FAILED', 'The folder is away.')
  const scripted = new ScriptedRun(place, scriptedJob(place.world, { tolerableFailures: 1 }), {
    parallelism: 2,
    script: (worker) => {
      // One subtask prepares and acknowledges, the other declines: the first one's work stays owed.
      if (worker.start.index === 1) declining(1, error)(worker)
    },
  })
  await scripted.untilCommitted(1)
  scripted.run.stop()
  await scripted.run.done
  expect(scripted.run.status()).toMatchObject({ restarts: 0, failedCheckpoints: 1 })
  expect(scripted.workers[0]?.messagesOf('abandoned')).toEqual([
    { type: 'abandoned', checkpoint: 1 },
  ])
  const first = [...place.world.committed.values()].filter(({ checkpoint }) => checkpoint === 1)
  expect(first.map(({ part }) => part)).toEqual(['0'])
  expect(place.world.open()).toEqual([])
})

test('a storage that is away for a moment fails checkpoints and counts nothing', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    script: declining(1, new SluiceError('STORAGE_FULL', 'No space is left.')),
  })
  await scripted.untilCommitted(1)
  expect(scripted.events['checkpoint-failed'][0]?.reason).toBe('storage-unavailable')
  expect(scripted.run.status().restarts).toBe(0)
})

test('an error that no restart mends fails the job, with the error itself', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    script: declining(2, new SluiceError('RECORD_NOT_ENCODABLE', 'A function is no record.')),
  })
  const { outcome, error } = await scripted.run.done
  expect(outcome).toBe('failed')
  expect(error?.code).toBe('RECORD_NOT_ENCODABLE')
})

test('a checkpoint that takes too long has failed', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world, { tolerableFailures: 1 }), {
    options: { settings: { checkpoint: { timeoutMs: 30 } } },
    script: (worker) => {
      worker.react = (message) => {
        if (message.type !== 'trigger' || message.checkpoint !== 1) worker.obey(message)
      }
    },
  })
  await scripted.untilCommitted(1)
  expect(scripted.events['checkpoint-failed'][0]).toMatchObject({
    checkpoint: 1,
    reason: 'timed-out',
  })
})

test('a later checkpoint that is complete first ends the one before it', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    options: { settings: { checkpoint: { maxConcurrent: 2 } } },
    script: (worker) => {
      worker.react = (message) => {
        if (message.type !== 'trigger' || message.checkpoint !== 1) worker.obey(message)
      }
    },
  })
  await scripted.untilCommitted(1)
  expect(scripted.events.committed[0]?.checkpoint).toBe(2)
  expect(scripted.events['checkpoint-failed'][0]).toMatchObject({
    checkpoint: 1,
    reason: 'overtaken',
  })
})

test('where an enumerator cannot be snapshotted no barrier is sent', async () => {
  const place = new Place()
  const { ScriptedSource } = await import('./world/scripted-source.ts')
  const source = new ScriptedSource()
  let snapshots = 0
  source.onSnapshot = () => {
    if (++snapshots === 1) throw new Error('the listing is half read')
  }
  const job = scriptedJob(place.world, { source, tolerableFailures: 1 })
  const scripted = new ScriptedRun(place, job)
  await scripted.untilCommitted(1)
  expect(scripted.events['checkpoint-failed'][0]?.reason).toBe('trigger-failed')
  const triggers = scripted.workers[0]?.messagesOf('trigger') ?? []
  expect(triggers.map(({ checkpoint }) => checkpoint)).not.toContain(1)
})

test('the restart strategy gives up in the end and says what failed last', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    options: { settings: { restart: { strategy: 'fixed', delayMs: 0, maxAttempts: 2 } } },
    script: (worker) => {
      worker.react = (message) => {
        if (message.type === 'run') worker.dies({ kind: 'out-of-memory' })
      }
    },
  })
  const { outcome, error, restarts } = await scripted.run.done
  expect(outcome).toBe('failed')
  expect(error?.code).toBe('RESTARTS_EXHAUSTED')
  expect(error?.cause).toMatchObject({ code: 'WORKER_OUT_OF_MEMORY' })
  expect(restarts).toBe(2)
})

test('an error of the user that comes back without progress fails the job as it is', async () => {
  const place = new Place()
  const thrown = new SluiceError('USER_FUNCTION_FAILED', 'The function of step one threw.', {
    where: { step: 'one' },
    hint: 'Look at the record.',
  })
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    options: { settings: { restart: restartByDefault } },
    script: (worker) => {
      worker.react = (message) => {
        // The first attempt completes a checkpoint, the others none.
        const fails = scripted.events.committed.length > 0
        if (message.type === 'trigger' && fails) {
          worker.says({ type: 'failed', error: thrown.toWire() })
        } else worker.obey(message)
      }
    },
  })
  const { outcome, error, restarts, lastCheckpoint } = await scripted.run.done
  expect({ outcome, restarts }).toEqual({ outcome: 'failed', restarts: 3 })
  expect(error).toMatchObject({
    code: 'USER_FUNCTION_FAILED',
    message: thrown.message,
    where: { step: 'one' },
    hint:
      'Look at the record. It came back after each restart. Mend it: the next run goes ' +
      `on from checkpoint ${lastCheckpoint}.`,
  })
})

test('without a restart strategy the first failure ends the run with its own error', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    options: { settings: { restart: { strategy: 'none' } } },
    script: (worker) => {
      worker.react = (message) => {
        if (message.type === 'run') worker.dies()
      }
    },
  })
  expect((await scripted.run.done).error?.code).toBe('WORKER_DIED')
})

test('a worker that built another graph fails the job', async () => {
  const place = new Place()
  const scripted = new ScriptedRun(place, scriptedJob(place.world), {
    script: (worker) => worker.says({ type: 'ready', planHash: 'another' }),
  })
  const { error } = await scripted.run.done
  expect(error?.code).toBe('JOB_NOT_DETERMINISTIC')
})
