import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checksumOf } from '../../src/state/segment/content-checksum.ts'
import { LocalStorage } from '../../src/storage/local-storage.ts'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import { formatSegmentName, parseSegmentName } from '../../src/checkpoint/protocol/collection.ts'
import type { SegmentRef } from '../../src/state/state-backend.ts'
import { type JobShape, scriptedJob } from './world/scripted-job.ts'
import { Place, ScriptedRun, type ScriptedOptions } from './world/scripted-run.ts'
import { ScriptedSource } from './world/scripted-source.ts'
import type { ScriptedWorker } from './world/scripted-worker.ts'

const quiet: ScriptedOptions = { everyMs: 60_000 }

/** Runs until `checkpoints` are committed, then stops with another one. */
async function runFor(
  place: Place,
  checkpoints: number,
  shape: JobShape = {},
  options: ScriptedOptions = {},
): Promise<ScriptedRun> {
  const scripted = new ScriptedRun(place, scriptedJob(place.world, shape), options)
  await scripted.untilCommitted(checkpoints)
  scripted.run.stop()
  expect((await scripted.run.done).outcome).toBe('stopped')
  return scripted
}

/** Splits of a source subtask, with their positions. */
function withSplits(worker: ScriptedWorker): void {
  worker.snapshotOf = (chain, subtask, checkpoint) =>
    chain === 0
      ? {
          sources: {
            numbers: [
              { split: { id: `${subtask}-a`, at: checkpoint }, maxEventTime: checkpoint },
              { split: { id: `${subtask}-b`, at: checkpoint }, maxEventTime: checkpoint },
            ],
          },
        }
      : {}
}

test('a run restores the newest checkpoint: splits, enumerator and watermark', async () => {
  const place = new Place()
  const source = new ScriptedSource()
  source.state = { discovered: ['a', 'b'], at: 7n }
  const first = await runFor(place, 1, { source }, { script: withSplits })
  const last = first.run.status().lastCheckpoint?.id ?? 0
  const again = new ScriptedSource()
  const second = new ScriptedRun(place, scriptedJob(place.world, { source: again }), quiet)
  await second.untilRunning()
  expect(again.restored).toEqual([{ discovered: ['a', 'b'], at: 7n }])
  expect(second.events.running[0]?.restoredFrom).toBe(last)
  const [task] = second.workers[0]?.start.restore ?? []
  expect(task).toMatchObject({
    chain: 0,
    subtask: 0,
    checkpoint: last,
    sources: {
      numbers: [
        { split: { id: '0-a', at: last }, maxEventTime: last },
        { split: { id: '0-b', at: last }, maxEventTime: last },
      ],
    },
    watermark: last * 10,
  })
})

test('at another parallelism every split is read by exactly one subtask', async () => {
  const place = new Place()
  await runFor(place, 1, {}, { script: withSplits, parallelism: 3 })
  const second = new ScriptedRun(place, scriptedJob(place.world), { ...quiet, parallelism: 2 })
  await second.untilRunning()
  const splits = second.workers.map(({ start }) =>
    start.restore.flatMap((task) =>
      (task.sources['numbers'] ?? []).map(({ split }) => (split as { id: string }).id),
    ),
  )
  expect(splits.flat().sort()).toEqual(['0-a', '0-b', '1-a', '1-b', '2-a', '2-b'])
  expect(splits.map((each) => each.length)).toEqual([3, 3])
})

test('stateless steps, parallelism and new steps never block a restore', async () => {
  const place = new Place()
  await runFor(place, 1)
  const changed = scriptedJob(place.world, { mapped: true })
  const second = new ScriptedRun(place, changed, { ...quiet, parallelism: 4 })
  await second.untilRunning()
  expect(second.events.running[0]?.restoredFrom).toBeDefined()
})

