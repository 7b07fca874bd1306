// Sources, sinks and a job handle for the type tests. Never run.

import type { Job, KeyedStream } from 'sluice'
import type { Sink, Source } from 'sluice/connector'

export interface Order {
  readonly id: string
  readonly shop: string
  readonly cents: number
  readonly at: number
}

export declare const job: Job
export declare const orderSource: Source<Order>
export declare const keyed: KeyedStream<Order, string>
export declare function sinkOf<T>(): Sink<T>

/** Whether two types are the same, `any` and `readonly` told apart. */
export type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles for `true` alone. */
export declare function holds<Fact extends true>(): Fact
