// Chains whose head has two inputs, compiled both ways.

import { broadcastState, defineJob, memorySink, memorySource } from '@sluice/core'
import { buildJob, type Step } from '@sluice/core/internal'
import { describe, expect, it } from 'vitest'
import { planJob } from '../../../src/plan/planner.ts'
import { buildNodes } from '../../../src/task/chain/chain-nodes.ts'
import { compileChain } from '../../../src/task/chain/compile-chain.ts'
import { compileClosures } from '../../../src/task/chain/compile-closures.ts'
import { userFault } from '../../../src/task/chain/fault.ts'
import type { OperatorSlot } from '../../../src/task/operator-slot.ts'

type Build = Parameters<typeof defineJob>[0]['graph']

let sequence = 0

/** The chain that begins with `head`, its calls noted as `[call, value]`. */
function compile(compiler: typeof compileChain, graph: Build, head: string) {
  const job = buildJob(defineJob({ name: 'compiled', graph }), {})
  const plan = planJob(job.graph, { parallelism: 2 })
  const chain = plan.chains.find(({ steps }) => steps[0]?.id === head)
  const calls: unknown[] = []
  const pressure = { full: false }
  if (chain === undefined) return { plan, calls, pressure, functions: undefined }
  const nodes = buildNodes(chain, job, {
    operator: (step: Step, index) => {
      const code = job.code.get(step.id)
      if (code?.kind !== 'operator') throw new Error(`${step.id} is no operator`)
      const note = (call: string) => (value: unknown) => void calls.push([call, value])
      const onSecondRecord = (value: unknown, time: number) => {
        calls.push(['second', value, time])
        if (value === 13) throw new TypeError('boom')
        if (value === 14) pressure.full = true
      }
      return {
        step,
        index,
        operator: { open() {}, onRecord: note('first'), onSecondRecord },
        host: { setKey: note('key') },
        key: code.key,
        secondKey: code.secondKey,
      } as unknown as OperatorSlot
    },
    sink: () => ({ add() {} }) as never,
    exits: () => [],
  })
  const functions = compiler({
    nodes,
    pressure,
    sourceName: `sluice/second-input/${sequence++}`,
    fault: (error, index, record) =>
      userFault(error, record, { step: nodes[index]?.step.id ?? '' }),
    badTime: () => new Error('no source here'),
    freeze: undefined,
    checkExit: undefined,
  })
  return { plan, calls, pressure, functions }
}

const keyed: Build = (job) => {
  const numbers = job.from('numbers', memorySource([1]))
  numbers
    .keyBy((n) => n)
    .connect(numbers.keyBy((n) => n * 100))
    .process('both', { onLeft() {}, onRight() {} })
    .to('out', memorySink())
}

const broadcast: Build = (job) => {
  const numbers = job.from('numbers', memorySource([1]))
  numbers
    .keyBy((n) => n)
    .connect(numbers.broadcast())
    .process('both', { broadcast: { rules: broadcastState() }, onRecord() {}, onBroadcast() {} })
    .to('out', memorySink())
}

const times = new Float64Array(8).fill(7)

describe.each([
  ['generated', compileChain],
  ['closures', compileClosures],
])('a chain compiled to %s', (_, compiler) => {
  it('runs each input with its own key and its own call', () => {
    const { calls, functions } = compile(compiler, keyed, 'both')
    functions?.run([5], times, 0, 1)
    functions?.runSecond?.([5, 6], times, 0, 2)
    expect(calls).toEqual([
      ['key', 5],
      ['first', 5],
      ['key', 500],
      ['second', 5, 7],
      ['key', 600],
      ['second', 6, 7],
    ])
  })

  it('sets no key for a broadcast input', () => {
    const { calls, functions } = compile(compiler, broadcast, 'both')
    functions?.runSecond?.([5], times, 0, 1)
    expect(calls).toEqual([['second', 5, 7]])
  })

  it('has one run function where the head has one input', () => {
    const { functions } = compile(compiler, keyed, 'numbers')
    expect(functions?.runSecond).toBeUndefined()
  })

  it('stops after the record that filled an output, and names step and record of a fault', () => {
    const { functions, pressure } = compile(compiler, keyed, 'both')
    expect(functions?.runSecond?.([1, 14, 2], times, 0, 3)).toBe(2)
    pressure.full = false
    expect(() => functions?.runSecond?.([13], times, 0, 1)).toThrow(
      expect.objectContaining({
        code: 'USER_FUNCTION_FAILED',
        where: { step: 'both' },
        message: expect.stringContaining('record 13'),
      }),
    )
  })
})

describe('the plan of a step with two inputs', () => {
  it('begins a chain, and its exchanges say which input they feed', () => {
    const { plan } = compile(compileChain, keyed, 'both')
    expect(plan.chains.map(({ name }) => name)).toEqual(['numbers', 'both → out'])
    expect(plan.exchanges.map(({ kind, keyStep, toInput }) => [kind, keyStep, toInput])).toEqual([
      ['hash', 'numbers/key-by1', 0],
      ['hash', 'numbers/key-by2', 1],
    ])
  })

  it('begins a chain also where one subtask does everything', () => {
    const job = buildJob(defineJob({ name: 'one', graph: keyed }), {})
    const plan = planJob(job.graph, { parallelism: 1 })
    expect(plan.chains.map(({ name }) => name)).toEqual(['numbers', 'both → out'])
  })

  it('takes all parts of a union for the same input', () => {
    const graph: Build = (job) => {
      const numbers = job.from('numbers', memorySource([1]))
      const more = job.from('more', memorySource([1]))
      numbers
        .union(more)
        .keyBy((n) => n)
        .connect(more.keyBy((n) => n))
        .process('both', { onLeft() {}, onRight() {} })
        .to('out', memorySink())
    }
    const { plan } = compile(compileChain, graph, 'both')
    expect(plan.exchanges.map(({ fromStep, toInput }) => [fromStep, toInput])).toEqual([
      ['numbers', 0],
      ['more', 0],
      ['more', 1],
    ])
  })
})
