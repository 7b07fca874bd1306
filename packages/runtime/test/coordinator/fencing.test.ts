import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '@sluice/core'
import { expect, test } from 'vitest'
import { entryForm } from '../../src/checkpoint/protocol/log/entry-codec.ts'
import { frame } from '../../src/checkpoint/protocol/log/framed-json.ts'
import { Place, ScriptedRun } from './world/scripted-run.ts'
import { scriptedJob } from './world/scripted-job.ts'

test('a second run ends the first, which restarts nothing', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world))
  await first.untilCommitted(2)
  const second = new ScriptedRun(place, scriptedJob(place.world))
  const { outcome, error, restarts } = await first.run.done
  expect(outcome).toBe('fenced')
  expect(error?.code).toBe('FENCED')
  expect(restarts).toBe(0)
  expect(first.events.fenced).toEqual([{ generation: 1 }])
  await second.untilCommitted(2)
  second.run.stop()
  await second.run.done
  // What the first one had prepared last was swept by the second, at its start or later.
  expect(place.world.open()).toEqual([])
})

test('a run that slept through its successor commits nothing more', async () => {
  const place = new Place()
  const asleep = Promise.withResolvers<void>()
  place.world.beforeCommit = async ({ generation, checkpoint }) => {
    if (generation === 1 && checkpoint === 2) await asleep.promise
  }
  const first = new ScriptedRun(place, scriptedJob(place.world))
  await first.until(() => first.events['checkpoint-completed'].length >= 2, 'entry 2 stands')
  place.world.beforeCommit = async ({ generation, checkpoint }) => {
    if (generation === 1 && checkpoint > 2) throw new Error('beyond its log')
  }
  const second = new ScriptedRun(place, scriptedJob(place.world))
  await second.untilCommitted(3)
  expect(second.events.committed[0]).toMatchObject({ checkpoint: 2, recovered: true })
  asleep.resolve()
  expect((await first.run.done).outcome).toBe('fenced')
})

test('a commit error is not believed when a newer run has taken over', async () => {
  const place = new Place()
  const asleep = Promise.withResolvers<void>()
  place.world.beforeCommit = async ({ checkpoint }) => {
    if (checkpoint !== 2) return
    await asleep.promise
    throw new Error('the transaction is unknown')
  }
  const first = new ScriptedRun(place, scriptedJob(place.world))
  await first.until(
    () => first.run.status().commitsOwed === 1 && first.events['checkpoint-completed'].length === 2,
    'commit 2 hangs',
  )
  place.world.beforeCommit = async () => {}
  const second = new ScriptedRun(place, scriptedJob(place.world))
  await second.untilRunning()
  asleep.resolve()
  const { outcome } = await first.run.done
  expect(outcome).toBe('fenced')
  expect(first.events['commit-retried']).toEqual([])
})

test('no error of a run is believed when a newer one has taken over', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), { everyMs: 60_000 })
  await first.untilRunning()
  const second = new ScriptedRun(place, scriptedJob(place.world))
  await second.untilCommitted(2)
  // Its tasks restore so late that the second run has collected what they read.
  const gone = new SluiceError('CHECKPOINT_DAMAGED', 'The segment is missing.')
  first.workers[0]?.says({ type: 'failed', error: gone.toWire() })
  const { outcome, error } = await first.run.done
  expect(outcome).toBe('fenced')
  expect(error?.code).toBe('FENCED')
})

test('of three runs that start at once the last fence wins', async () => {
  const place = new Place()
  const runs = [1, 2, 3].map(() => new ScriptedRun(place, scriptedJob(place.world)))
  const last = await Promise.any(
    runs.map(async (scripted) => {
      await scripted.untilCommitted(6)
      return scripted
    }),
  )
  last.run.stop()
  expect((await last.run.done).outcome).toBe('stopped')
  const others = runs.filter((scripted) => scripted !== last)
  for (const { run } of others) expect((await run.done).outcome).toBe('fenced')
  const generations = [...place.world.committed.values()].map(({ generation }) => generation)
  expect(generations).toEqual([...generations].sort((a, b) => a - b))
})

test('another job in the same folder is refused before anything is touched', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world))
  await first.untilCommitted(1)
  const other = new ScriptedRun(place, scriptedJob(place.world, { name: 'another' }))
  expect((await other.run.done).error?.code).toBe('CHECKPOINT_FOREIGN_JOB')
  await first.untilCommitted(3)
})

