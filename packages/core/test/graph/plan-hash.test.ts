import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JobGraph, OperatorFacts, Step } from '../../src/graph/job-graph.ts'
import { planHash, stepHash } from '../../src/graph/plan-hash.ts'
import { sha256 } from '../../src/graph/sha256.ts'

test('SHA-256 is that of everybody else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'))
    }),
  )
})

const process: OperatorFacts = {
  type: 'process',
  keyed: true,
  operatorState: 'none',
  description: {},
  state: [
    { name: 'a', kind: 'value', namespace: 'none' },
    { name: 'b', kind: 'counter', namespace: 'none', ttlMs: 1000, ttlClock: 'event' },
  ],
}

const step: Step = {
  id: 'p',
  kind: 'operator',
  named: true,
  inputs: [{ step: 'k', output: 0 }],
  outputs: ['main'],
  operator: process,
}

const withOperator = (change: Partial<OperatorFacts>): Step => ({
  ...step,
  operator: { ...process, ...change },
})

describe('the hash of a step', () => {
  const hash = stepHash(step, 128)

  test('stays when name, parallelism, description, order of states or life times change', () => {
    expect(hash).toMatch(/^[0-9a-f]{32}$/)
    const [a, b] = process.state
    if (a === undefined || b === undefined) throw new Error('The states are there.')
    const same = [
      { ...step, id: 'q', parallelism: 7, renamedFrom: 'p' },
      withOperator({ description: { timers: true } }),
      withOperator({ state: [b, a] }),
      withOperator({ state: [a, { ...b, ttlMs: 2000 }] }),
    ]
    for (const changed of same) expect(stepHash(changed, 128)).toBe(hash)
  })

  test('changes with states, type, shape and maxParallelism', () => {
    const [a, b] = process.state
    if (a === undefined || b === undefined) throw new Error('The states are there.')
    const different = [
      withOperator({ state: [a] }),
      withOperator({ state: [a, { ...b, kind: 'value' }] }),
      withOperator({ state: [a, { ...b, name: 'c' }] }),
      withOperator({ state: [{ ...a, ttlMs: 1, ttlClock: 'processing' }, b] }),
      withOperator({ type: 'window' }),
      withOperator({ stateShape: { sizeMs: 1 } }),
    ]
    const hashes = [hash, stepHash(step, 256), ...different.map((each) => stepHash(each, 128))]
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  test('does not exist where nothing is kept', () => {
    const { operator, ...stateless } = step
    expect(operator).toBeDefined()
    expect(stepHash({ ...stateless, kind: 'map' }, 128)).toBeUndefined()
    expect(stepHash(withOperator({ state: [] }), 128)).toBeUndefined()
  })
})

describe('the hash of a plan', () => {
  const graph: JobGraph = { job: 'j', maxParallelism: 128, steps: [step] }

  test('does not depend on the order of properties, but on all of them', () => {
    const turned = Object.fromEntries(Object.entries(step).reverse()) as unknown as Step
    expect(planHash({ ...graph, steps: [turned] })).toBe(planHash(graph))
    const changed = { ...step, parallelism: 2 }
    expect(planHash({ ...graph, steps: [changed] })).not.toBe(planHash(graph))
    expect(planHash({ ...graph, job: 'k' })).not.toBe(planHash(graph))
    expect(planHash({ ...graph, steps: [step, step] })).not.toBe(planHash(graph))
  })

  test('tells values of different types apart', () => {
    const values = [1, '1', 1n, true, null, [1], { 1: 1 }, new Date(1), Number.NaN, 'number 1']
    const hashes = values.map((value) => {
      const described = withOperator({ description: { value } })
      return planHash({ ...graph, steps: [described] })
    })
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})
