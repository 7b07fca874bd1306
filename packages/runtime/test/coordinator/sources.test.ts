import { expect, test } from 'vitest'
import { Place, ScriptedRun } from './world/scripted-run.ts'
import { scriptedJob } from './world/scripted-job.ts'
import { ScriptedSource } from './world/scripted-source.ts'

function typesOf(messages: readonly { readonly type: string }[]): string[] {
  return messages.map(({ type }) => type)
}

test('a split that is assigned after the snapshot is posted after the trigger', async () => {
  const place = new Place()
  const source = new ScriptedSource()
  source.onSnapshot = () => {
    queueMicrotask(() => source.context?.assign(0, [{ id: 'late' }]))
  }
  const scripted = new ScriptedRun(place, scriptedJob(place.world, { source }))
  await scripted.until(
    () => (scripted.workers[0]?.messagesOf('assign').length ?? 0) > 0,
    'a split is assigned',
  )
  expect(typesOf(scripted.workers[0]?.received ?? []).slice(0, 4)).toEqual([
    'pending',
    'run',
    'trigger',
    'assign',
  ])
})

test('requests reach the enumerator, and splits the worker of the subtask', async () => {
  const place = new Place()
  const source = new ScriptedSource()
  source.onRequest = (subtask, context) => {
    if (subtask === 1) context.assign(1, [{ id: 'one' }])
    else context.noMoreSplits(subtask)
  }
  const scripted = new ScriptedRun(place, scriptedJob(place.world, { source }), {
    parallelism: 2,
    everyMs: 60_000,
  })
  await scripted.untilRunning()
  scripted.workers[1]?.says({ type: 'request-split', step: 'numbers', subtask: 1 })
  scripted.workers[0]?.says({ type: 'request-split', step: 'numbers', subtask: 0 })
  expect(scripted.workers[1]?.messagesOf('assign')).toEqual([
    { type: 'assign', step: 'numbers', subtask: 1, splits: [{ id: 'one' }] },
  ])
  expect(scripted.workers[0]?.messagesOf('no-more-splits')).toHaveLength(1)
})

test('pending is raised before the splits of the same turn and lowered after them', async () => {
  const place = new Place()
  const source = new ScriptedSource()
  source.onStart = async (context) => {
    context.setPending(true)
    context.assign(0, [{ id: 'a' }])
    context.setTotal(2)
  }
  source.onRequest = (_, context) => {
    context.setPending(false)
    context.assign(0, [{ id: 'b' }])
  }
  const scripted = new ScriptedRun(place, scriptedJob(place.world, { source }), {
    everyMs: 60_000,
  })
  await scripted.untilRunning()
  const [worker] = scripted.workers
  worker?.says({ type: 'request-split', step: 'numbers', subtask: 0 })
  await scripted.until(() => worker?.messagesOf('pending').length === 2, 'pending is lowered')
  expect(typesOf(worker?.received ?? [])).toEqual(['pending', 'assign', 'run', 'assign', 'pending'])
  expect(scripted.run.status().totals).toEqual({ numbers: 2 })
})

test('an enumerator that fails ends its own attempt and no later one', async () => {
  const place = new Place()
  const source = new ScriptedSource()
  const scripted = new ScriptedRun(place, scriptedJob(place.world, { source }), {
    everyMs: 60_000,
  })
  await scripted.untilRunning()
  const old = source.context
  old?.fail(new Error('the folder vanished'))
  await scripted.untilRunning(2)
  expect(scripted.events.restarting[0]?.error).toMatchObject({
    code: 'SOURCE_UNREADABLE',
    where: { step: 'numbers' },
  })
  old?.fail(new Error('once more'))
  old?.assign(0, [{ id: 'stale' }])
  old?.setPending(true)
  expect(scripted.current[0]?.messagesOf('assign')).toEqual([])
  expect(scripted.run.status()).toMatchObject({ state: 'running', restarts: 1 })
})

test('tasks run only when all workers are ready and all enumerators have started', async () => {
  const place = new Place()
  const source = new ScriptedSource()
  const listing = Promise.withResolvers<void>()
  source.onStart = () => listing.promise
  const scripted = new ScriptedRun(place, scriptedJob(place.world, { source }), {
    everyMs: 60_000,
  })
  await scripted.until(() => source.context !== undefined, 'the enumerator starts')
  expect(scripted.workers[0]?.messagesOf('run')).toEqual([])
  listing.resolve()
  await scripted.untilRunning()
})
