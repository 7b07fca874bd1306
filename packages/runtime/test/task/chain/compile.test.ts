// Both compilers of a chain, on the same cases: generated text and closures mean the same.

import { defineJob, SluiceError } from '@sluice/core'
import { NO_TIMESTAMP, type Sink, type Source } from '@sluice/core/connector'
import { buildJob, type Step } from '@sluice/core/internal'
import { describe, expect, it } from 'vitest'
import type { OutputChannel } from '../../../src/network/output-channel.ts'
import { planJob } from '../../../src/plan/planner.ts'
import type { ChainFunctions } from '../../../src/task/chain/chain-functions.ts'
import { badTime } from '../../../src/task/chain/bad-time.ts'
import { buildNodes } from '../../../src/task/chain/chain-nodes.ts'
import { compileChain } from '../../../src/task/chain/compile-chain.ts'
import { compileClosures } from '../../../src/task/chain/compile-closures.ts'
import { createExit } from '../../../src/task/chain/exit.ts'
import { userFault } from '../../../src/task/chain/fault.ts'
import { deepFreeze } from '../../../src/task/chain/freeze.ts'

interface Order {
  readonly id: number
  readonly shop: string
}

/** A source and a sink that are never opened: only their places in the graph count. */
const source = { kind: 'test', bounded: true, ordered: 'none', description: {} } as Source<Order>
const createReader = () => {
  throw new Error('not opened')
}
const orders: Source<Order> = { ...source, createReader, createEnumerator: createReader }
function sink<T>(): Sink<T> {
  return { kind: 'test', guarantee: 'none', description: {}, createWriter: createReader }
}

class Recorder {
  readonly records: [unknown, number][] = []
  add(value: unknown, timestamp: number): void {
    this.records.push([value, timestamp])
  }
}

type Compiler = typeof compileChain

interface Compiled {
  readonly functions: ChainFunctions
  readonly sinks: Map<string, Recorder>
  readonly exits: Recorder[]
  readonly pressure: { full: boolean }
}

type Build = Parameters<typeof defineJob>[0]['graph']

function compile(compiler: Compiler, graph: Build, freezes = false): Compiled {
  const job = buildJob(defineJob({ name: 'compiled', graph }), {})
  const plan = planJob(job.graph, { parallelism: 2 })
  const chain = plan.chains[0]
  if (chain === undefined) throw new Error('no chain')
  const sinks = new Map<string, Recorder>()
  const exits: Recorder[] = []
  const nodes = buildNodes(chain, job, {
    operator: () => {
      throw new Error('no operator in these cases')
    },
    sink: (step: Step) => {
      const recorder = new Recorder()
      sinks.set(step.id, recorder)
      return recorder as never
    },
    exits: (step, output) =>
      plan.exchanges
        .filter((each) => each.fromStep === step.id && each.fromOutput === output)
        .map((exchange) => {
          const channels = [new Recorder(), new Recorder()]
          exits.push(...channels)
          const code = job.code.get(exchange.keyStep ?? '')
          return createExit({
            kind: exchange.kind,
            exchange: exchange.id,
            subtask: 0,
            channels: channels as unknown as OutputChannel[],
            key: code?.kind === 'key-by' ? code.key : undefined,
            maxParallelism: 128,
          })
        }),
  })
  const pressure = { full: false }
  const functions = compiler({
    nodes,
    pressure,
    sourceName: `sluice/compiled/${Math.abs(sequence++)}`,
    fault: (error, index, record) =>
      userFault(error, record, { step: nodes[index]?.step.id ?? '' }),
    badTime,
    freeze: freezes ? deepFreeze : undefined,
    checkExit: undefined,
  })
  return { functions, sinks, exits, pressure }
}

let sequence = 0

function run(functions: ChainFunctions, records: readonly unknown[]): number {
  const times = new Float64Array(records.length).fill(NO_TIMESTAMP)
  return functions.run(records, times, 0, records.length)
}

