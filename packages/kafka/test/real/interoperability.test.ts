// Records of other clients are read, and ours are read by them, in each compression. None of the
// other sides shares code with ours, and what lies in the log is asked for its compression.

import { defineJob, memorySink, memorySource, text } from '@sluice/core'
import { CompressionTypes } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { kafka } from '../../../../test/services/kafka/kafka.ts'
import { connectKafkaJs } from '../../../../test/services/kafka/kafkajs-client.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { EngineJob } from '../../../runtime/test/attack/world/engine-job.ts'
import { kafkaSink, kafkaSource } from '../../src/index.ts'
import { BrokerClient } from '../conformance/broker-client.ts'
import { readCount } from './independent-reader.ts'
import { JavaClient } from './java-client.ts'
import { runKafkaTool } from './java-program.ts'
import { registerKafkaJsCodecs } from './kafkajs-codecs.ts'
import { realBroker } from './real-broker.ts'

const why = await whyUnavailable(kafka)
const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
type Compression = (typeof compressions)[number]

const inKafkaJs = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const

/** Where the header of a batch says how its records are compressed: 0 to 4, in this order. */
const attributesAt = 22
const compressionBits = 0b111
const lengthAt = 8
const headBytes = 12

/** More than one block of any compression, and characters of one to four bytes. */
const lines = Array.from({ length: 3_000 }, (_, n) => `${n} größer 値 🦥 ${(n * 7919) % 4099}`)
const byText = (one: unknown, other: unknown) => (String(one) < String(other) ? -1 : 1)
const sorted = lines.toSorted(byText)
const withinMs = 90_000

beforeEach(({ skip }) => skip(why !== undefined, why))

describe('what another client wrote or reads, in each compression', () => {
  let url: string
  let java: JavaClient
  const broker = realBroker(2, async () => url)

  beforeAll(async () => {
    if (why !== undefined) return
    registerKafkaJsCodecs()
    url = await sharedService('kafka')
    java = await JavaClient.start(url)
  }, 120_000)

  afterEach(() => broker.closeAll())
  afterAll(() => java?.close())

  /** How the batches of records in a log are compressed; control batches never are. */
  async function compressionsIn(client: BrokerClient): Promise<ReadonlySet<string | undefined>> {
    const [, end = 0] = await client.ends()
    const found = new Set<string | undefined>()
    for (let offset = 0; offset < end; ) {
      const { records } = await client.fetch({ offset, committed: false })
      const bytes = Buffer.from(records ?? [])
      let next = offset
      for (let at = 0; at + headBytes <= bytes.length; ) {
        const size = headBytes + bytes.readInt32BE(at + lengthAt)
        if (at + size > bytes.length) break
        const attributes = bytes.readUInt8(at + attributesAt)
        const isControl = (attributes & 0x20) !== 0
        if (!isControl) found.add(compressions[attributes & compressionBits])
        next = Number(bytes.readBigInt64BE(at)) + bytes.readInt32BE(at + 23) + 1
        at += size
      }
      if (next === offset) throw new Error(`Nothing comes at ${offset}.`)
      offset = next
    }
    return found
  }

  async function finish(job: EngineJob): Promise<void> {
    const { outcome, error } = await job.start(1).done
    expect(error).toBeUndefined()
    expect(outcome).toBe('finished')
  }

  /** What our source reads of a topic, sorted. */
  async function readByUs(topic: string): Promise<readonly string[]> {
    const sink = memorySink<string>()
    const source = kafkaSource({ brokers: url, topic, value: text(), stopAt: 'latest' })
    const name = uniqueName('reading')
    await finish(
      new EngineJob(
        defineJob({ name, graph: (job) => void job.from('in', source).to('out', sink) }),
      ),
    )
    return sink.records.toSorted(byText)
  }

  async function writeByUs(topic: string, compression: Compression): Promise<void> {
    const name = uniqueName('writing')
    const sink = kafkaSink<string>({
      brokers: url,
      topic,
      compression,
      value: text(),
      key: (line) => line.slice(0, line.indexOf(' ')),
    })
    await finish(
      new EngineJob(
        defineJob({
          name,
          graph: (job) => void job.from('in', memorySource(lines)).to('out', sink),
        }),
      ),
    )
  }

  it.each(compressions)(
    "%s: what we write is read by kafkajs and by Java's consumers",
    async (compression) => {
      const client = await BrokerClient.open(broker)
      const { topic } = client
      await writeByUs(topic, compression)
      expect(await compressionsIn(client)).toEqual(new Set([compression]))
      const byKafkaJs = await readCount(url, topic, lines.length)
      const byJava = (await java.read(topic)).records
      for (const records of [byKafkaJs, byJava]) {
        expect(records.map(({ value }) => value).toSorted(byText)).toEqual(sorted)
        expect(records.every(({ key, value }) => value?.startsWith(`${key} `))).toBe(true)
      }
      const place = ['--bootstrap-server', url, '--topic', topic, '--from-beginning']
      const isolation = ['--isolation-level', 'read_committed']
      const args = [...place, ...isolation, '--max-messages', `${lines.length}`]
      const shown = await runKafkaTool('consumer.ConsoleConsumer', { args })
      expect(shown.trimEnd().split('\n').toSorted(byText)).toEqual(sorted)
    },
    withinMs,
  )

  it.each(compressions)(
    "%s: what Java's console producer writes is read by us",
    async (compression) => {
      const client = await BrokerClient.open(broker)
      const { topic } = client
      const args = ['--bootstrap-server', url, '--topic', topic, '--compression-codec', compression]
      await runKafkaTool('ConsoleProducer', { args, input: `${lines.join('\n')}\n` })
      expect(await compressionsIn(client)).toEqual(new Set([compression]))
      expect(await readByUs(topic)).toEqual(sorted)
    },
    withinMs,
  )

  it.each(compressions)(
    '%s: what kafkajs writes is read by us',
    async (compression) => {
      const client = await BrokerClient.open(broker)
      const { topic } = client
      const producer = connectKafkaJs(url).producer({ idempotent: true, maxInFlightRequests: 1 })
      await producer.connect()
      const messages = lines.map((value) => ({ value }))
      await producer.send({ topic, messages, compression: inKafkaJs[compression] })
      await producer.disconnect()
      expect(await compressionsIn(client)).toEqual(new Set([compression]))
      expect(await readByUs(topic)).toEqual(sorted)
    },
    withinMs,
  )
})
