import {
  type JobGraph,
  keyGroupRange,
  type OperatorStateKind,
  type Step,
} from '@sluice/core/internal'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CheckpointEntry } from '../../src/checkpoint/protocol/log/entry.ts'
import { decodeEntry, encodeEntry } from '../../src/checkpoint/protocol/log/entry-codec.ts'
import { logPosition } from '../../src/checkpoint/protocol/identifiers.ts'
import {
  assembleSteps,
  subtaskName,
} from '../../src/coordinator/checkpoints/checkpoint-assembly.ts'
import { planRestore, restoredEnumerators } from '../../src/coordinator/checkpoints/restore-plan.ts'
import type { ChainPlan } from '../../src/plan/physical-plan.ts'
import { planJob } from '../../src/plan/planner.ts'
import type { SplitSnapshot, TaskRestore, TaskSnapshot } from '../../src/worker/messages.ts'

const groups = 128

function step(id: string, kind: Step['kind'], input?: string, more: Partial<Step> = {}): Step {
  const inputs = input === undefined ? [] : [{ step: input, output: 0 }]
  return { id, kind, named: true, inputs, outputs: ['main'], ...more }
}

const graph: JobGraph = {
  job: 'job',
  maxParallelism: groups,
  steps: [
    step('numbers', 'source', undefined, {
      source: { connector: 'scripted', bounded: true, ordered: 'none', description: {} },
    }),
    step('numbers/key-by1', 'key-by', 'numbers'),
    step('count', 'operator', 'numbers/key-by1', {
      operator: {
        type: 'process',
        keyed: true,
        state: [{ name: 'seen', kind: 'counter', namespace: 'none' }],
        operatorState: 'split',
        description: {},
      },
    }),
  ],
}

function splitOf(subtask: number, part: string): SplitSnapshot {
  const split = { id: `${subtask}${part}`, at: 5 }
  const none = Number.NEGATIVE_INFINITY
  // One of the two as where the job says watermarks itself.
  return part === 'b'
    ? { split, maxEventTime: none, watermark: subtask }
    : { split, maxEventTime: none }
}

/** At parallelism 1 all steps are one chain, else source and operator are two. */
function snapshotOf(chain: ChainPlan, subtask: number): TaskSnapshot {
  const { parallelism } = chain
  const range = keyGroupRange(subtask, parallelism, groups)
  const segment = (kind: 'base' | 'delta') => ({
    name: `${kind}-${subtask}`,
    sizeBytes: 1,
    checksum: '00',
    step: 'count',
    range,
    kind,
    entries: 1,
  })
  const has = (id: string): boolean => chain.steps.some((each) => each.id === id)
  return {
    keyed: has('count') ? { count: [segment('base'), segment('delta')] } : {},
    operators: has('count') ? { count: [`${subtask}-x`, `${subtask}-y`, `${subtask}-z`] } : {},
    sources: has('numbers') ? { numbers: ['a', 'b'].map((part) => splitOf(subtask, part)) } : {},
    watermark: 100 + subtask,
    operatorWatermarks: has('count') ? { count: 90 + subtask } : {},
    finished: false,
    committables: [],
    knownComplete: 0,
    alignmentMs: 0,
    syncMs: 0,
    asyncMs: 0,
  }
}

/** Takes a checkpoint at one parallelism, through bytes, and restores it at another. */
function rescaled(from: number, to: number): { entry: CheckpointEntry; tasks: TaskRestore[] } {
  const plan = planJob(graph, { parallelism: from })
  const snapshots = new Map(
    plan.chains.flatMap((chain) =>
      Array.from({ length: chain.parallelism }, (_, subtask) => [
        subtaskName(chain.id, subtask),
        snapshotOf(chain, subtask),
      ]),
    ) as [string, TaskSnapshot][],
  )
  const entry = {
    kind: 'checkpoint',
    job: 'job',
    logId: 'abcdefabcdef0123',
    position: 2,
    nonce: 'abcdefabcdef0123',
    generation: 1,
    writtenAtMs: 0,
    checkpoint: 1,
    end: 'continues',
    triggeredAtMs: 0,
    plan: { hash: '', parallelism: from, maxParallelism: groups },
    steps: assembleSteps({ plan, snapshots, enumerators: { numbers: new Map([['next', 9n]]) } }),
    owes: [],
    idempotentSinks: [],
    retained: [],
  } as unknown as CheckpointEntry
  const read = decodeEntry(encodeEntry(entry), logPosition(2))
  if (read.kind !== 'entry') throw new Error('an entry reads back')
  const decoded = read.entry as CheckpointEntry
  return { entry: decoded, tasks: planRestore(decoded, planJob(graph, { parallelism: to })) }
}

