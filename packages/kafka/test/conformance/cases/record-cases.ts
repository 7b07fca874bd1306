// Records: sequences, what is committed, what a fetch gives, offsets by time and epoch.

import { expect } from 'vitest'
import { readControlRecord } from '../../../src/records/control-batch.ts'
import { RecordCursor } from '../../../src/records/record-cursor.ts'
import { offsetForLeaderEpoch } from '../../../src/wire/message/offsets.ts'
import { readAll } from '../../records/read-records.ts'
import { BrokerClient } from '../broker-client.ts'
import type { BrokerUnderTest } from '../broker-under-test.ts'

async function open(broker: BrokerUnderTest, partitions?: number) {
  const client = await BrokerClient.open(broker, partitions)
  return { client, writer: await client.init() }
}

interface SeenBatch {
  readonly offset: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly leaderEpoch: number
  /** `commit`, `abort`, or values. */
  readonly content: string
}

function batchesOf(records: Uint8Array | null): SeenBatch[] {
  const cursor = new RecordCursor({ decompressedBytes: 1 << 22 })
  cursor.reset(records ?? new Uint8Array(), 0)
  const seen: SeenBatch[] = []
  while (cursor.nextBatch()) {
    const { batch } = cursor
    const values: string[] = []
    while (cursor.nextRecord()) {
      values.push(
        batch.isControl
          ? readControlRecord(cursor).type
          : Buffer.from(cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd)).toString(),
      )
    }
    const { baseOffset: offset, producerId, producerEpoch, leaderEpoch } = batch
    seen.push({ offset, producerId, producerEpoch, leaderEpoch, content: values.join() })
  }
  return seen
}

