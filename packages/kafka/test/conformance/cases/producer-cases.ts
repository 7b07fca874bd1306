// Producers of transactions: who may write, who is fenced, what is said of them.

import { expect } from 'vitest'
import {
  describeProducers,
  describeTransactions,
  listTransactions,
} from '../../../src/wire/message/transaction-listing.ts'
import { readAll } from '../../records/read-records.ts'
import { BrokerClient } from '../broker-client.ts'
import type { BrokerUnderTest } from '../broker-under-test.ts'

async function open(broker: BrokerUnderTest, partitions?: number) {
  const client = await BrokerClient.open(broker, partitions)
  return { client, writer: await client.init() }
}

export const producerCases = [
  {
    name: 'a time limit that is none, or above the largest, is refused',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      await client.init()
      for (const timeoutMs of [0, -1, 900_001]) {
        expect((await client.initOnce(timeoutMs)).errorCode).toBe(50)
      }
      expect((await client.initOnce(900_000)).errorCode).toBe(0)
    },
  },
  {
    name: 'InitProducerId of an id that is open aborts, and answers when that is done',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      expect((await client.write(writer)).errorCode).toBe(0)
      expect((await client.initOnce()).errorCode).toBe(51)
      const next = await client.init()
      expect(next).toEqual({ ...writer, epoch: writer.epoch + 2 })
      expect((await client.send(client.batch(writer, { sequence: 1 }))).errorCode).toBe(47)
      expect(await client.endCode(writer, true)).toBe(90)
      expect(await client.add(writer)).toEqual([90])
      expect(await client.ends()).toEqual([2, 2])
      const { records, abortedTransactions } = await client.fetch()
      expect(readAll(records ?? new Uint8Array())).toHaveLength(2)
      expect(abortedTransactions).toEqual([{ producerId: writer.producerId, firstOffset: 0 }])
    },
  },
  {
    name: 'InitProducerId by the present producer makes the next epoch, by an older one is fenced',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      const second = await client.init(60_000, writer)
      expect(second).toEqual({ ...writer, epoch: writer.epoch + 1 })
      const third = await client.init(60_000, second)
      expect(third).toEqual({ ...writer, epoch: writer.epoch + 2 })
      expect((await client.initOnce(60_000, writer)).errorCode).toBe(90)
      const foreign = { producerId: writer.producerId + 1_000_000, epoch: 0 }
      expect((await client.initOnce(60_000, foreign)).errorCode).toBe(90)
    },
  },
  {
    name: 'InitProducerId that the present producer repeats gets the same epoch again',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      const second = await client.init(60_000, writer)
      expect(await client.init(60_000, writer)).toEqual(second)
    },
  },
  {
    name: 'a producer without a transactional id is a new one each time',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      const one = await client.init(60_000, undefined, null)
      const other = await client.init(60_000, undefined, null)
      expect(one.epoch).toBe(0)
      expect(other.producerId).not.toBe(one.producerId)
      const batch = client.batch(one, {}, false)
      expect(await client.send(batch, { id: null })).toEqual({ errorCode: 0, baseOffset: 0 })
      expect(await client.send(batch, { id: null })).toEqual({ errorCode: 0, baseOffset: 0 })
      expect(await client.ends()).toEqual([1, 1])
    },
  },
  {
    name: 'AddPartitionsToTxn adds all or none, and tells who asks in vain',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      expect(new Set(await client.add(writer, [0, 7]))).toEqual(new Set([3, 55]))
      expect(await client.state()).toEqual(['Empty', writer.epoch])
      expect(await client.add({ ...writer, epoch: writer.epoch + 1 })).toEqual([90])
      expect(await client.add({ ...writer, producerId: writer.producerId + 9_000 })).toEqual([49])
      expect(await client.add(writer)).toEqual([0])
      expect((await client.state())[0]).toBe('Ongoing')
    },
  },
  {
    name: 'a transaction without a record in it ends like any other',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      expect(await client.add(writer)).toEqual([0])
      expect(await client.ends()).toEqual([0, 0])
      expect(await client.endCode(writer, true)).toBe(0)
      await client.settles(() => client.ends(), [1, 1])
    },
  },
  {
    name: 'a partition that version 1 has not added takes no record of a transaction',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      const { errorCode } = await client.write(writer, { isAdded: true })
      expect(errorCode).toBe(broker.version === 1 ? 120 : 0)
      expect((await client.state())[0]).toBe(broker.version === 1 ? 'Empty' : 'Ongoing')
    },
  },
  {
    name: 'a record of a transaction needs the id and the producer of it',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      expect((await client.write(writer, { id: null })).errorCode).toBe(53)
      const higher = { ...writer, epoch: writer.epoch + 3 }
      expect((await client.send(client.batch(higher))).errorCode).toBe(47)
      const other = { ...writer, producerId: writer.producerId + 9_000 }
      expect((await client.send(client.batch(other))).errorCode).toBe(49)
    },
  },
  {
    name: 'open transactions are listed by state, producer and age',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      const { producerId } = writer
      const listed = async (request: object, version = 1) => {
        const answer = await client.ask(listTransactions, version, request)
        return answer.transactionStates.filter((each) => each.transactionalId === client.id)
      }
      const found = (transactionState: string) => [
        { transactionalId: client.id, producerId, transactionState },
      ]
      expect(await listed({})).toEqual(found('Empty'))
      await client.write(writer)
      expect(await listed({ stateFilters: ['Ongoing'] }, 0)).toEqual(found('Ongoing'))
      expect(await listed({ producerIdFilters: [producerId] })).toEqual(found('Ongoing'))
      expect(await listed({ producerIdFilters: [producerId + 9_000] })).toEqual([])
      expect(await listed({ stateFilters: ['Empty'] })).toEqual([])
      expect(await listed({ durationFilter: 60_000 })).toEqual([])
      await broker.pass(30)
      expect(await listed({ durationFilter: 10 })).toEqual(found('Ongoing'))
      // A pattern is for whole ids.
      const beginning = client.id.slice(0, -1)
      expect(await listed({ transactionalIdPattern: `${beginning}.` }, 2)).toEqual(found('Ongoing'))
      expect(await listed({ transactionalIdPattern: beginning }, 2)).toEqual([])
      const odd = await client.ask(listTransactions, 1, { stateFilters: ['Odd', 'Ongoing'] })
      expect(odd).toMatchObject({ errorCode: 0, unknownStateFilters: ['Odd'] })
      await client.next(writer)
      await client.settles(() => listed({}), found('CompleteCommit'))
    },
  },
  {
    name: 'a transaction is described with its partitions',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker, 2)
      const describe = async () => {
        const unknown = broker.unique('sluice/unknown')
        const transactionalIds = [client.id, unknown]
        const answer = await client.ask(describeTransactions, 0, { transactionalIds })
        expect(answer.transactionStates[1]).toMatchObject({
          errorCode: 105,
          producerId: 0,
          producerEpoch: 0,
        })
        return answer.transactionStates[0]
      }
      expect(await describe()).toMatchObject({ transactionStartTimeMs: -1, topics: [] })
      const before = broker.nowMs()
      await client.write(writer)
      await client.write(writer, { partition: 1 })
      const found = await describe()
      expect(found).toMatchObject({
        errorCode: 0,
        transactionState: 'Ongoing',
        transactionTimeoutMs: 60_000,
        producerId: writer.producerId,
        producerEpoch: writer.epoch,
      })
      const [topic] = found?.topics ?? []
      expect(topic?.topic).toBe(client.topic)
      expect(topic?.partitions.toSorted()).toEqual([0, 1])
      expect(found?.transactionStartTimeMs).toBeGreaterThanOrEqual(before - 1)
      await client.next(writer)
      await client.settles(async () => (await describe())?.topics ?? [], [])
    },
  },
  {
    name: 'a partition tells its producers, and since when their transactions are open',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      const describe = async (index = 0) => {
        const topics = [{ name: client.topic, partitionIndexes: [index] }]
        const answer = await client.ask(describeProducers, 0, { topics })
        const { errorCode = -1, activeProducers = [] } = answer.topics[0]?.partitions[0] ?? {}
        return [
          errorCode,
          ...activeProducers.map((each) => [
            each.producerId,
            each.producerEpoch,
            each.lastSequence,
            each.currentTxnStartOffset,
          ]),
        ]
      }
      expect(await describe()).toEqual([0])
      expect(await describe(5)).toEqual([3])
      await client.sendPlain({ value: 'before' })
      await client.write(writer, { records: [{ value: 'a' }, { value: 'b' }] })
      expect(await describe()).toEqual([0, [writer.producerId, writer.epoch, 1, 1]])
      await client.next(writer)
      // With version 2 the marker carries the next epoch, of which nothing is written yet.
      await client.settles(
        describe,
        broker.version === 1
          ? [0, [writer.producerId, writer.epoch, 1, -1]]
          : [0, [writer.producerId, writer.epoch + 1, -1, -1]],
      )
    },
  },
]