const parallelism = fc.integer({ min: 1, max: 20 })

test('at any two parallelisms every split and element is dealt out once', () => {
  fc.assert(
    fc.property(parallelism, parallelism, (from, to) => {
      const { tasks } = rescaled(from, to)
      const splits = tasks.flatMap((task) => task.sources['numbers'] ?? [])
      expect(splits.map(({ split }) => (split as { id: string }).id).sort()).toEqual(
        Array.from({ length: from }, (_, subtask) => [`${subtask}a`, `${subtask}b`])
          .flat()
          .sort(),
      )
      const elements = tasks.flatMap((task) => task.operators['count'] ?? [])
      expect(new Set(elements).size).toBe(from * 3)
      expect(elements).toHaveLength(from * 3)
    }),
  )
})

test('a union goes to every subtask, of copies one does, the first that speaks for all', () => {
  const as = (entry: CheckpointEntry, kind: OperatorStateKind, to: number) => {
    const steps = graph.steps.map((each) =>
      each.operator === undefined
        ? each
        : { ...each, operator: { ...each.operator, operatorState: kind } },
    )
    return planRestore(entry, planJob({ ...graph, steps }, { parallelism: to }))
      .filter(({ keyed }) => keyed['count'] !== undefined)
      .map(({ operators }) => operators['count'])
  }
  fc.assert(
    fc.property(parallelism, parallelism, (from, to) => {
      const { entry } = rescaled(from, to)
      const all = Array.from({ length: from }, (_, i) => [`${i}-x`, `${i}-y`, `${i}-z`]).flat()
      expect(as(entry, 'union', to)).toEqual(Array(to).fill(all))
      expect(as(entry, 'broadcast', to)).toEqual(Array(to).fill(['0-x', '0-y', '0-z']))
    }),
  )
})

test('each key group is covered by the segments of its old owner alone', () => {
  fc.assert(
    fc.property(parallelism, parallelism, (from, to) => {
      const keyedChain = to === 1 ? 0 : 1
      const { tasks } = rescaled(from, to)
      for (const task of tasks.filter(({ chain }) => chain === keyedChain)) {
        const own = keyGroupRange(task.subtask, to, groups)
        for (let group = own.first; group <= own.last; group++) {
          const covering = (task.keyed['count'] ?? []).filter(
            ({ range }) => range.first <= group && group <= range.last,
          )
          const owner = Math.floor((group * from) / groups)
          expect(covering.map(({ name }) => name)).toEqual([`base-${owner}`, `delta-${owner}`])
          // A backend tells its own segments from another's by their range.
          expect(covering[0]?.range).toEqual(keyGroupRange(owner, from, groups))
        }
      }
    }),
  )
})

test('at the same parallelism every subtask gets its own again', () => {
  for (const task of rescaled(4, 4).tasks) {
    if (task.chain === 0) {
      expect(task.watermark).toBe(100 + task.subtask)
      expect(task.watermarks['numbers']).toBe(100 + task.subtask)
      expect(task.sources['numbers']).toEqual([
        splitOf(task.subtask, 'a'),
        splitOf(task.subtask, 'b'),
      ])
    } else {
      const { subtask } = task
      expect(task.watermarks['count']).toBe(90 + subtask)
      expect(task.operators['count']).toEqual([`${subtask}-x`, `${subtask}-y`, `${subtask}-z`])
      expect(task.keyed['count']?.map(({ range }) => range)).toEqual([
        keyGroupRange(subtask, 4, groups),
        keyGroupRange(subtask, 4, groups),
      ])
    }
  }
})

test('at another parallelism the least of the watermarks holds', () => {
  const { tasks } = rescaled(4, 3)
  expect(new Set(tasks.map(({ watermark }) => watermark))).toEqual(new Set([90, 100]))
})

test('what an enumerator said comes back as it was', () => {
  const { entry } = rescaled(2, 2)
  expect(restoredEnumerators(entry, planJob(graph, { parallelism: 2 }))).toEqual({
    numbers: new Map([['next', 9n]]),
  })
})
