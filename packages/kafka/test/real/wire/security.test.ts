import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { kafka, startKafka } from '../../../../../test/services/kafka/kafka.ts'
import type { KafkaCluster } from '../../../../../test/services/kafka/kafka-cluster.ts'
import { whyUnavailable } from '../../../../../test/services/provisioned.ts'
import type { BrokerSession } from '../../../src/wire/connection/broker-session.ts'
import { connectBroker } from '../../../src/wire/connection/connect-broker.ts'
import type { SaslOptions, SecurityOptions } from '../../../src/wire/connection/security.ts'
import { metadata } from '../../../src/wire/message/metadata.ts'
import { nodeContext, placeOf, plainOptions } from '../../wire/wire-context.ts'

const why = await whyUnavailable(kafka)
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const
const username = 'alice'
const password = 'wonderland'

let cluster: KafkaCluster

beforeEach(({ skip }) => skip(why !== undefined, why))

beforeAll(async () => {
  if (why !== undefined) return
  cluster = await startKafka({
    listeners: {
      TLS: { tls: 'server' },
      MUTUAL: { tls: 'mutual' },
      SASL: { sasl: mechanisms },
      SECURE: { tls: 'server', sasl: ['SCRAM-SHA-512'] },
    },
    users: { [username]: password },
    properties: { 'connections.max.reauth.ms': 2000 },
  })
}, 120_000)

afterAll(() => cluster?.stop())

function connect(listener: string, security: SecurityOptions): Promise<BrokerSession> {
  const [host, port] = placeOf(cluster.addressOf(listener))
  return connectBroker(nodeContext, host, port, { ...plainOptions, security })
}

async function askOnce(session: BrokerSession): Promise<number> {
  return (await session.send(metadata, { topics: [] })).brokers.length
}

async function failureOf(listener: string, security: SecurityOptions): Promise<unknown> {
  try {
    const session = await connect(listener, security)
    await askOnce(session).finally(() => session.close())
    return 'no failure'
  } catch (error) {
    return error
  }
}

function saslBy(mechanism: (typeof mechanisms)[number], secret = password): SaslOptions {
  return mechanism === 'OAUTHBEARER'
    ? { mechanism: 'oauthbearer', token: unsecuredToken }
    : { mechanism: mechanism.toLowerCase() as 'plain', username, password: secret }
}

/** Brokers without a validator of their own take tokens that nobody has signed. */
function unsecuredToken(): string {
  const seconds = Math.floor(Date.now() / 1000)
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encode({ alg: 'none' })}.${encode({ sub: username, iat: seconds, exp: seconds + 60 })}.`
}

describe('With a real broker', () => {
  test('every mechanism authenticates, and again before the session ends', async () => {
    const untilMs = Date.now() + 3000
    const sessions = mechanisms.map(async (mechanism) => {
      const session = await connect('SASL', { sasl: saslBy(mechanism) })
      // The broker would cut the connection at the first request after two seconds.
      while (Date.now() < untilMs) {
        expect(await askOnce(session)).toBe(1)
        await nodeContext.timers.sleep(100)
      }
      session.close()
    })
    await Promise.all(sessions)
  })

  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)(
    '%s with a wrong password fails, and says so without it',
    async (mechanism) => {
      const failure = await failureOf('SASL', { sasl: saslBy(mechanism, 'wrong-password') })
      expect(failure).toMatchObject({ code: 'KAFKA_AUTHENTICATION_FAILED' })
      expect(String(failure) + JSON.stringify(failure)).not.toContain('wrong-password')
    },
  )

  test('a mechanism that the listener does not take, and one where none is wanted', async () => {
    const { ca } = trusted()
    expect(await failureOf('SECURE', { tls: { ca }, sasl: saslBy('PLAIN') })).toMatchObject({
      code: 'KAFKA_AUTHENTICATION_FAILED',
      message: expect.stringContaining('takes these mechanisms: SCRAM-SHA-512'),
    })
    expect(await failureOf('PLAINTEXT', { sasl: saslBy('PLAIN') })).toMatchObject({
      message: expect.stringContaining('asks nobody who they are'),
    })
  })

  function trusted(): { readonly ca: string; readonly cert: string; readonly key: string } {
    const { authority = '', certificate = '', key = '' } = cluster.certificates ?? {}
    return { ca: authority, cert: certificate, key }
  }

  test('TLS, alone, with a certificate of the client, and with SCRAM', async () => {
    const { ca, cert, key } = trusted()
    const securities = [
      ['TLS', { tls: { ca } }],
      ['TLS', { tls: { rejectUnauthorized: false } }],
      ['MUTUAL', { tls: { ca, cert, key, serverName: 'localhost' } }],
      ['SECURE', { tls: { ca }, sasl: saslBy('SCRAM-SHA-512') }],
    ] as const
    for (const [listener, security] of securities) {
      const session = await connect(listener, security)
      expect(await askOnce(session)).toBe(1)
      session.close()
    }
  })

  test('TLS with a certificate that is not trusted, for another name, or missing', async () => {
    const { ca } = trusted()
    const failed = (hint: string): object => ({
      code: 'KAFKA_TLS_FAILED',
      hint: expect.stringContaining(hint),
    })
    expect(await failureOf('TLS', { tls: {} })).toMatchObject(failed('tls: { ca }'))
    const other = { tls: { ca, serverName: 'other.example' } }
    expect(await failureOf('TLS', other)).toMatchObject(failed('serverName'))
    expect(await failureOf('MUTUAL', { tls: { ca } })).toMatchObject(failed('cert, key'))
  })

  test('TLS where there is none, and none where there is', async () => {
    expect(await failureOf('PLAINTEXT', { tls: {} })).toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      hint: expect.stringContaining('leave out `tls`'),
    })
    const failure = await failureOf('TLS', {})
    expect(failure).toMatchObject({ hint: expect.stringMatching(/Set `tls|set `tls`/) })
  })
})

describe('A web server at the address of a broker', () => {
  let server: Server

  beforeAll(async () => {
    server = createServer((_, response) => response.end('hello'))
    await new Promise<void>((done) => {
      server.listen(0, '127.0.0.1', done)
    })
  })

  afterAll(() => server.close())

  test.each([{}, { tls: {} }])('is recognised (%o)', async (security) => {
    const { port } = server.address() as AddressInfo
    const options = { ...plainOptions, security }
    const connecting = connectBroker(nodeContext, '127.0.0.1', port, options)
    await expect(connecting).rejects.toMatchObject({
      code: 'tls' in security ? 'KAFKA_TLS_FAILED' : 'KAFKA_NOT_A_BROKER',
    })
  })
})
