// Writes values of a hundred bytes with another client, without transactions: several requests at a
// time, each of as many records as a batch of ours has.

import { Producer, ProduceAcks } from '@platformatic/kafka'
import { connectKafkaJs } from '../../../test/services/kafka/kafkajs-client.ts'
import { payloads } from '../../jobs/kafka/payload.ts'
import { clientOrder, RateMeter } from './rate-meter.ts'

const recordsPerRequest = 2500
const requestsAtATime = 5

const order = clientOrder()
const { topic, brokers } = order
const meter = new RateMeter(order)
const valueOf = payloads()
const values = Array.from({ length: recordsPerRequest }, (_, index) => Buffer.from(valueOf(index)))

async function kafkaJsRequest(): Promise<() => Promise<unknown>> {
  const producer = connectKafkaJs(brokers).producer()
  await producer.connect()
  return () => producer.send({ topic, acks: -1, messages: values.map((value) => ({ value })) })
}

function platformaticRequest(): () => Promise<unknown> {
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: brokers.split(',') })
  const acks = ProduceAcks.ALL
  return () => producer.send({ acks, messages: values.map((value) => ({ topic, value })) })
}

const request = order.client === 'kafkajs' ? await kafkaJsRequest() : platformaticRequest()

async function writeOn(): Promise<never> {
  for (;;) {
    await request()
    meter.add(recordsPerRequest)
  }
}

await Promise.all(Array.from({ length: requestsAtATime }, writeOn))
