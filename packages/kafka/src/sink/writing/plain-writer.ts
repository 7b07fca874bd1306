// The writer of `delivery: 'at-least-once'` and `'none'`: records are visible as they are written.
// At the barrier of a checkpoint everything is acknowledged, so what a checkpoint holds is in
// Kafka; with `none` nothing waits for that. Batches are idempotent: what is sent again is there
// once.

import type { Committable, SinkWriter, WriterContext } from '@sluice/core/connector'
import type { ClusterTransactions } from '../transaction/cluster-transactions.ts'
import type { Producer } from './producer.ts'
import { SendingOutput } from './sending-output.ts'
import { lookForPartitionsMs } from './topic-counts.ts'
import type { WritingOptions } from './writing-options.ts'

const longestFarewellMs = 5_000

export class PlainWriter<T> implements SinkWriter<T> {
  readonly #context: WriterContext
  readonly #flushes: boolean
  readonly #output: SendingOutput<T>

  /** `flushes`: a checkpoint waits until everything is acknowledged. */
  constructor(
    context: WriterContext,
    options: WritingOptions<T>,
    client: ClusterTransactions,
    producer: Producer,
    flushes: boolean,
  ) {
    this.#context = context
    this.#flushes = flushes
    this.#output = new SendingOutput(context, options, client, undefined)
    this.#output.begin(producer)
    // There may be no checkpoints at which to do it.
    this.#output.every(lookForPartitionsMs, () => this.#output.grow())
  }

  write(records: readonly T[], timestamps: Float64Array, from: number, length: number): number {
    this.#output.throwFailure()
    return this.#output.take(records, timestamps, from, length)
  }

  async ready(): Promise<void> {
    const output = this.#output
    while (!output.failed && output.busy) await output.turn()
  }

  async prepareCommit(): Promise<readonly Committable[]> {
    const output = this.#output
    output.sealOlderThan(Number.POSITIVE_INFINITY)
    if (this.#flushes) {
      while (!output.sender.settled) {
        output.throwFailure()
        await output.turn()
      }
    }
    output.throwFailure()
    output.grow()
    return []
  }

  async close(): Promise<void> {
    if (!this.#flushes) await this.#sendRest()
    this.#output.close()
  }

  /** What nothing waited for goes out at the end, as far as that does not take long. */
  async #sendRest(): Promise<void> {
    const output = this.#output
    output.sealOlderThan(Number.POSITIVE_INFINITY)
    let isLate = false
    const cancel = this.#context.timers.after(longestFarewellMs, () => {
      isLate = true
      output.wake()
    })
    while (!output.failed && !output.sender.settled && !isLate) await output.turn()
    cancel()
  }
}
