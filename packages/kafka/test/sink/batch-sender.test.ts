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

test('a partition is in flight at one broker at a time, also when its leader moves', async () => {
  const world = new WriterWorld()
  let leader = 1
  const asked: { readonly node: number; readonly answer: (errorCode: number) => void }[] = []
  const sender = senderOf(world, {
    leaderOf: () => leader,
    refreshLeaders: () => Promise.resolve(),
    produce: (node) =>
      new Promise((resolve) => {
        asked.push({
          node,
          answer: (errorCode) => {
            const partition = { index: 0, errorCode, baseOffset: 0, errorMessage: null }
            const responses = [{ name: 'orders', partitionResponses: [partition] }]
            resolve({ responses } as unknown as Awaited<ReturnType<ProduceTransport['produce']>>)
          },
        })
      }),
  })
  const queue = queueOf(0)
  sender.add(queue)
  const write = (): void => {
    queue.builder.append(undefined, new Uint8Array(3), undefined, 5)
    sender.sealed(queue.seal(producer, 'none'))
    sender.pump()
  }
  const nodes = (): number[] => asked.map(({ node }) => node)
  write()
  write()
  expect(nodes()).toEqual([1, 1])
  leader = 2
  write()
  await world.time.pass(1_000)
  expect(nodes()).toEqual([1, 1])
  asked[0]?.answer(0)
  await world.time.pass(1_000)
  expect(nodes()).toEqual([1, 1])
  asked[1]?.answer(6)
  await world.time.pass(1_000)
  // Both that have no acknowledgement, in their order, at the new one alone.
  expect(nodes()).toEqual([1, 1, 2, 2])
  asked[2]?.answer(0)
  asked[3]?.answer(0)
  await world.time.pass(1_000)
  expect(queue.settled).toBe(true)
  expect(sender.failure).toBeUndefined()
  sender.close()
})
