// The job of most tests: a scripted source, a keyed counter, and a sink into the outside world.

import { counter, defineJob, type Emit } from '@sluice/core'
import type { Sink } from '@sluice/core/connector'
import type { JobDefinition } from '@sluice/core/internal'
import { type OutsideWorld, worldSink } from './outside-world.ts'
import { ScriptedSource } from './scripted-source.ts'

export interface JobShape {
  readonly name?: string
  readonly source?: ScriptedSource
  readonly sourceKind?: string
  /** The name of the keyed counter. */
  readonly counter?: string
  readonly counterRenamedFrom?: string
  /** The name of the counter's state. */
  readonly state?: string
  /** The name of the sink into the world; null: a sink that promises nothing instead. */
  readonly sink?: string | null
  readonly sinkRenamedFrom?: string
  readonly sinkKind?: string
  /** The name of another sink into the world. */
  readonly secondSink?: string
  readonly maxParallelism?: number
  /** Adds a stateless step. */
  readonly mapped?: boolean
  readonly keep?: number
  readonly tolerableFailures?: number
}

const promisesNothing: Sink<unknown> = {
  kind: 'screen',
  guarantee: 'none',
  description: {},
  createWriter: async () => {
    throw new Error('scripted workers have no writers')
  },
}

export function scriptedJob(world: OutsideWorld, shape: JobShape = {}): JobDefinition {
  const { keep, tolerableFailures, counter: name = 'count', sink = 'out' } = shape
  const seen = shape.state ?? 'seen'
  return defineJob({
    name: shape.name ?? 'scripted',
    ...(shape.maxParallelism === undefined ? {} : { maxParallelism: shape.maxParallelism }),
    checkpoint: {
      ...(keep === undefined ? {} : { keep }),
      ...(tolerableFailures === undefined ? {} : { tolerableFailures }),
    },
    graph(job) {
      const source = (shape.source ?? new ScriptedSource()).source(shape.sourceKind)
      const numbers = job.from('numbers', source)
      const mapped = shape.mapped === true ? numbers.map((value) => value + 1) : numbers
      const { counterRenamedFrom: renamedFrom } = shape
      const counted = mapped
        .keyBy((value) => value % 7)
        .process(
          name,
          {
            state: { [seen]: counter() },
            onRecord(value, { state }, emit: Emit<number>) {
              state[seen]?.set(state[seen].get() + 1)
              emit(value)
            },
          },
          renamedFrom === undefined ? {} : { renamedFrom },
        )
      const { sinkRenamedFrom: former } = shape
      const renaming = former === undefined ? {} : { renamedFrom: former }
      const outside = { ...worldSink(world), kind: shape.sinkKind ?? 'world' }
      counted.to(sink ?? 'screen', sink === null ? promisesNothing : outside, renaming)
      if (shape.secondSink !== undefined) counted.to(shape.secondSink, worldSink(world))
    },
  }) as JobDefinition
}
