import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { kafka, startKafka } from '../../../../test/services/kafka/kafka.ts'
import type { KafkaCluster } from '../../../../test/services/kafka/kafka-cluster.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { JavaClient } from '../../../kafka/test/real/java-client.ts'
import { parseAndRun } from '../../src/program.ts'
import { recordedTerminal } from '../terminal/recorded-terminal.ts'

const why = await whyUnavailable(kafka)

beforeEach(({ skip }) => skip(why !== undefined, why))

async function doctor(argv: readonly string[], environment: Record<string, string> = {}) {
  const terminal = recordedTerminal()
  const invocation = { terminal, environment, folder: process.cwd() }
  const exitCode = await parseAndRun(['doctor', '--timeout', '5s', ...argv], invocation)
  return { exitCode, out: terminal.outLines.join('\n') }
}

describe('sluice doctor', () => {
  let brokers = ''
  const topic = uniqueName('doctor')
  const servers: Server[] = []

  beforeAll(async () => {
    if (why !== undefined) return
    brokers = await sharedService('kafka')
    const java = await JavaClient.start(brokers)
    await java.createTopic(topic, { partitions: 3 })
    await java.close()
  }, 120_000)

  afterAll(() => {
    for (const server of servers) server.close()
  })

  test('finds that jobs can work, and what could go wrong', async () => {
    const { exitCode, out } = await doctor(['--brokers', brokers, '--topic', topic])
    expect(out).toMatch(/^cluster \S+, 1 broker$/m)
    expect(out).toContain(`ok       ${brokers}: a broker answers`)
    expect(out).toContain('risk     cluster: there is one broker')
    expect(out).toMatch(/ok {7}broker 1: speaks all \d+ requests that are used/)
    expect(out).toContain('ok       cluster: transaction.version is 2')
    expect(out).toContain('transactions may live for 900 s')
    expect(out).toContain("this user may open transactions of job 'doctor'")
    expect(out).toMatch(/topic sluice-ledger: (is not there yet|is compacted)/)
    expect(out).toContain(`topic ${topic}: has 3 partitions`)
    expect(out).toContain('Jobs can work here')
    expect(exitCode).toBe(0)
  }, 60_000)

  test('says when a topic is missing and a timeout too long, as JSON too', async () => {
    const asked = ['--topic', 'not-there', '--transaction-timeout', '1h', '--json']
    const { exitCode, out } = await doctor(['--brokers', brokers, ...asked])
    expect(exitCode).toBe(3)
    const { ok, findings } = JSON.parse(out)
    expect(ok).toBe(false)
    expect(findings).toContainEqual(
      expect.objectContaining({ about: 'topic not-there', level: 'wrong' }),
    )
    expect(findings).toContainEqual(
      expect.objectContaining({
        level: 'risk',
        message: 'transactions live for 900 s, and 3600 s are asked for',
      }),
    )
  }, 60_000)

  test('goes on where one address is wrong, and says which', async () => {
    const server = createServer((socket) =>
      socket.on('data', () => socket.end('HTTP/1.1 400 \r\n')),
    )
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const { exitCode, out } = await doctor(['--brokers', `${brokers},127.0.0.1:${port}`])
    expect(exitCode).toBe(3)
    expect(out).toContain(`WRONG    127.0.0.1:${port}: 127.0.0.1:${port} answers like a web server`)
    expect(out).toContain('speaks all')
  }, 60_000)

  test('finds nothing more where no broker answers', async () => {
    const { exitCode, out } = await doctor(['--brokers', '127.0.0.1:1'])
    expect(exitCode).toBe(3)
    expect(out).toMatch(/WRONG {4}127\.0\.0\.1:1: .*refused/)
    expect(out).toContain('1 wrong.')
  }, 30_000)
})

describe('sluice doctor as a user without rights', () => {
  let cluster: KafkaCluster | undefined

  beforeAll(async () => {
    if (why !== undefined) return
    cluster = await startKafka({
      listeners: { CLERKS: { sasl: ['SCRAM-SHA-256', 'PLAIN'] } },
      users: { clerk: 'not-to-be-seen' },
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
      },
    })
  }, 120_000)

  afterAll(async () => {
    await cluster?.stop()
  })

  test('names each right that is missing, and not the password', async () => {
    const address = cluster?.addressOf('CLERKS') ?? ''
    const signedIn = ['--brokers', address, '--sasl', 'plain', '--username', 'clerk']
    const password = { SLUICE_KAFKA_PASSWORD: 'not-to-be-seen' }
    const { exitCode, out } = await doctor([...signedIn, '--job', 'shop'], password)
    expect(out).toContain('a broker answers')
    expect(out).toContain('unknown  broker 1: transaction.max.timeout.ms may not be read')
    expect(out).toMatch(/WRONG {4}transactions: .*TRANSACTIONAL_ID_AUTHORIZATION_FAILED/)
    expect(out).toContain(
      'Grant WRITE and DESCRIBE on transactional ids that begin with sluice/shop/.',
    )
    expect(out).toMatch(/WRONG {4}topic sluice-ledger: /)
    expect(out).not.toContain('not-to-be-seen')
    expect(exitCode).toBe(3)
    const wrong = await doctor(signedIn, { SLUICE_KAFKA_PASSWORD: 'mistaken' })
    expect(wrong.exitCode).toBe(3)
    expect(wrong.out).toContain('1 wrong.')
    expect(wrong.out).not.toContain('mistaken')
  }, 60_000)
})
