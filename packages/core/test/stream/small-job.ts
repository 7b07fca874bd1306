// Builds a job from a graph function alone, for tests of what it becomes.

import { memorySource } from '../../src/builtin/memory-source.ts'
import { memorySink } from '../../src/builtin/memory-sink.ts'
import { buildJob } from '../../src/job/build-job.ts'
import { defineJob } from '../../src/job/define-job.ts'
import type { Job, JobOptions } from '../../src/job/job-options.ts'
import type { NoParameters } from '../../src/job/define-job.ts'
import type { SourceStream } from '../../src/stream/streams.ts'

export interface Order {
  readonly shop: string
  readonly cents: number
  readonly at: number
}

export function build(
  graph: (job: Job) => void,
  options: Omit<JobOptions<NoParameters>, 'name' | 'graph'> = {},
) {
  return buildJob(defineJob({ name: 'small', ...options, graph }), {})
}

export function ordersOf(job: Job): SourceStream<Order> {
  return job.from('orders', memorySource<Order>([]), { eventTime: (order) => order.at })
}

export function anySink() {
  return memorySink<unknown>()
}

/** The error that a graph function leads to. */
export function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
