import { createServer as createWebServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Ended,
  ProjectFolder,
  type SluiceProcess,
} from '../../../../../test/integration/cli/sluice-process.ts'
import { kafka, startKafka } from '../../../../../test/services/kafka/kafka.ts'
import type { KafkaCluster } from '../../../../../test/services/kafka/kafka-cluster.ts'
import { whyUnavailable } from '../../../../../test/services/provisioned.ts'
import { uniqueName } from '../../../../../test/services/shared/shared-service.ts'
import { JavaClient } from '../java-client.ts'

const why = await whyUnavailable(kafka)
const jobFile = fileURLToPath(new URL('jobs/copying.ts', import.meta.url))
const secret = 'not-to-be-seen'
const timeout = 60_000

beforeEach(({ skip }) => skip(why !== undefined, why))

/** Says what a broker of Kafka 0.11 says: the versions that it speaks, and no newer ones. */
function oldBroker(): Server {
  return createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (request) => {
      const version = request.readInt16BE(6)
      const apis = [
        [0, 0, 3],
        [1, 0, 5],
        [3, 0, 4],
        [18, 0, 1],
      ].flat()
      const body = Buffer.alloc(10 + apis.length * 2 + (version === 1 ? 4 : 0))
      body.writeInt32BE(request.readInt32BE(8), 0)
      body.writeInt16BE(version > 1 ? 35 : 0, 4)
      body.writeInt32BE(apis.length / 3, 6)
      for (const [index, number] of apis.entries()) body.writeInt16BE(number, 10 + index * 2)
      const size = Buffer.alloc(4)
      size.writeInt32BE(body.length)
      socket.write(Buffer.concat([size, body]))
    })
  })
}

