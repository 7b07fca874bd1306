import { expect, test } from 'vitest'
import { BufferPool } from '../../src/records/buffer-pool.ts'
import { RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import { BatchSender } from '../../src/sink/writing/batch-sender.ts'
import { PartitionQueue } from '../../src/sink/writing/partition-queue.ts'
import type { ProduceTransport } from '../../src/sink/writing/produce-transport.ts'
import { WriterWorld } from './writer-context.ts'

const producer = { producerId: 1, epoch: 0, transactionalId: undefined }
const limits = { batchBytes: 4096, recordBytes: 4096, messageBytes: 4096 }
const pool = new BufferPool(0)

function queueOf(partition: number): PartitionQueue {
  return new PartitionQueue('orders', partition, new RecordBatchBuilder(limits, pool))
}

function senderOf(world: WriterWorld, transport: ProduceTransport): BatchSender {
  const sender = new BatchSender(world.context, {
    transport,
    addPartitions: undefined,
    pool,
    requestTimeoutMs: 30_000,
    deliveryTimeoutMs: 120_000,
    moved: () => {},
  })
  sender.begin(producer)
  return sender
}

test('a partition that nobody leads fails after its time for delivery', async () => {
  const world = new WriterWorld()
  let refreshes = 0
  const sender = senderOf(world, {
    leaderOf: (_topic, partition) => (partition === 0 ? 1 : undefined),
    refreshLeaders: () => {
      refreshes += 1
      return Promise.resolve()
    },
    produce: () =>
      Promise.resolve({
        responses: [
          {
            name: 'orders',
            partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 0, errorMessage: null }],
          },
        ],
      } as unknown as Awaited<ReturnType<ProduceTransport['produce']>>),
  })
  const [led, orphaned] = [queueOf(0), queueOf(1)] as const
  const write = (queue: PartitionQueue): void => {
    queue.builder.append(undefined, new Uint8Array(3), undefined, 5)
    sender.sealed(queue.seal(producer, 'none'))
    sender.pump()
  }
  sender.add(led)
  sender.add(orphaned)
  write(orphaned)
  for (let seconds = 0; seconds < 119; seconds++) {
    write(led)
    await world.time.pass(1000)
  }
  expect(led.settled).toBe(true)
  expect(sender.failure).toBeUndefined()
  // About one look each second, and not fifty.
  expect(refreshes).toBeLessThan(300)
  await world.time.pass(3000)
  expect(sender.failure).toMatchObject({ code: 'SINK_FAILED' })
  sender.close()
})
