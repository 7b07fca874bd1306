// What kafkajs writes: without compression and with gzip, which it has itself, and transactions.

import { CompressionTypes, type Message } from 'kafkajs'
import {
  connectKafkaJs,
  createTopics,
} from '../../../../../../test/services/kafka/kafkajs-client.ts'
import { large, type SampleRecord, shapes } from '../sample-records.ts'
import type { SegmentRecorder } from '../segment-recorder.ts'

const compressions = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP }

export async function recordKafkaJs(recorder: SegmentRecorder): Promise<void> {
  const { url } = recorder.cluster
  const names = Object.keys(compressions).flatMap((each) => [
    `kafkajs-${each}`,
    `kafkajs-${each}-large`,
  ])
  const transactions = 'kafkajs-transactions'
  await createTopics(
    url,
    [...names, transactions].map((topic) => ({ topic })),
  )
  const producer = connectKafkaJs(url).producer({ allowAutoTopicCreation: false })
  await producer.connect()
  for (const name of names) {
    const compression = name.includes('gzip') ? compressions.gzip : compressions.none
    const sample = name.endsWith('large') ? 'large' : 'shapes'
    const messages = messagesOf(sample === 'large' ? large : shapes)
    await producer.send({ topic: name, compression, messages })
    await recorder.keep(name, { name, writtenBy: 'kafkajs', sample })
  }
  await producer.disconnect()
  await writeTransactions(url, transactions)
  await recorder.keep(transactions, { name: transactions, writtenBy: 'kafkajs', sample: 'other' })
}

async function writeTransactions(url: string, topic: string): Promise<void> {
  const producer = connectKafkaJs(url).producer({
    transactionalId: topic,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  for (const end of ['commit', 'abort', 'commit'] as const) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: messagesOf(shapes) })
    await transaction[end]()
  }
  await producer.disconnect()
}

function messagesOf(records: readonly SampleRecord[]): Message[] {
  return records.map(({ key, value, headers, timestamp }) => {
    const message: Message = {
      key: bytesOf(key),
      value: bytesOf(value),
      headers: {},
      partition: 0,
      timestamp: String(timestamp),
    }
    for (const [name, text] of headers) {
      const others = message.headers?.[name]
      const before = others === undefined ? [] : [others].flat()
      message.headers = {
        ...message.headers,
        [name]: [...before, Buffer.from(text ?? '', 'base64')],
      }
    }
    return message
  })
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64')
}
