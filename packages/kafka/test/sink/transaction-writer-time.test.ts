import { text } from '@sluice/core'
import { expect, test } from 'vitest'
import type { TransactionClient } from '../../src/sink/transaction/transaction-client.ts'
import { TransactionWriter } from '../../src/sink/transaction/transaction-writer.ts'
import { WriterWorld } from './writer-context.ts'

const timeoutMs = 900_000
const minuteMs = 60_000

/** A cluster that acknowledges everything at once. */
function willingClient(): TransactionClient {
  let producerId = 0
  return {
    version: 1,
    partitionCountOf: () => Promise.resolve(1),
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

class TestWriter {
  readonly world = new WriterWorld()
  readonly writer: TransactionWriter<string>

  constructor() {
    const limits = { batchBytes: 65_536, recordBytes: 65_536, messageBytes: 65_536 }
    this.writer = new TransactionWriter<string>(
      this.world.context,
      {
        shape: {
          topic: 'out',
          value: text(),
          select: undefined,
          key: undefined,
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
      willingClient(),
    )
  }

  async write(value: string): Promise<void> {
    for (let tries = 0; tries < 10; tries++) {
      if (this.writer.write([value], new Float64Array([5]), 0, 1) === 1) return
      await this.world.time.pass(1)
    }
    throw new Error('the writer takes nothing')
  }

  /** A checkpoint that is complete half a second after its barrier. */
  async checkpoint(checkpoint: number): Promise<number> {
    const prepared = this.writer.prepareCommit(checkpoint)
    await this.world.time.pass(1)
    const committables = await prepared
    await this.world.time.pass(500)
    this.writer.checkpointCompleted(checkpoint)
    return committables.length
  }
}

test('a writer that was idle for long has not had slow checkpoints', async () => {
  const under = new TestWriter()
  await under.write('first')
  expect(await under.checkpoint(1)).toBe(1)
  for (let checkpoint = 2; checkpoint < 12; checkpoint++) {
    await under.world.time.pass(minuteMs)
    expect(await under.checkpoint(checkpoint)).toBe(0)
  }
  await under.write('second')
  await under.world.time.pass(minuteMs)
  expect(await under.checkpoint(12)).toBe(1)
  await under.writer.close()
})

test('hearing of a checkpoint a second time does not make it a slow one', async () => {
  const under = new TestWriter()
  await under.write('first')
  await under.checkpoint(1)
  await under.world.time.pass(6 * minuteMs)
  under.writer.checkpointCompleted(1)
  await under.write('second')
  await under.world.time.pass(minuteMs)
  expect(await under.checkpoint(2)).toBe(1)
  await under.writer.close()
})

test('a checkpoint is asked for whenever time gets short, also after an empty one', async () => {
  const under = new TestWriter()
  await under.write('first')
  await under.checkpoint(1)
  await under.world.time.pass(11 * minuteMs)
  const asked = under.world.checkpointsAsked
  expect(asked).toBeGreaterThan(0)
  expect(await under.checkpoint(2)).toBe(0)
  await under.write('second')
  await under.world.time.pass(11 * minuteMs)
  expect(under.world.checkpointsAsked).toBeGreaterThan(asked)
  expect(await under.checkpoint(3)).toBe(1)
  await under.writer.close()
})

test('a checkpoint that was asked for and failed on its way is asked for again', async () => {
  const under = new TestWriter()
  await under.write('first')
  await under.world.time.pass(11 * minuteMs)
  expect(under.world.checkpointsAsked).toBe(1)
  await under.world.time.pass(minuteMs)
  expect(under.world.checkpointsAsked).toBe(2)
  expect(await under.checkpoint(2)).toBe(1)
  await under.writer.close()
})
