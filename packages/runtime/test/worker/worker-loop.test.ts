import { expect, test } from 'vitest'
import { createDoorbellMemory, SharedDoorbell } from '../../src/network/ring/doorbell.ts'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import type { Platform } from '../../src/platform/platform.ts'
import type { RunOutcome } from '../../src/task/task.ts'
import { type LoopTask, WorkerLoop } from '../../src/worker/worker-loop.ts'

/** A platform whose time passes only as tasks say, and whose turns come when they are called. */
function world() {
  const turns: (() => void)[] = []
  const time = { nowMs: 0 }
  const clock = { now: () => time.nowMs, monotonic: () => time.nowMs }
  const later = (call: () => void) => void turns.push(call)
  const platform: Platform = { ...createNodePlatform({ logLevel: 'error' }), clock, later }
  return { platform, time, turns }
}

interface Load {
  /** How long each piece of work takes. */
  readonly pieceMs: number
  readonly outcome: RunOutcome
  /** What there is of snapshots. */
  slices: number
}

const SLICE_MS = 1

function taskOf(subtask: number, load: Load, time: { nowMs: number }, done: string[]): LoopTask {
  return {
    subtask,
    run: () => {
      time.nowMs += load.pieceMs
      done.push('piece')
      return load.outcome
    },
    advanceSnapshots: () => {
      if (load.slices === 0) return false
      time.nowMs += SLICE_MS
      done.push('slice')
      return --load.slices > 0
    },
    flushOutputs: () => false,
    nextTimerMs: () => Number.POSITIVE_INFINITY,
    awaitInput: () => undefined,
  }
}

function loopOf(loads: readonly Load[]) {
  const { platform, time, turns } = world()
  const done: string[] = []
  const errors: unknown[] = []
  const tasks = loads.map((load, subtask) => taskOf(subtask, load, time, done))
  const doorbell = new SharedDoorbell(createDoorbellMemory())
  const loop = new WorkerLoop(platform, doorbell, tasks, (error) => {
    errors.push(error)
    loop.stop()
  })
  loop.start()
  /** What is done in the next turn of the event loop. */
  const turn = (): string[] => {
    done.length = 0
    turns.shift()?.()
    return [...done]
  }
  return { loop, tasks, turn, turns, errors }
}

const times = (what: string, count: number): string[] => Array<string>(count).fill(what)

test('short pieces of work are not held up by a slice of a snapshot each', () => {
  const { turn, loop } = loopOf([{ pieceMs: 0.125, outcome: 'worked', slices: 3 }])
  for (let i = 0; i < 3; i++) expect(turn()).toEqual([...times('piece', 8), 'slice'])
  expect(turn()).toEqual(times('piece', 8))
  loop.stop()
})

test('several tasks that write snapshots share the slice of a turn', () => {
  const load: Load = { pieceMs: 0.5, outcome: 'worked', slices: 3 }
  const { turn, loop } = loopOf([load, { ...load }])
  expect(turn()).toEqual(['piece', 'piece', 'slice'])
  loop.stop()
})

test('tasks without work let one slice follow the other until all is written', () => {
  const { turn, turns, loop } = loopOf([{ pieceMs: 0, outcome: 'blocked', slices: 3 }])
  expect(turn()).toEqual(['piece', 'slice'])
  expect(turn()).toEqual(['piece', 'slice'])
  expect(turn()).toEqual(['piece', 'slice'])
  // Then the thread sleeps.
  expect(turns).toEqual([])
  loop.stop()
})

test('a snapshot that cannot be written ends the attempt', () => {
  const { tasks, turn, errors } = loopOf([{ pieceMs: 1, outcome: 'worked', slices: 1 }])
  Object.assign(tasks[0] as object, {
    advanceSnapshots: () => {
      throw new Error('no room')
    },
  })
  turn()
  expect(errors).toMatchObject([{ message: 'no room' }])
})
