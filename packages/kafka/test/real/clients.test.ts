import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { kafka } from '../../../../test/services/kafka/kafka.ts'
import { connectKafkaJs } from '../../../../test/services/kafka/kafkajs-client.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { readCount } from './independent-reader.ts'
import { JavaClient, type ProducerStep, type WrittenRecord } from './java-client.ts'
import { runKafkaTool } from './java-program.ts'

const why = await whyUnavailable(kafka)
const startWithinMs = 120_000

beforeEach(({ skip }) => skip(why !== undefined, why))

function recordOf(value: string): WrittenRecord {
  return { key: null, value: Buffer.from(value).toString('base64') }
}

describe('The clients that are not ours', () => {
  let url: string
  let java: JavaClient

  beforeAll(async () => {
    if (why !== undefined) return
    url = await sharedService('kafka')
    java = await JavaClient.start(url)
  }, startWithinMs)

  afterAll(async () => {
    await java?.close()
  })

  async function newTopic(partitions = 1): Promise<string> {
    const topic = uniqueName('clients')
    await java.createTopic(topic, { partitions })
    return topic
  }

  it('read each what the other wrote', async () => {
    const topic = await newTopic(2)
    const header = ['name', Buffer.from('a header').toString('base64')] as const
    const record = { ...recordOf('from Java'), headers: [header], timestamp: 1_700_000_000_000 }
    const send = [{ do: 'send', topic, partition: 1, records: [record] }] as const
    expect(await java.produce({ config: {}, steps: send })).toEqual([{ partition: 1, offset: 0 }])
    const producer = connectKafkaJs(url).producer()
    await producer.connect()
    await producer.send({ topic, messages: [{ partition: 0, key: 'k', value: 'from kafkajs' }] })
    await producer.disconnect()

    const byJava = await java.read(topic)
    expect(byJava.records).toMatchObject([
      { partition: 0, offset: 0, key: 'k', value: 'from kafkajs', headers: [] },
      { partition: 1, key: null, value: 'from Java', headers: [['name', 'a header']] },
    ])
    const byKafkaJs = await readCount(url, topic, 2)
    expect(byKafkaJs.toSorted((a, b) => a.partition - b.partition)).toEqual(byJava.records)
  })

  it('see what is committed, and that something is open', async () => {
    const topic = await newTopic()
    const send = (value: string): ProducerStep[] => [
      { do: 'send', topic, partition: 0, records: [recordOf(value)] },
    ]
    const id = uniqueName('left')
    await java.produce({
      config: { 'transactional.id': id },
      steps: [
        ...(['commit', 'abort'] as const).flatMap((end): ProducerStep[] => [
          { do: 'begin' },
          ...send(end),
          { do: end },
        ]),
        { do: 'begin' },
        ...send('open'),
        { do: 'leave' },
      ],
    })
    const committed = await java.read(topic)
    expect(committed.records.map(({ value }) => value)).toEqual(['commit'])
    expect(committed.partitions).toEqual([{ partition: 0, begin: 0, end: 4, highWatermark: 5 }])
    const all = await java.read(topic, 'read_uncommitted')
    expect(all.records.map(({ value }) => value)).toEqual(['commit', 'abort', 'open'])
    const mine = (await java.transactions()).filter((each) => each.transactionalId === id)
    expect(mine).toMatchObject([{ state: 'Ongoing', partitions: [`${topic}-0`] }])

    await java.fence(id)
    await expect.poll(async () => (await java.read(topic)).partitions[0]?.end).toBe(6)
    expect((await readCount(url, topic, 1)).map(({ value }) => value)).toEqual(['commit'])
  })

  it('move the beginning of a log, and delete a topic', async () => {
    const topic = await newTopic()
    const records = ['a', 'b', 'c'].map(recordOf)
    await java.produce({ config: {}, steps: [{ do: 'send', topic, partition: 0, records }] })
    await java.deleteRecords(topic, 0, 2)
    expect((await java.read(topic)).records.map(({ value }) => value)).toEqual(['c'])
    await java.addPartitions(topic, 3)
    await expect.poll(async () => (await java.read(topic)).partitions.length).toBe(3)
    await java.deleteTopic(topic)
    const missing = () => java.read(topic).catch((error: Error) => error.message)
    await expect.poll(missing).toContain(`there is no topic ${topic}`)
  })

  it(
    'are the command line tools of Kafka as well',
    async () => {
      const topic = await newTopic()
      const place = ['--bootstrap-server', url, '--topic', topic]
      await runKafkaTool('ConsoleProducer', { args: place, input: 'one\ntwo\n' })
      const end = ['--from-beginning', '--max-messages', '2']
      const args = [...place, ...end]
      expect(await runKafkaTool('consumer.ConsoleConsumer', { args })).toBe('one\ntwo\n')
      const list = ['--bootstrap-server', url, 'list']
      expect(await runKafkaTool('TransactionsCommand', { args: list })).toContain('TransactionalId')
    },
    startWithinMs,
  )
})

describe('A shared broker', () => {
  it.each([
    { name: 'kafka', level: 2 },
    { name: 'kafka with transaction version 1', level: 1 },
  ] as const)(
    '"$name" has transaction version $level',
    async ({ name, level }) => {
      const java = await JavaClient.start(await sharedService(name))
      expect(await java.features()).toMatchObject({ 'transaction.version': level })
      await java.close()
    },
    startWithinMs,
  )
})