describe('what is wrong is told at once, with what to do', () => {
  const servers: Server[] = []
  let cluster: KafkaCluster
  let folder: ProjectFolder

  beforeAll(async () => {
    if (why !== undefined) return
    cluster = await startKafka({
      listeners: { CLERKS: { sasl: ['PLAIN'] }, SAFE: { tls: 'server' } },
      users: { clerk: secret },
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
      },
    })
    const java = await JavaClient.start(cluster.url)
    await java.createTopic('there')
    await java.close()
    folder = new ProjectFolder()
  }, 180_000)

  afterAll(async () => {
    for (const server of servers) server.close()
    await folder?.remove()
    await cluster?.stop()
  })

  async function listening(server: Server): Promise<string> {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** Each is another job, with nothing behind it. */
  function begin(brokers: string, ...parameters: string[]): SluiceProcess {
    process.env['SLUICE_TEST_JOB'] = uniqueName('bad-input')
    const args = [`BROKERS=${brokers}`, 'TO=there', ...parameters]
    return folder.start('run', jobFile, ...args.flatMap((each) => ['-p', each]))
  }

  async function run(brokers: string, ...parameters: string[]): Promise<Ended> {
    const ended = await begin(brokers, ...parameters).ended()
    expect(ended.error).not.toContain(secret)
    return ended
  }

  test.each([
    ['generated records', []],
    ['a topic', ['FROM=there']],
  ])(
    'no broker, with %s',
    async (_, parameters) => {
      const begun = performance.now()
      const started = begin('127.0.0.1:1', ...parameters)
      await started.waitFor(
        'error',
        /is tried for up to 60 s: No connection to the broker: .*refused/,
      )
      expect(performance.now() - begun).toBeLessThan(15_000)
      started.signal('SIGKILL')
      await started.ended()
    },
    timeout,
  )

  test(
    'a web server',
    async () => {
      const { code, error } = await run(
        await listening(createWebServer((_, answer) => answer.end())),
      )
      expect(error).toMatch(/^KAFKA_NOT_A_BROKER 127\.0\.0\.1:\d+ answers like a web server/m)
      expect(error).toMatch(/hint +Check the port/)
      expect(code).toBe(3)
    },
    timeout,
  )

  test(
    'a broker that is too old',
    async () => {
      const { code, error } = await run(await listening(oldBroker()))
      expect(error).toMatch(/^KAFKA_BROKER_TOO_OLD .*127\.0\.0\.1/m)
      expect(error).toContain('3.1')
      expect(code).toBe(3)
    },
    timeout,
  )

  test('TLS where there is none, and none where there is', async () => {
    // A broker that is restarted hangs up as well, so it is tried again, and told at once.
    const started = begin(cluster.url, 'TLS=yes')
    await started.waitFor('error', /the TLS handshake\. It may be a listener without TLS/)
    started.signal('SIGKILL')
    await started.ended()
    const untrusted = await run(cluster.addressOf('SAFE'), 'TLS=yes')
    expect(untrusted.error).toMatch(/^KAFKA_TLS_FAILED .*trust/m)
    expect(untrusted.code).toBe(3)
    const plain = begin(cluster.addressOf('SAFE'))
    await plain.waitFor('error', /It may be a listener with TLS|KAFKA_TLS_FAILED/)
    plain.signal('SIGKILL')
    await plain.ended()
  }, 150_000)

  test(
    'a wrong password',
    async () => {
      const { code, error } = await run(cluster.addressOf('CLERKS'), `PASSWORD=wrong-${secret}`)
      expect(error).toMatch(/^KAFKA_AUTHENTICATION_FAILED /m)
      expect(code).toBe(3)
    },
    timeout,
  )

  test(
    'a missing topic, to write and to read',
    async () => {
      const written = await run(cluster.url, 'TO=not-there')
      expect(written.error).toMatch(/^KAFKA_TOPIC_MISSING Topic 'not-there' does not exist\./m)
      expect(written.error).toMatch(/hint +Make it: kafka-topics --create --topic not-there/)
      expect(written.code).toBe(2)
      const read = await run(cluster.url, 'FROM=not-there')
      expect(read.error).toMatch(/^KAFKA_TOPIC_MISSING .*'not-there'/m)
      expect(read.code).toBe(2)
    },
    timeout,
  )

  test(
    'no rights, on a topic that is there and on one that is to be made',
    async () => {
      const clerk = [cluster.addressOf('CLERKS'), `PASSWORD=${secret}`] as const
      const hidden = await run(...clerk)
      expect(hidden.error).toMatch(/^KAFKA_(FORBIDDEN|TOPIC_MISSING) .*there/m)
      expect(hidden.error).toMatch(/hint +Grant it to the user of this job/)
      const made = await run(...clerk, 'TO=to-be-made', 'RETENTION=1000')
      expect(made.error).toMatch(/^KAFKA_FORBIDDEN .*'to-be-made': TOPIC_AUTHORIZATION_FAILED/m)
      expect(made.code).toBe(3)
    },
    timeout,
  )

  test(
    'a setting of a topic that brokers do not take',
    async () => {
      const { code, error } = await run(cluster.url, 'TO=to-be-made', 'RETENTION=never')
      expect(error).toMatch(/^SETTING_INVALID .*'to-be-made' .*retention\.ms/m)
      expect(code).toBe(2)
    },
    timeout,
  )

  test(
    'a transaction timeout above what the brokers allow is cut, and said',
    async () => {
      const started = begin(cluster.url, 'TIMEOUT=1h')
      await started.waitFor('error', /allow transactions of at most 900 s; 3600 s were asked for/)
      started.signal('SIGINT')
      expect((await started.ended()).code).toBe(0)
    },
    timeout,
  )

  test(
    'a record over the limit',
    async () => {
      const { code, error } = await run(cluster.url, 'LENGTH=2000000')
      expect(error).toMatch(/^KAFKA_RECORDS_TOO_LARGE .*200\d{4}.*bytes/m)
      expect(error).toMatch(/hint .*recordBytes/)
      expect(code).toBe(1)
    },
    timeout,
  )
})
