// Reads topics with kafkajs, so that what our sinks wrote is judged by a client that is not ours.

import { setTimeout as sleep } from 'node:timers/promises'
import type { IHeaders } from 'kafkajs'
import { connectKafkaJs } from '../../../../test/services/kafka/kafkajs-client.ts'
import { uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { type ReadRecord, textOf } from './read-record.ts'

export interface ReadOptions {
  readonly isolation?: 'read_committed' | 'read_uncommitted'
  /** Fails when what is awaited has not come within this time. */
  readonly withinMs?: number
}

type Enough = (records: readonly ReadRecord[]) => boolean

const oneTooManyWithinMs = 300

/**
 * Reads a topic from its beginning until `isEnough` says that all is there, and then for a moment
 * longer, so that a record too many is seen as well. Records of a partition are in their order.
 */
export async function readUntil(
  url: string,
  topic: string,
  isEnough: Enough,
  { isolation = 'read_committed', withinMs = 30_000 }: ReadOptions = {},
): Promise<readonly ReadRecord[]> {
  const reader = connectKafkaJs(url).consumer({
    groupId: uniqueName('reader'),
    readUncommitted: isolation === 'read_uncommitted',
    maxWaitTimeInMs: 100,
    retry: { retries: 20 },
  })
  const records: ReadRecord[] = []
  const began = performance.now()
  try {
    await reader.connect()
    await reader.subscribe({ topic, fromBeginning: true })
    await reader.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        records.push({
          partition,
          offset: Number(message.offset),
          key: textOf(message.key),
          value: textOf(message.value),
          keyBytes: message.key,
          valueBytes: message.value,
          headers: headersOf(message.headers),
          timestamp: Number(message.timestamp),
        })
      },
    })
    while (!isEnough(records)) {
      if (performance.now() - began > withinMs) {
        throw new Error(`Of ${topic} only ${records.length} records came within ${withinMs} ms.`)
      }
      await sleep(10)
    }
    await sleep(oneTooManyWithinMs)
  } finally {
    await reader.disconnect()
  }
  return records
}

/** Reads until there are so many records; returns those that came too much, too. */
export function readCount(
  url: string,
  topic: string,
  count: number,
  options: ReadOptions = {},
): Promise<readonly ReadRecord[]> {
  return readUntil(url, topic, (records) => records.length >= count, options)
}

function headersOf(headers: IHeaders = {}): ReadRecord['headers'] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? null].flat().map((each) => [name, each === null ? null : String(each)] as const),
  )
}
