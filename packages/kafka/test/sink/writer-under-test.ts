// A writer of transactions in a world where time passes when the test says so, before a cluster
// that acknowledges everything at once, unless the test changes what it does.

import { text } from '@sluice/core'
import type { TransactionClient } from '../../src/sink/transaction/transaction-client.ts'
import { TransactionWriter } from '../../src/sink/transaction/transaction-writer.ts'
import {
  decodeTransaction,
  type TransactionCommittable,
} from '../../src/transaction/committable.ts'
import { WriterWorld } from './writer-context.ts'

export const timeoutMs = 900_000

/** A cluster that acknowledges everything at once. */
function willingClient(): TransactionClient {
  let producerId = 0
  return {
    version: 1,
    partitionCountOf: () => Promise.resolve(1),
    knownPartitionCountOf: () => 1,
    leaderOf: () => 1,
    refreshLeaders: () => Promise.resolve(),
    initialize: () => Promise.resolve({ producerId: ++producerId, epoch: 0 }),
    addPartitions: () => Promise.resolve(),
    produce: (_node, { topicData }) =>
      Promise.resolve({
        responses: topicData.map(({ name, partitionData }) => ({
          name: name as string,
          partitionResponses: partitionData.map(({ index }) => ({
            index,
            errorCode: 0,
            baseOffset: 7,
            logAppendTimeMs: -1,
            logStartOffset: 0,
            recordErrors: [],
            errorMessage: null,
          })),
        })),
        throttleTimeMs: 0,
      } as unknown as Awaited<ReturnType<TransactionClient['produce']>>),
    close: () => {},
  }
}

export class WriterUnderTest {
  readonly world = new WriterWorld()
  readonly writer: TransactionWriter<string>

  constructor(change: Partial<TransactionClient> = {}, key?: (value: string) => string) {
    const limits = { batchBytes: 65_536, recordBytes: 65_536, messageBytes: 65_536 }
    this.writer = new TransactionWriter<string>(
      this.world.context,
      {
        shape: {
          topic: 'out',
          value: text(),
          select: undefined,
          key,
          keyFormat: undefined,
          headers: undefined,
          timestamp: undefined,
          partition: undefined,
        },
        compression: 'none',
        limits,
        bufferBytes: 1_000_000,
        lingerMs: 20,
        requestTimeoutMs: 30_000,
        deliveryTimeoutMs: 120_000,
        timeoutMs,
      },
      { ...willingClient(), ...change },
    )
  }

  async write(value: string): Promise<void> {
    for (let tries = 0; tries < 10; tries++) {
      if (this.writer.write([value], new Float64Array([5]), 0, 1) === 1) return
      await this.world.time.pass(1)
    }
    throw new Error('the writer takes nothing')
  }

  /** What is prepared at the barrier of a checkpoint. */
  async prepare(checkpoint: number): Promise<readonly TransactionCommittable[]> {
    const prepared = this.writer.prepareCommit(checkpoint)
    await this.world.time.pass(1)
    return (await prepared).map(({ bytes }) => decodeTransaction(bytes))
  }

  /** A checkpoint that is complete half a second after its barrier. */
  async checkpoint(checkpoint: number): Promise<number> {
    const { length } = await this.prepare(checkpoint)
    await this.world.time.pass(500)
    this.writer.checkpointCompleted(checkpoint)
    return length
  }
}