test('a restart in the same process stands back when another run came in between', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), { everyMs: 60_000 })
  await first.untilRunning()
  const second = new ScriptedRun(place, scriptedJob(place.world))
  await second.untilCommitted(1)
  first.current[0]?.dies()
  expect((await first.run.done).outcome).toBe('fenced')
  await second.untilCommitted(3)
})

test('what a sleeper prepares later is swept with the next checkpoint', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), { everyMs: 60_000 })
  await first.untilRunning()
  const second = new ScriptedRun(place, scriptedJob(place.world))
  await second.untilCommitted(1)
  const { logId } = first.workers[0]?.start ?? { logId: '' }
  place.world.prepare({ logId, sink: 'out', generation: 1, checkpoint: 9, part: 'late' })
  place.world.prepare({ logId: 'another', sink: 'out', generation: 1, checkpoint: 9, part: '0' })
  await second.until(() => place.world.aborted.length > 0, 'the late one is aborted')
  expect(place.world.aborted.map(({ part }) => part)).toEqual(['late'])
  await second.untilCommitted(4)
  expect(place.world.open().filter(({ generation }) => generation === 1)).toHaveLength(1)
})

test('a run that wakes when its successor has ended throws away what it prepared', async () => {
  const place = new Place()
  const asleep = Promise.withResolvers<void>()
  place.world.beforeCommit = async ({ generation, checkpoint }) => {
    if (generation === 1 && checkpoint === 2) await asleep.promise
  }
  const first = new ScriptedRun(place, scriptedJob(place.world))
  await first.until(() => first.events['checkpoint-completed'].length >= 2, 'entry 2 stands')
  place.world.beforeCommit = async () => {}
  const second = new ScriptedRun(place, scriptedJob(place.world))
  await second.untilCommitted(3)
  second.run.stop()
  expect((await second.run.done).outcome).toBe('stopped')
  const { logId } = first.workers[0]?.start ?? { logId: '' }
  const own = { logId, sink: 'out', generation: 1, checkpoint: 9, part: 'late' }
  const names = [own, { ...own, generation: 2 }, { ...own, logId: 'another' }]
  for (const name of names) place.world.prepare(name)
  asleep.resolve()
  expect((await first.run.done).outcome).toBe('fenced')
  expect(place.world.aborted).toContainEqual(own)
  expect(place.world.open()).toEqual(names.slice(1))
})

test('a run that is fenced leaves alone what its newest entry owes', async () => {
  const place = new Place()
  const asleep = Promise.withResolvers<void>()
  place.world.beforeCommit = async ({ checkpoint }) => {
    if (checkpoint === 2) await asleep.promise
  }
  const first = new ScriptedRun(place, scriptedJob(place.world))
  await first.until(() => first.events['checkpoint-completed'].length >= 2, 'entry 2 stands')
  // The second has raised its fence, and hangs where it commits what the first has promised.
  const second = new ScriptedRun(place, scriptedJob(place.world))
  await second.until(() => second.run.status().generation > 1, 'the fence stands')
  const owed = place.world.open().filter(({ checkpoint }) => checkpoint === 2)
  expect(owed.length).toBeGreaterThan(0)
  first.workers[0]?.says({ type: 'failed', error: new SluiceError('SINK_FAILED', 'x').toWire() })
  expect((await first.run.done).outcome).toBe('fenced')
  expect(place.world.open()).toEqual(expect.arrayContaining(owed))
  asleep.resolve()
  await second.untilCommitted(3)
  for (const name of owed) expect(place.world.aborted).not.toContainEqual(name)
})

test('an entry of a newer format at its next position ends a run as fenced', async () => {
  const place = new Place()
  const run = new ScriptedRun(place, scriptedJob(place.world))
  await run.untilCommitted(1)
  // Held back until the newer version has written; then the run meets its entry.
  place.world.beforeCommit = async () => {
    const positions = readdirSync(join(place.folder, 'log')).map(Number)
    const next = String(Math.max(...positions) + 1).padStart(12, '0')
    const bytes = frame({ ...entryForm, format: entryForm.format + 1 }, new Uint8Array([123, 125]))
    if (!existsSync(join(place.folder, 'log', next))) {
      writeFileSync(join(place.folder, 'log', next), bytes)
    }
  }
  const { outcome, error } = await run.run.done
  expect({ outcome, code: error?.code }).toEqual({ outcome: 'fenced', code: 'FENCED' })
  const again = new ScriptedRun(place, scriptedJob(place.world))
  expect((await again.run.done).error?.code).toBe('CHECKPOINT_FORMAT_NEWER')
})