function errorOf(call: () => void): SluiceError {
  try {
    call()
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const some: Order[] = [1, 2, 3, 4, 5, 6].map((id) => ({ id, shop: id % 2 ? 'rome' : 'oslo' }))

describe.each([
  ['generated', compileChain],
  ['closures', compileClosures],
])('a chain compiled to %s', (_, compiler) => {
  it('maps, filters and expands in order', () => {
    const { functions, sinks } = compile(compiler, (job) => {
      job
        .from('orders', orders)
        .filter((order) => order.id > 2)
        .map((order) => order.id * 10)
        .flatMap((tens) => [tens, tens + 1])
        .to('out', sink())
    })
    expect(run(functions, some)).toBe(6)
    expect(sinks.get('out')?.records.map(([value]) => value)).toEqual([
      30, 31, 40, 41, 50, 51, 60, 61,
    ])
  })

  it('hands a record to every consumer, and splits to the first branch that takes it', () => {
    const { functions, sinks } = compile(compiler, (job) => {
      const stream = job.from('orders', orders)
      stream.to('all', sink())
      const parts = stream.split('parts', {
        small: (order) => order.id < 3,
        even: (order) => order.id % 2 === 0,
      })
      parts.small.to('small', sink())
      parts.even.to('even', sink())
    })
    run(functions, some)
    const ids = (name: string) => sinks.get(name)?.records.map(([value]) => (value as Order).id)
    expect(ids('all')).toEqual([1, 2, 3, 4, 5, 6])
    expect(ids('small')).toEqual([1, 2])
    expect(ids('even')).toEqual([4, 6])
  })

  it('takes event times from the record and remembers the highest', () => {
    const { functions, sinks } = compile(compiler, (job) => {
      job.from('orders', orders, { eventTime: (order) => order.id * 100 }).to('out', sink())
    })
    run(functions, some)
    expect(functions.highestTime()).toBe(600)
    expect(sinks.get('out')?.records[2]?.[1]).toBe(300)
    functions.resetHighestTime()
    expect(functions.highestTime()).toBe(Number.NEGATIVE_INFINITY)
  })

  const year50000 = Date.UTC(50_000, 0)
  const bad = [Number.NaN, Number.POSITIVE_INFINITY, 9e15, year50000, 'soon', '1000', 7n, undefined]
  it.each(bad.map((time) => [time]))('refuses the event time %s, with step and record', (time) => {
    const { functions, sinks } = compile(compiler, (job) => {
      const eventTime = (order: Order) => (order.id === 3 ? (time as number) : order.id)
      job.from('orders', orders, { eventTime }).to('out', sink())
    })
    expect(errorOf(() => run(functions, some))).toMatchObject({
      code: 'TIMESTAMP_INVALID',
      message: expect.stringMatching(/^An event time cannot be .*The record: {"id":3,/),
      where: { step: 'orders' },
    })
    expect(sinks.get('out')?.records).toHaveLength(2)
  })

  it.each([[-1], [0], [Date.UTC(9999, 11, 31)], [Date.UTC(0, 0, 1) - 1e12]])(
    'takes the event time %s',
    (time) => {
      const { functions, sinks } = compile(compiler, (job) => {
        job.from('orders', orders, { eventTime: () => time }).to('out', sink())
      })
      run(functions, some)
      expect(sinks.get('out')?.records[0]?.[1]).toBe(time)
    },
  )

  it('refuses a record whose time nobody knows, where there is event time', () => {
    const { functions } = compile(compiler, (job) => {
      job.from('orders', orders, { maxOutOfOrderness: '1s' }).to('out', sink())
    })
    const error = errorOf(() => run(functions, some))
    expect(error.message).toMatch('The source knows no time of the record')
    expect(error.hint).toMatch('eventTime')
  })

  it("takes the source's own times", () => {
    const { functions, sinks } = compile(compiler, (job) => {
      job.from('orders', orders, { maxOutOfOrderness: '1s' }).to('out', sink())
    })
    functions.run(some, Float64Array.of(5, 9, 7), 0, 3)
    expect(sinks.get('out')?.records.map(([, time]) => time)).toEqual([5, 9, 7])
    expect(functions.highestTime()).toBe(9)
  })

  it('remembers the highest watermark where the job says them', () => {
    const { functions } = compile(compiler, (job) => {
      const eventTime = (order: Order) => order.id * 100
      const watermark = ({ id }: Order, time: number) => (id % 2 === 0 ? undefined : time - 50)
      job.from('orders', orders, { eventTime, watermark }).to('out', sink())
    })
    run(functions, some.slice(3, 4))
    expect(functions.highestTime()).toBe(Number.NEGATIVE_INFINITY)
    run(functions, some)
    expect(functions.highestTime()).toBe(450)
  })

  it.each([[Number.NaN], [null], ['5'], [year50000], [Number.POSITIVE_INFINITY]])(
    'refuses the watermark %s',
    (said) => {
      const { functions } = compile(compiler, (job) => {
        const options = { eventTime: () => 1, watermark: () => said as number }
        job.from('orders', orders, options).to('out', sink())
      })
      expect(errorOf(() => run(functions, some))).toMatchObject({
        code: 'TIMESTAMP_INVALID',
        message: expect.stringMatching(/^A watermark cannot be /),
        where: { step: 'orders' },
      })
    },
  )

  it('sends equal keys to one channel and all records somewhere', () => {
    const { functions, exits } = compile(compiler, (job) => {
      job
        .from('orders', orders)
        .keyBy((order) => order.shop)
        .process('count', { state: {}, onRecord() {} })
        .to('out', sink())
    })
    run(functions, some)
    const shops = exits.map((exit) => new Set(exit.records.map(([value]) => (value as Order).shop)))
    expect([...(shops[0] ?? [])].filter((shop) => shops[1]?.has(shop))).toEqual([])
    expect(exits.flatMap((exit) => exit.records)).toHaveLength(6)
  })

  it('stops after the record that filled an output, and goes on from there', () => {
    const { functions, sinks, pressure } = compile(compiler, (job) => {
      job
        .from('orders', orders)
        .map((order) => {
          if (order.id === 2) pressure.full = true
          return order.id
        })
        .to('out', sink())
    })
    expect(run(functions, some)).toBe(2)
    pressure.full = false
    const times = new Float64Array(6)
    expect(functions.run(some, times, 2, 6)).toBe(6)
    expect(sinks.get('out')?.records.map(([value]) => value)).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('says which step threw on which record, with the stack of the user first', () => {
    const { functions } = compile(compiler, (job) => {
      job
        .from('orders', orders)
        .map((order) => order)
        .filter(function explode(order): boolean {
          if (order.id === 3) throw new TypeError('boom')
          return true
        })
        .to('out', sink())
    })
    let fault: unknown
    try {
      run(functions, some)
    } catch (error) {
      fault = error
    }
    expect(fault).toBeInstanceOf(SluiceError)
    const { code, message, stack, where } = fault as SluiceError
    expect(code).toBe('USER_FUNCTION_FAILED')
    expect(where.step).toContain('filter')
    expect(message).toContain('{"id":3,"shop":"rome"}')
    expect(message).toContain('TypeError: boom')
    expect(stack?.split('\n')[1]).toContain('explode')
  })

  it('freezes what was emitted when asked to', () => {
    const { functions } = compile(
      compiler,
      (job) => {
        job
          .from('orders', orders)
          .map((order) => ({ ...order, tags: ['a'] }))
          .map((order) => order.tags.push('b'))
          .to('out', sink())
      },
      true,
    )
    expect(() => run(functions, some)).toThrow(expect.objectContaining({ code: 'STATE_FROZEN' }))
  })
})