test('a stateful step without its match is refused, in words, and nothing is fenced', async () => {
  const place = new Place()
  const script = (worker: ScriptedWorker): void => withSegments(place, worker)
  const running = new ScriptedRun(place, scriptedJob(place.world), { script })
  await running.untilCommitted(1)
  const changed = new ScriptedRun(place, scriptedJob(place.world, { counter: 'tally' }))
  const { outcome, error } = await changed.run.done
  expect(outcome).toBe('failed')
  expect(error?.code).toBe('CHECKPOINT_INCOMPATIBLE')
  expect(error?.message).toContain("operator 'count' (process) has no match in the job")
  expect(error?.hint).toContain('--allow-dropped-state')
  await running.untilCommitted(3)
  running.run.stop()
  await running.run.done
})

test('state without a place in the job is dropped where the operator agrees', async () => {
  const place = new Place()
  const script = (worker: ScriptedWorker): void => withSegments(place, worker)
  await runFor(place, 1, {}, { script })
  const changed = scriptedJob(place.world, { counter: 'tally' })
  const agreed: ScriptedOptions = { options: { allowDroppedState: true } }
  const second = new ScriptedRun(place, changed, agreed)
  await second.untilCommitted(1)
  const restored = second.workers[0]?.start.restore.flatMap((task) => Object.keys(task.keyed))
  expect(restored).toEqual([])
  second.run.stop()
  await second.run.done
  const third = new ScriptedRun(place, changed, quiet)
  await third.untilRunning()
})

test('a state that its step no longer declares is told to the tasks, once agreed', async () => {
  const place = new Place()
  const script = (worker: ScriptedWorker): void => withSegments(place, worker)
  await runFor(place, 1, {}, { script })
  const changed = scriptedJob(place.world, { state: 'met' })
  const refused = await new ScriptedRun(place, changed, quiet).run.done
  expect(refused.error?.message).toContain("step 'count' no longer has the state 'seen' (counter)")
  const second = new ScriptedRun(place, changed, { options: { allowDroppedState: true } })
  await second.untilRunning()
  const dropped = second.workers[0]?.start.restore.map((task) => task.dropped)
  expect(dropped).toContainEqual({ count: ['seen'] })
})

test('a stateful step that has stored nothing yet may go, and others may come', async () => {
  const place = new Place()
  await runFor(place, 1)
  const changed = new ScriptedRun(place, scriptedJob(place.world, { counter: 'tally' }), quiet)
  await changed.untilRunning()
})

test('a renamed step goes on with its state', async () => {
  const place = new Place()
  const segments: ScriptedOptions = { script: (worker) => withSegments(place, worker) }
  await runFor(place, 1, {}, segments)
  const renamed = scriptedJob(place.world, { counter: 'tally', counterRenamedFrom: 'count' })
  const second = new ScriptedRun(place, renamed, quiet)
  await second.untilRunning()
  const restored = second.workers[0]?.start.restore.flatMap((task) => Object.keys(task.keyed))
  expect(restored).toEqual(['tally'])
})

test('another kind of source and another maxParallelism are refused in words', async () => {
  const place = new Place()
  await runFor(place, 1)
  const source = new ScriptedRun(place, scriptedJob(place.world, { sourceKind: 'kafka' }))
  expect((await source.run.done).error?.message).toContain(
    'it was source of type scripted and is source of type kafka',
  )
  const groups = new ScriptedRun(place, scriptedJob(place.world, { maxParallelism: 64 }))
  expect((await groups.run.done).error?.message).toContain('maxParallelism was 128 and is 64')
})

test('a sink may be removed only when nothing is owed to it', async () => {
  const place = new Place()
  const first = new ScriptedRun(place, scriptedJob(place.world), {
    options: {
      onPhase: (phase) => {
        if (phase === 'before-commit') first.run.cancel()
      },
    },
  })
  await first.run.done
  const without = new ScriptedRun(place, scriptedJob(place.world, { sink: 'other' }))
  expect((await without.run.done).error?.message).toContain("are owed to sink 'out'")
  await runFor(place, 1)
  const later = new ScriptedRun(place, scriptedJob(place.world, { sink: 'other' }))
  await later.untilCommitted(1)
})

