// What takes a real broker minutes or a week; it was measured there once.

import { expect, test } from 'vitest'
import { BrokerClient } from '../conformance/broker-client.ts'
import { simulatedBroker } from './simulated-broker.ts'

test('the last epoch is followed by another producer, and the old triple is answered', async () => {
  const { broker, cluster } = simulatedBroker(2)
  const client = await BrokerClient.open(broker)
  const first = await client.init()
  let [before, next] = [first, first]
  while (next.producerId === first.producerId) {
    before = next
    await client.write(before)
    next = await client.next(before)
  }
  expect(before.epoch).toBe(32_766)
  expect(next.epoch).toBe(0)
  const again = await client.end(before, true)
  expect(again).toMatchObject({ errorCode: 0, producerId: next.producerId, producerEpoch: 0 })
  cluster.close()
})

test('an id that was not used for long is not known any more', async () => {
  const { broker, cluster } = simulatedBroker(2)
  const client = await BrokerClient.open(broker)
  const writer = await client.init()
  await client.write(writer)
  await client.end(writer, true)
  cluster.transactions.expire(client.id)
  expect(await client.endCode(writer, true)).toBe(49)
  expect((await client.state())[0]).toBe(105)
  cluster.close()
})
