// What the cleaner of a compacted topic leaves: batches with gaps, batches of which nothing is left
// but their numbers, and tombstones that wait for their end.

import { setTimeout as sleep } from 'node:timers/promises'
import { createTopics } from '../../../../../../test/services/kafka/kafkajs-client.ts'
import type { SampleRecord } from '../sample-records.ts'
import type { SegmentRecorder } from '../segment-recorder.ts'

const topic = 'compacted'
const aborted = 'this was aborted'
const cleanedWithinMs = 30_000

function record(key: string, value: string | null): SampleRecord {
  const encoded = (text: string) => Buffer.from(text).toString('base64')
  return {
    key: encoded(key),
    value: value === null ? null : encoded(value),
    headers: [],
    timestamp: 1_700_000_000_000,
  }
}

export async function recordCompacted(recorder: SegmentRecorder): Promise<void> {
  const { url } = recorder.cluster
  const properties = {
    'cleanup.policy': 'compact',
    'min.cleanable.dirty.ratio': '0.001',
    'segment.ms': '100',
    'delete.retention.ms': '3600000',
    'file.delete.delay.ms': '0',
  }
  await createTopics(url, [{ topic, properties }])
  const send = (...records: SampleRecord[]) =>
    [{ do: 'send', topic, partition: 0, records }, { do: 'flush' }] as const
  await recorder.java.produce(
    {
      config: {},
      steps: [
        ...send(record('a', '1'), record('b', '1'), record('c', '1'), record('a', '2')),
        ...send(record('b', '2')),
        ...send(record('d', '1'), record('b', null)),
      ],
    },
    // The last batch of a producer stays for its numbers, also when nothing of it is left.
    { config: {}, steps: send(record('f', '1')) },
    { config: {}, steps: send(record('f', '2')) },
    {
      config: { 'transactional.id': 'compacted' },
      steps: [
        { do: 'begin' },
        ...send(record('e', '1'), record('a', '3')),
        { do: 'commit' },
        { do: 'begin' },
        ...send(record('c', aborted)),
        { do: 'abort' },
      ],
    },
  )
  // A record whose time is later closes the segment, and only closed ones are cleaned.
  await sleep(200)
  const later = { ...record('z', '1'), timestamp: Date.now() }
  await recorder.java.produce({ config: {}, steps: send(later) })
  await untilCleaned(recorder)
  await recorder.keep(topic, { name: topic, writtenBy: 'java', sample: 'other' })
}

/** The cleaner is done when it has dropped the aborted record and leaves the log as it is. */
async function untilCleaned(recorder: SegmentRecorder): Promise<void> {
  const began = performance.now()
  let log = await recorder.logOf(topic)
  let since = began
  while (log.includes(aborted) || performance.now() - since < 2000) {
    if (performance.now() - began > cleanedWithinMs) throw new Error('The topic was not compacted.')
    await sleep(100)
    const now = await recorder.logOf(topic)
    if (!now.equals(log)) since = performance.now()
    log = now
  }
}