test('going back to an older checkpoint needs consent, commits first and stays there', async () => {
  const place = new Place()
  await runFor(place, 3, { keep: 20 })
  const refused = new ScriptedRun(place, scriptedJob(place.world), { options: { from: 2 } })
  const { error } = await refused.run.done
  expect(error?.code).toBe('USAGE')
  expect(error?.hint).toContain('--accept-duplicates')
  const back = new ScriptedRun(place, scriptedJob(place.world), {
    ...quiet,
    options: { from: 2, acceptDuplicates: true },
  })
  await back.untilRunning()
  expect(back.events.running[0]?.restoredFrom).toBe(2)
  expect(place.world.open()).toEqual([])
  back.current[0]?.dies()
  await back.untilRunning(2)
  expect(back.events.running[1]?.restoredFrom).toBe(2)
  back.run.cancel()
  await back.run.done
  const later = new ScriptedRun(place, scriptedJob(place.world), quiet)
  await later.untilRunning()
  expect(later.events.running[0]?.restoredFrom).toBe(2)
})

test('a run that went back restarts from its own checkpoints, not from there again', async () => {
  const place = new Place()
  await runFor(place, 3, { keep: 20 })
  const back = new ScriptedRun(place, scriptedJob(place.world), {
    options: { from: 2, acceptDuplicates: true },
  })
  await back.untilCommitted(1)
  back.current[0]?.dies()
  await back.untilRunning(2)
  const first = back.events['checkpoint-completed'][0]?.checkpoint.id ?? 0
  expect(back.events.running[1]?.restoredFrom).toBeGreaterThanOrEqual(first)
  expect(first).toBeGreaterThan(2)
})

test('starting from nothing needs consent, and keeps the log', async () => {
  const place = new Place()
  await runFor(place, 2)
  const refused = new ScriptedRun(place, scriptedJob(place.world), { options: { from: 'none' } })
  expect((await refused.run.done).error?.code).toBe('USAGE')
  const anew = new ScriptedRun(place, scriptedJob(place.world), {
    options: { from: 'none', acceptDuplicates: true },
  })
  await anew.untilCommitted(1)
  expect(anew.events.running[0]?.restoredFrom).toBeUndefined()
  expect(anew.workers[0]?.start.restore).toEqual([])
  const ids = anew.events['checkpoint-completed'].map(({ checkpoint }) => checkpoint.id)
  expect(ids[0]).toBeGreaterThan(3)
})

test('a checkpoint that is not there is said to be not there', async () => {
  const place = new Place()
  await runFor(place, 1)
  for (const [from, code] of [
    [77, 'CHECKPOINT_NOT_FOUND'],
    [0, 'USAGE'],
  ] as const) {
    const scripted = new ScriptedRun(place, scriptedJob(place.world), { options: { from } })
    expect((await scripted.run.done).error?.code).toBe(code)
  }
})

/** Writes a segment of the keyed step for each checkpoint, as a state backend would. */
function withSegments(place: Place, worker: ScriptedWorker): void {
  const storage = new LocalStorage(createNodePlatform({ logSink: () => {} }), place.folder)
  const { logId, generation } = worker.start
  const obey = worker.react
  worker.react = (message) => {
    if (message.type !== 'trigger') return obey(message)
    const { checkpoint } = message
    const bytes = new TextEncoder().encode(`state at ${checkpoint}`)
    const name = formatSegmentName({
      logId: logId as never,
      generation: generation as never,
      checkpoint: checkpoint as never,
      step: 'count',
      subtask: 0,
      sequence: 1,
    })
    const segment: SegmentRef = {
      name,
      sizeBytes: bytes.length,
      checksum: checksumOf(bytes),
      step: 'count',
      range: { first: 0, last: 127 },
      kind: 'base',
      entries: 1,
    }
    worker.snapshotOf = (chain) => (chain === 0 ? { keyed: { count: [segment] } } : {})
    // After the end of the test its folder is gone.
    void storage.writeSegment(name, [bytes]).then(
      () => obey(message),
      () => {},
    )
  }
}

