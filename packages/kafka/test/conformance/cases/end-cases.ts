// The end of transactions: what EndTxn is answered, whatever has become of its transaction.

import { expect } from 'vitest'
import type { BrokerUnderTest } from '../broker-under-test.ts'
import { BrokerClient } from '../broker-client.ts'

async function begun(broker: BrokerUnderTest) {
  const client = await BrokerClient.open(broker)
  const writer = await client.init()
  expect(await client.write(writer)).toEqual({ errorCode: 0, baseOffset: 0 })
  /** What version 2 adds to an epoch when a transaction ends. */
  const bumped = broker.version - 1
  return { client, writer, bumped }
}

export const endCases = [
  {
    name: 'an open transaction is committed, and the epoch of the next one is said',
    async run(broker: BrokerUnderTest) {
      const { client, writer, bumped } = await begun(broker)
      expect(await client.ends()).toEqual([0, 1])
      const answer = await client.end(writer, true)
      expect(answer).toMatchObject(
        broker.version === 1
          ? { errorCode: 0, producerId: -1, producerEpoch: -1 }
          : { errorCode: 0, producerId: writer.producerId, producerEpoch: writer.epoch + 1 },
      )
      await client.settles(() => client.state(), ['CompleteCommit', writer.epoch + bumped])
      await client.settles(() => client.ends(), [2, 2])
    },
  },
  {
    name: 'a committed one is committed again, and not aborted',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await begun(broker)
      const first = await client.end(writer, true)
      expect(await client.end(writer, true)).toEqual(first)
      expect(await client.endCode(writer, false)).toBe(48)
      await client.settles(() => client.ends(), [2, 2])
    },
  },
  {
    name: 'an aborted one is aborted again, and not committed',
    async run(broker: BrokerUnderTest) {
      const { client, writer, bumped } = await begun(broker)
      await client.end(writer, false)
      await client.settles(() => client.state(), ['CompleteAbort', writer.epoch + bumped])
      expect(await client.endCode(writer, true)).toBe(48)
      expect(await client.endCode(writer, false)).toBe(0)
      expect(await client.state()).toEqual(['CompleteAbort', writer.epoch + bumped])
    },
  },
  {
    name: 'one whose time was over is aborted',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      const writer = await client.init(1_000)
      expect((await client.write(writer)).errorCode).toBe(0)
      await broker.pass(1_000)
      await client.settles(() => client.state(), ['CompleteAbort', writer.epoch + 1])
      expect(await client.endCode(writer, true)).toBe(broker.version === 1 ? 90 : 48)
      expect(await client.endCode(writer, false)).toBe(broker.version === 1 ? 90 : 0)
      expect(await client.ends()).toEqual([2, 2])
      const written = await client.send(client.batch(writer, { sequence: 1 }))
      expect(written.errorCode).toBe(47)
    },
  },
  {
    name: 'after a later InitProducerId it is fenced',
    async run(broker: BrokerUnderTest) {
      const { client, writer, bumped } = await begun(broker)
      await client.end(writer, true)
      const next = await client.init()
      expect(next).toEqual({ ...writer, epoch: writer.epoch + 1 + bumped })
      expect(await client.endCode(writer, true)).toBe(90)
      expect(await client.endCode(writer, false)).toBe(90)
      expect(await client.state()).toEqual(['Empty', next.epoch])
    },
  },
  {
    name: 'one that never wrote is not committed',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      const writer = await client.init()
      expect(await client.endCode(writer, true)).toBe(48)
      expect(await client.state()).toEqual(['Empty', writer.epoch])
    },
  },
  {
    name: 'one that never wrote is aborted by version 2 alone',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      const writer = await client.init()
      const answer = await client.end(writer, false)
      expect(answer.errorCode).toBe(broker.version === 1 ? 48 : 0)
      if (broker.version === 1) return
      expect(answer.producerEpoch).toBe(writer.epoch + 1)
      await client.settles(() => client.state(), ['CompleteAbort', writer.epoch + 1])
    },
  },
  {
    name: 'one of an unknown id, or of another producer, is not known',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await begun(broker)
      expect(await client.endCode(writer, true, broker.unique('sluice/other'))).toBe(49)
      const other = { ...writer, producerId: writer.producerId + 1_000_000 }
      expect(await client.endCode(other, true)).toBe(49)
      expect((await client.state())[0]).toBe('Ongoing')
    },
  },
  {
    name: 'an epoch that is too high is fenced as well',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await begun(broker)
      expect(await client.endCode({ ...writer, epoch: writer.epoch + 1 }, true)).toBe(90)
      expect((await client.state())[0]).toBe('Ongoing')
    },
  },
  {
    name: 'a late end of version 1 commits the next transaction; of version 2 it does not',
    async run(broker: BrokerUnderTest) {
      const { client, writer } = await begun(broker)
      const next = await client.next(writer)
      const sequence = broker.version === 1 ? 1 : 0
      expect((await client.write(next, { sequence })).errorCode).toBe(0)
      expect(await client.endCode(writer, true)).toBe(broker.version === 1 ? 0 : 90)
      await client.settles(
        async () => (await client.state())[0],
        broker.version === 1 ? 'CompleteCommit' : 'Ongoing',
      )
    },
  },
]