export const recordCases = [
  {
    name: 'a batch that comes again is there once; one that is missing is noticed',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      for (let sequence = 0; sequence < 7; sequence++) {
        expect(await client.write(writer, { sequence })).toMatchObject({ baseOffset: sequence })
      }
      expect(await client.write(writer, { sequence: 6 })).toEqual({ errorCode: 0, baseOffset: 6 })
      expect(await client.write(writer, { sequence: 2 })).toEqual({ errorCode: 0, baseOffset: 2 })
      // Only the last five are remembered.
      expect((await client.write(writer, { sequence: 0 })).errorCode).toBe(45)
      expect((await client.write(writer, { sequence: 9 })).errorCode).toBe(45)
      expect(await client.ends()).toEqual([0, 7])
    },
  },
  {
    name: 'the first batch of a producer that is not known may have any sequence but in version 2',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      const { errorCode } = await client.write(writer, { sequence: 5 })
      expect(errorCode).toBe(broker.version === 1 ? 0 : 45)
    },
  },
  {
    name: 'sequences go on after a transaction of version 1, and begin anew after one of version 2',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      await client.write(writer)
      const next = await client.next(writer)
      await client.settles(() => client.ends(), [2, 2])
      const right = broker.version === 1 ? 1 : 0
      const wrong = await client.write(next, { sequence: 1 + 5 })
      expect(wrong.errorCode).toBe(45)
      expect((await client.write(next, { sequence: right })).errorCode).toBe(0)
      const last = await client.init()
      expect((await client.write(last, { sequence: 3 })).errorCode).toBe(45)
      expect((await client.write(last)).errorCode).toBe(0)
    },
  },
  {
    name: 'nothing behind an open transaction is stable, and aborted ones are listed',
    async run(broker: BrokerUnderTest) {
      const { client: first, writer } = await open(broker)
      const second = await BrokerClient.open(broker)
      const other = await second.init()
      const on = async (
        client: BrokerClient,
        batch: Uint8Array,
        version1: () => Promise<number[]>,
      ) => {
        if (broker.version === 1) expect(await version1()).toEqual([0])
        return await first.send(batch, { id: client.id })
      }
      await first.write(writer, { records: [{ value: 'a' }] })
      await on(second, second.batch(other, { records: [{ value: 'b' }] }), () =>
        second.add(other, [0], first.topic),
      )
      await first.sendPlain({ value: 'plain' })
      expect(await first.ends()).toEqual([0, 3])
      expect(await second.endCode(other, false)).toBe(0)
      await first.settles(() => first.ends(), [0, 4])
      expect(await first.fetch()).toMatchObject({ lastStableOffset: 0, highWatermark: 4 })
      expect((await first.fetch()).records?.length ?? 0).toBe(0)
      expect(batchesOf((await first.fetch({ committed: false })).records)).toHaveLength(4)
      expect((await first.fetch({ committed: false })).abortedTransactions ?? []).toEqual([])
      expect(await first.endCode(writer, true)).toBe(0)
      await first.settles(() => first.ends(), [5, 5])
      const whole = await first.fetch()
      const markerEpoch = (epoch: number) => epoch + broker.version - 1
      expect(batchesOf(whole.records)).toMatchObject([
        { offset: 0, producerId: writer.producerId, producerEpoch: writer.epoch, content: 'a' },
        { offset: 1, producerId: other.producerId, content: 'b' },
        { offset: 2, producerId: -1, content: 'plain' },
        {
          offset: 3,
          producerId: other.producerId,
          producerEpoch: markerEpoch(other.epoch),
          content: 'abort',
        },
        {
          offset: 4,
          producerId: writer.producerId,
          producerEpoch: markerEpoch(writer.epoch),
          content: 'commit',
        },
      ])
      const aborted = [{ producerId: other.producerId, firstOffset: 1 }]
      expect(whole.abortedTransactions).toEqual(aborted)
      expect((await first.fetch({ offset: 3 })).abortedTransactions).toEqual(aborted)
      expect((await first.fetch({ offset: 4 })).abortedTransactions ?? []).toEqual([])
    },
  },
  {
    name: 'a fetch gives the first batch whole, however little was asked for',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      const values = ['a', 'b'].map((letter) => letter.repeat(300))
      for (const value of values) await client.sendPlain({ value })
      const { records } = await client.fetch({ maxBytes: 10 })
      expect(batchesOf(records).map(({ content }) => content)).toEqual(values.slice(0, 1))
      const whole = await client.fetch()
      expect(batchesOf(whole.records)).toMatchObject([{ leaderEpoch: 0 }, { offset: 1 }])
      const cut = await client.fetch({ maxBytes: (whole.records?.length ?? 0) - 10 })
      expect(batchesOf(cut.records).map(({ content }) => content)).toEqual(values.slice(0, 1))
      // A batch is given whole, also when its middle is asked for.
      await client.sendPlain({ value: 'c' }, { value: 'd' })
      expect(batchesOf((await client.fetch({ offset: 3 })).records)).toMatchObject([
        { offset: 2, content: 'c,d' },
      ])
    },
  },
  {
    name: 'a fetch waits until something comes, and no longer than it was told to',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      const reader = await broker.connect()
      const began = broker.nowMs()
      const other = Object.create(client, {
        ask: { value: reader.ask.bind(reader) },
      }) as BrokerClient
      const waiting = other.fetch({ waitMs: 30_000 })
      await broker.pass(50)
      await client.sendPlain({ value: 'x' })
      expect(readAll((await waiting).records ?? new Uint8Array())).toHaveLength(1)
      expect(broker.nowMs() - began).toBeLessThan(20_000)
      const inVain = other.fetch({ offset: 1, waitMs: 100 })
      await broker.pass(100)
      expect((await inVain).records?.length ?? 0).toBe(0)
      reader.close()
    },
  },
  {
    name: 'an offset that is not there is out of range',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      await client.sendPlain({ value: 'x' })
      for (const offset of [2, -1]) {
        expect(await client.fetch({ offset })).toMatchObject({
          errorCode: 1,
          highWatermark: -1,
          lastStableOffset: -1,
          logStartOffset: -1,
        })
      }
      expect(await client.fetch({ offset: 1 })).toMatchObject({
        errorCode: 0,
        highWatermark: 1,
        logStartOffset: 0,
      })
    },
  },
  {
    name: 'topics and partitions that are not there are told apart',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      const unknown = Buffer.from('no such topic id').toString('base64url')
      expect((await client.fetch({ topicId: unknown })).errorCode).toBe(100)
      expect((await client.fetch({ partition: 9 })).errorCode).toBe(3)
      expect((await client.offset(-1, { partition: 9 })).errorCode).toBe(3)
      const nobody = { producerId: -1, epoch: -1 }
      const batch = client.batch(nobody, {}, false)
      expect((await client.send(batch, { id: null, partition: 9 })).errorCode).toBe(3)
    },
  },
  {
    name: 'a leader epoch that is ahead is not known; where logs part is told',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      await client.sendPlain({ value: 'x' })
      expect((await client.fetch({ epoch: 3 })).errorCode).toBe(75)
      expect((await client.fetch({ epoch: 0, lastEpoch: 0, offset: 1 })).errorCode).toBe(0)
      expect((await client.offset(-1, { epoch: 3 })).errorCode).toBe(75)
      const parted = await client.fetch({ lastEpoch: 0, offset: 5 })
      expect((await client.fetch({ lastEpoch: 4, offset: 1 })).errorCode).toBe(1)
      expect(parted).toMatchObject({ errorCode: 0, divergingEpoch: { epoch: 0, endOffset: 1 } })
      const endOf = async (leaderEpoch: number, currentLeaderEpoch = -1) => {
        const partitions = [{ partition: 0, leaderEpoch, currentLeaderEpoch }]
        const topics = [{ topic: client.topic, partitions }]
        const answer = await client.ask(offsetForLeaderEpoch, 4, { topics })
        return answer.topics[0]?.partitions[0]
      }
      expect(await endOf(0)).toMatchObject({ errorCode: 0, leaderEpoch: 0, endOffset: 1 })
      expect(await endOf(4)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 })
      expect(await endOf(0, 3)).toMatchObject({ errorCode: 75 })
    },
  },
  {
    name: 'offsets are found by time, to the record',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await open(broker)
      const at = (timestamp: number) => ({ value: `${timestamp}`, timestamp })
      await client.sendPlain(at(1_000), at(2_000), at(3_000))
      await client.sendPlain(at(2_500))
      await client.write(writer, { records: [at(4_000)] })
      const offset = async (time: number, committed = false) =>
        (await client.offset(time, { committed })).offset
      expect(await offset(-2)).toBe(0)
      expect(await offset(0)).toBe(0)
      expect(await offset(1_001)).toBe(1)
      expect(await offset(3_000)).toBe(2)
      expect(await offset(3_001)).toBe(4)
      expect(await offset(4_001)).toBe(-1)
      expect(await offset(3_001, true)).toBe(-1)
      expect(await offset(-3)).toBe(4)
      expect(await client.ends()).toEqual([4, 5])
    },
  },
  {
    name: 'a record that is too large, or damaged, is refused',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      expect((await client.sendPlain({ value: 'x'.repeat(1_100_000) })).errorCode).toBe(10)
      const batch = client.batch({ producerId: -1, epoch: -1 }, {}, false).slice()
      batch[batch.length - 1] = 0xff
      expect((await client.send(batch, { id: null })).errorCode).toBe(2)
      expect(await client.ends()).toEqual([0, 0])
    },
  },
]
