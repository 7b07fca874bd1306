// Reads a topic with another client as its documentation shows it, with its own defaults.

import { Consumer } from '@platformatic/kafka'
import { connectKafkaJs } from '../../../test/services/kafka/kafkajs-client.ts'
import { clientOrder, RateMeter } from './rate-meter.ts'

const order = clientOrder()
const meter = new RateMeter(order)
const groupId = `bench-${process.pid}`
/** Keeps what is parsed from being optimised away. */
let parsed: unknown

async function readWithKafkaJs(): Promise<void> {
  const consumer = connectKafkaJs(order.brokers).consumer({ groupId })
  await consumer.connect()
  await consumer.subscribe({ topic: order.topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch: { messages } }) => {
      if (order.json === true) {
        for (const { value } of messages) parsed = JSON.parse(value?.toString() ?? 'null')
      }
      meter.add(messages.length)
    },
  })
}

async function readWithPlatformatic(): Promise<void> {
  const consumer = new Consumer({
    clientId: 'bench',
    groupId,
    bootstrapBrokers: order.brokers.split(','),
  })
  const stream = await consumer.consume({
    topics: [order.topic],
    mode: 'earliest',
    autocommit: false,
  })
  for await (const { value } of stream) {
    if (order.json === true) parsed = JSON.parse(value.toString())
    meter.add(1)
  }
}

await (order.client === 'kafkajs' ? readWithKafkaJs() : readWithPlatformatic())
if (parsed === null) console.error('The last value was null.')
