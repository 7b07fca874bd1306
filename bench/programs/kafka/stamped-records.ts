// Writes records that carry the time at which they were made into one topic, reads committed
// records of another one, and says of each that came when it was made. Never ends by itself.

import { setTimeout as sleep } from 'node:timers/promises'
import { connectKafkaJs } from '../../../test/services/kafka/kafkajs-client.ts'

export interface StampedOrder {
  readonly brokers: string
  readonly from: string
  readonly to: string
}

/** Records that became visible; times are milliseconds since 1970. */
export interface StampedLine {
  readonly atMs: number
  readonly madeMs: readonly number[]
}

const everyMs = 5
const { brokers, from, to } = JSON.parse(process.argv[2] ?? '{}') as StampedOrder
const kafka = connectKafkaJs(brokers)

async function write(): Promise<never> {
  const producer = kafka.producer()
  await producer.connect()
  for (;;) {
    await producer.send({ topic: from, acks: -1, messages: [{ value: String(Date.now()) }] })
    await sleep(everyMs)
  }
}

async function read(): Promise<void> {
  const consumer = kafka.consumer({
    groupId: `bench-${process.pid}`,
    maxWaitTimeInMs: 100,
    readUncommitted: false,
  })
  await consumer.connect()
  await consumer.subscribe({ topic: to, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch: { messages } }) => {
      const madeMs = messages.map(({ value }) => Number(value?.toString()))
      const line: StampedLine = { atMs: Date.now(), madeMs }
      process.stdout.write(`${JSON.stringify(line)}\n`)
    },
  })
}

await Promise.all([read(), write()])
