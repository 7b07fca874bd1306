import type { JobGraph, Step } from '@sluice/core/internal'
import { expect, test } from 'vitest'
import { type CommonStart, workerStarts } from '../../src/coordinator/workers/worker-starts.ts'
import { planJob } from '../../src/plan/planner.ts'

function step(id: string, kind: Step['kind'], input?: string): Step {
  const inputs = input === undefined ? [] : [{ step: input, output: 0 }]
  return { id, kind, named: false, inputs, outputs: ['main'] }
}

function shuffles(count: number): JobGraph {
  const steps: Step[] = [step('source', 'source')]
  for (let index = 0; index < count; index++) {
    steps.push(step(`rebalance${index}`, 'rebalance', steps.at(-1)?.id))
    steps.push(step(`map${index}`, 'map', steps.at(-1)?.id))
  }
  return { job: 'job', maxParallelism: 128, steps }
}

const common = {} as CommonStart

test('two workers share one ring for each channel between them', () => {
  const plan = planJob(shuffles(1), { parallelism: 2 })
  const [zero, one] = workerStarts(plan, common, [])
  expect(zero?.channels.map(({ from, to }) => `${from}${to}`)).toEqual(['01', '10'])
  expect(zero?.channels.map(({ buffer }) => buffer)).toEqual(
    one?.channels.map(({ buffer }) => buffer),
  )
  expect(zero?.doorbells).toHaveLength(2)
})

test('one worker alone needs no ring', () => {
  const [only, ...others] = workerStarts(planJob(shuffles(2), { parallelism: 1 }), common, [])
  expect(only?.channels).toEqual([])
  expect(others).toEqual([])
})

test('many rings together stay within their budget', () => {
  const starts = workerStarts(planJob(shuffles(3), { parallelism: 8 }), common, [])
  const rings = new Set(starts.flatMap(({ channels }) => channels.map(({ buffer }) => buffer)))
  expect(rings.size).toBe(3 * 8 * 7)
  const bytes = [...rings].reduce((sum, { byteLength }) => sum + byteLength, 0)
  expect(bytes).toBeLessThan(70 * 1024 * 1024)
})

test('each worker gets what its own subtasks restore', () => {
  const plan = planJob(shuffles(1), { parallelism: 3 })
  const restore = plan.chains.flatMap(({ id }) =>
    [0, 1, 2].map((subtask) => ({
      chain: id,
      subtask,
      checkpoint: 1,
      keyed: {},
      dropped: {},
      operators: {},
      sources: {},
      watermark: 0,
      watermarks: {},
    })),
  )
  const starts = workerStarts(plan, common, restore)
  expect(starts.map((start) => start.restore.map(({ subtask }) => subtask))).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ])
})
