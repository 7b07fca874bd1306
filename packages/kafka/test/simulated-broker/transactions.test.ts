// The table of answers that was measured on real brokers, asked of the simulated one.

import { afterEach, describe, expect, test } from 'vitest'
import { BufferPool } from '../../src/records/buffer-pool.ts'
import { RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import type { Api } from '../../src/wire/codec/define-api.ts'
import { fetch } from '../../src/wire/message/fetch.ts'
import { listOffsets } from '../../src/wire/message/offsets.ts'
import { produce } from '../../src/wire/message/produce.ts'
import { describeTransactions } from '../../src/wire/message/transaction-listing.ts'
import { addPartitionsToTxn, endTxn, initProducerId } from '../../src/wire/message/transactions.ts'
import { SimulatedConnection } from './simulated-connection.ts'
import { SimulatedKafka } from './simulated-kafka.ts'

const clusters: SimulatedKafka[] = []
afterEach(() => {
  for (const cluster of clusters.splice(0)) cluster.close()
})

class Client {
  readonly timers: { atMs: number; call: () => void }[] = []
  nowMs = 0
  readonly cluster: SimulatedKafka
  readonly #connection: SimulatedConnection
  readonly id = 'sluice/job/aaaabbbbcccc/1/out/0/0'

  constructor() {
    this.cluster = new SimulatedKafka({
      clock: { now: () => this.nowMs, monotonic: () => this.nowMs },
      timers: {
        after: (delayMs, call) => {
          const timer = { atMs: this.nowMs + delayMs, call }
          this.timers.push(timer)
          return () => this.timers.splice(this.timers.indexOf(timer), 1)
        },
        sleep: () => Promise.reject(new Error('nothing sleeps')),
      },
      abortSweepMs: 1_000,
    })
    clusters.push(this.cluster)
    this.cluster.topics.create('out', 1)
    this.#connection = new SimulatedConnection(this.cluster, 1)
  }

  async ask<RequestIn, Request, ResponseIn, Response>(
    api: Api<RequestIn, Request, ResponseIn, Response>,
    version: number,
    request: RequestIn,
  ): Promise<Response> {
    const body = api.request.encode(version, request)
    return api.response.decode(version, await this.#connection.request(api.key, version, body))
  }

  async init(timeoutMs = 60_000) {
    for (;;) {
      const { errorCode, producerId, producerEpoch } = await this.ask(initProducerId, 4, {
        transactionalId: this.id,
        transactionTimeoutMs: timeoutMs,
      })
      if (errorCode === 51) continue
      expect(errorCode).toBe(0)
      return { producerId, epoch: producerEpoch }
    }
  }

  /** Writes one record as part of the transaction. */
  async write(producer: { producerId: number; epoch: number }, version: 1 | 2, sequence = 0) {
    const { producerId, epoch: producerEpoch } = producer
    if (version === 1) {
      await this.ask(addPartitionsToTxn, 3, {
        transactionalId: this.id,
        producerId,
        producerEpoch,
        topics: [{ name: 'out', partitions: [0] }],
      })
    }
    const roomy = { batchBytes: 1 << 20, recordBytes: 1 << 20, messageBytes: 1 << 20 }
    const builder = new RecordBatchBuilder(roomy, new BufferPool(0))
    builder.append(undefined, Buffer.from('x'), undefined, this.nowMs)
    const records = builder.finish({
      producerId,
      producerEpoch,
      baseSequence: sequence,
      isTransactional: true,
      compression: 'none',
    })
    const answer = await this.ask(produce, version === 1 ? 11 : 12, {
      transactionalId: this.id,
      acks: -1,
      timeoutMs: 1_000,
      topicData: [{ name: 'out', partitionData: [{ index: 0, records }] }],
    })
    return answer.responses[0]?.partitionResponses[0]?.errorCode
  }

  async end(
    { producerId, epoch }: { producerId: number; epoch: number },
    version: 4 | 5,
    committed: boolean,
    transactionalId = this.id,
  ) {
    return await this.ask(endTxn, version, {
      transactionalId,
      producerId,
      producerEpoch: epoch,
      committed,
    })
  }

  async state() {
    const { transactionStates } = await this.ask(describeTransactions, 0, {
      transactionalIds: [this.id],
    })
    const [found] = transactionStates
    return [found?.errorCode === 105 ? 105 : found?.transactionState, found?.producerEpoch]
  }

  /** Time passes, and what is due happens. */
  pass(delayMs: number): void {
    this.nowMs += delayMs
    for (const timer of this.timers.filter(({ atMs }) => atMs <= this.nowMs)) {
      this.timers.splice(this.timers.indexOf(timer), 1)
      timer.call()
    }
  }

  /** Last stable offset, and the end. */
  async ends() {
    const at = async (isolationLevel: number) => {
      const partitions = [{ partitionIndex: 0, timestamp: -1 }]
      const topics = [{ name: 'out', partitions }]
      const answer = await this.ask(listOffsets, 7, { isolationLevel, topics })
      return answer.topics[0]?.partitions[0]?.offset
    }
    return [await at(1), await at(0)]
  }
}

async function begun(version: 1 | 2) {
  const client = new Client()
  const producer = await client.init()
  expect(await client.write(producer, version)).toBe(0)
  return { client, producer }
}

describe.each([
  { version: 1, end: 4 },
  { version: 2, end: 5 },
] as const)('EndTxn $end', ({ version, end }) => {
  const bumped = version === 2 ? 1 : 0

  test('of an open transaction: done, and the epoch of the next one is said', async () => {
    const { client, producer } = await begun(version)
    expect(await client.ends()).toEqual([0, 1])
    const answer = await client.end(producer, end, true)
    expect(answer.errorCode).toBe(0)
    if (version === 2) expect(answer.producerEpoch).toBe(producer.epoch + 1)
    expect(await client.state()).toEqual(['CompleteCommit', producer.epoch + bumped])
    expect(await client.ends()).toEqual([2, 2])
  })

  test('of a committed one: done again, and no abort', async () => {
    const { client, producer } = await begun(version)
    await client.end(producer, end, true)
    expect((await client.end(producer, end, true)).errorCode).toBe(0)
    expect((await client.end(producer, end, false)).errorCode).toBe(48)
  })

  test('of an aborted one: no commit, and done again', async () => {
    const { client, producer } = await begun(version)
    await client.end(producer, end, false)
    expect((await client.end(producer, end, true)).errorCode).toBe(48)
    expect((await client.end(producer, end, false)).errorCode).toBe(0)
    expect(await client.state()).toEqual(['CompleteAbort', producer.epoch + bumped])
  })

  test('of one that the broker has aborted after its time', async () => {
    const { client, producer } = await begun(version)
    client.pass(62_000)
    expect(await client.state()).toEqual(['CompleteAbort', producer.epoch + 1])
    expect((await client.end(producer, end, true)).errorCode).toBe(version === 1 ? 90 : 48)
    expect((await client.end(producer, end, false)).errorCode).toBe(version === 1 ? 90 : 0)
  })

  test('after a later InitProducerId: fenced', async () => {
    const { client, producer } = await begun(version)
    await client.end(producer, end, true)
    const next = await client.init()
    expect(next.epoch).toBe(producer.epoch + 1 + bumped)
    expect((await client.end(producer, end, true)).errorCode).toBe(90)
    expect((await client.state())[0]).toBe('Empty')
  })

  test('when nothing was ever produced, and for an unknown id', async () => {
    const client = new Client()
    const producer = await client.init()
    expect((await client.end(producer, end, true)).errorCode).toBe(48)
    expect((await client.end(producer, end, true, 'sluice/other')).errorCode).toBe(49)
    expect((await client.end({ ...producer, producerId: 7 }, end, true)).errorCode).toBe(49)
    client.cluster.transactions.expire(client.id)
    expect((await client.end(producer, end, true)).errorCode).toBe(49)
    expect((await client.state())[0]).toBe(105)
  })
})

test('a late EndTxn 4 commits the next transaction of the epoch; EndTxn 5 does not', async () => {
  const old = await begun(1)
  await old.client.end(old.producer, 4, true)
  expect(await old.client.write(old.producer, 1, 1)).toBe(0)
  expect((await old.client.end(old.producer, 4, true)).errorCode).toBe(0)
  expect((await old.client.state())[0]).toBe('CompleteCommit')

  const { client, producer } = await begun(2)
  const { producerId, producerEpoch: epoch } = await client.end(producer, 5, true)
  expect(await client.write({ producerId, epoch }, 2)).toBe(0)
  expect((await client.end(producer, 5, true)).errorCode).toBe(90)
  expect((await client.state())[0]).toBe('Ongoing')
})

test('the last epoch is followed by another producer id, and the old triple is still answered', async () => {
  const { client, producer } = await begun(2)
  let next = { ...producer }
  let before = next
  while (next.producerId === producer.producerId) {
    before = next
    const answer = await client.end(before, 5, true)
    next = { producerId: answer.producerId, epoch: answer.producerEpoch }
    if (next.producerId === producer.producerId) await client.write(next, 2)
  }
  expect(before.epoch).toBe(32_766)
  expect(next.epoch).toBe(0)
  const again = await client.end(before, 5, true)
  expect(again).toMatchObject({ errorCode: 0, producerId: next.producerId, producerEpoch: 0 })
})

test('a producer that was fenced writes nothing any more', async () => {
  const { client, producer } = await begun(2)
  await client.init()
  expect(await client.write(producer, 2, 1)).toBe(47)
})

test('a batch that comes twice is there once, one that is missing is noticed', async () => {
  const { client, producer } = await begun(2)
  expect(await client.write(producer, 2, 0)).toBe(0)
  expect((await client.ends())[1]).toBe(1)
  expect(await client.write(producer, 2, 5)).toBe(45)
})

test('a fetch that waits is answered when something comes', async () => {
  const client = new Client()
  const topicId = client.cluster.topics.get('out').id
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }]
  const request = {
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 1_000,
    isolationLevel: 1,
    topics: [{ topicId, partitions }],
  }
  const waiting = client.ask(fetch, 13, request)
  const writer = new SimulatedConnection(client.cluster, 1)
  expect(writer.open).toBe(true)
  client.cluster.topics.log('out', 0).appendMarker('commit', 1, 0, 0, 0)
  const answer = await waiting
  expect(answer.responses[0]?.partitions[0]?.highWatermark).toBe(1)
})