test('old checkpoints are deleted, what is retained and what is not ours stays', async () => {
  const place = new Place()
  const script = (worker: ScriptedWorker): void => withSegments(place, worker)
  const first = new ScriptedRun(place, scriptedJob(place.world, { keep: 2 }), { script })
  await first.untilCommitted(2)
  writeFileSync(join(place.folder, 'segments', 'notes-of-a-person.txt'), 'keep me')
  await first.untilCommitted(5)
  first.run.stop()
  await first.run.done
  expect(readdirSync(join(place.folder, 'log'))).toHaveLength(2)
  const segments = readdirSync(join(place.folder, 'segments'))
  expect(segments).toContain('notes-of-a-person.txt')
  expect(segments).toHaveLength(3)
  expect(readdirSync(join(place.folder, 'notes')).length).toBeLessThanOrEqual(2)
})

function newestSegment(place: Place, checkpoint: number): string {
  const names = readdirSync(join(place.folder, 'segments'))
  return names.find((name) => parseSegmentName(name)?.checkpoint === checkpoint) ?? ''
}

test('where a damaged checkpoint owes nothing the one before is used, loudly', async () => {
  const place = new Place()
  const script = (worker: ScriptedWorker): void => withSegments(place, worker)
  const first = await runFor(place, 2, { sink: null }, { script })
  const last = first.run.status().lastCheckpoint?.id ?? 0
  const newest = newestSegment(place, last)
  writeFileSync(join(place.folder, 'segments', newest), 'state at 9')
  const second = new ScriptedRun(place, scriptedJob(place.world, { sink: null }), quiet)
  await second.untilRunning()
  expect(second.events.running[0]?.restoredFrom).toBe(last - 1)
  expect(second.events.warning[0]?.message).toContain('is damaged')
})

test('a damaged checkpoint that owes commits stops the job and says the way out', async () => {
  const place = new Place()
  const script = (worker: ScriptedWorker): void => withSegments(place, worker)
  const first = await runFor(place, 2, {}, { script })
  const last = first.run.status().lastCheckpoint?.id ?? 0
  const newest = newestSegment(place, last)
  rmSync(join(place.folder, 'segments', newest))
  const second = new ScriptedRun(place, scriptedJob(place.world), quiet)
  const { error } = await second.run.done
  expect(error?.code).toBe('CHECKPOINT_DAMAGED')
  expect(error?.message).toContain('Sinks concerned: out')
  expect(error?.hint).toContain(`--from ${last - 1} --accept-duplicates`)
  const back = new ScriptedRun(place, scriptedJob(place.world), {
    ...quiet,
    options: { from: last - 1, acceptDuplicates: true },
  })
  await back.untilRunning()
  expect(back.events.running[0]?.restoredFrom).toBe(last - 1)
})

test('a segment that does not read back as it was written fails the checkpoint', async () => {
  const place = new Place()
  let damaged = ''
  const scripted = new ScriptedRun(place, scriptedJob(place.world, { tolerableFailures: 1 }), {
    script: (worker) => withSegments(place, worker),
    options: {
      onPhase: (phase, { checkpoint }) => {
        if (phase !== 'acknowledged' || checkpoint !== 1) return
        const [name = ''] = readdirSync(join(place.folder, 'segments'))
        damaged = join(place.folder, 'segments', name)
        writeFileSync(damaged, 'state at X')
      },
    },
  })
  await scripted.untilCommitted(1)
  scripted.run.stop()
  await scripted.run.done
  expect(existsSync(damaged)).toBe(false)
  expect(scripted.events['checkpoint-failed'][0]?.error?.message).toContain('do not read back')
})
