import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JavaClient } from '../../../packages/kafka/test/real/java-client.ts'
import { whyUnavailable } from '../provisioned.ts'
import { kafka, startKafka } from './kafka.ts'
import type { KafkaCluster } from './kafka-cluster.ts'

const why = await whyUnavailable(kafka)
const startWithinMs = 120_000
const username = 'ada'
const password = 'her own secret'
const wrongPassword = 'a guess'

beforeEach(({ skip }) => skip(why !== undefined, why))

/** A bearer token that nobody signed. */
function unsignedToken(subject: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const nowSeconds = Math.floor(Date.now() / 1000)
  const claims = { sub: subject, iat: nowSeconds, exp: nowSeconds + 3600 }
  return `${part({ alg: 'none' })}.${part(claims)}.`
}

describe('A listener of Kafka', () => {
  let cluster: KafkaCluster

  beforeAll(async () => {
    if (why !== undefined) return
    cluster = await startKafka({
      users: { [username]: password },
      listeners: {
        TLS: { tls: 'server' },
        MUTUAL: { tls: 'mutual' },
        LOGIN: { sasl: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] },
        SECURE: { tls: 'server', sasl: ['SCRAM-SHA-512'] },
      },
    })
  }, startWithinMs)

  afterAll(async () => {
    await cluster?.stop()
  })

  async function connect(listener: string, config: Partial<KafkaConfig>): Promise<number> {
    const admin = new Kafka({
      brokers: [cluster.addressOf(listener)],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      ...config,
    }).admin()
    try {
      await admin.connect()
      return (await admin.describeCluster()).brokers.length
    } finally {
      await admin.disconnect()
    }
  }

  const authority = () => cluster.certificates?.authority ?? ''

  it('with TLS shows the certificate of the cluster', async () => {
    expect(await connect('TLS', { ssl: { ca: authority() } })).toBe(1)
    await expect(connect('TLS', { ssl: true })).rejects.toThrow(/self-signed/)
    await expect(connect('TLS', {})).rejects.toThrow()
  })

  it('with mutual TLS takes the certificate of the client and no other', async () => {
    const { certificate: cert, key } = cluster.certificates ?? {}
    const ca = authority()
    expect(await connect('MUTUAL', { ssl: { ca, cert, key } })).toBe(1)
    await expect(connect('MUTUAL', { ssl: { ca } })).rejects.toThrow()
  })

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'takes those that log in by %s',
    async (mechanism) => {
      const login = (given: string) => {
        // The type lists the mechanisms one by one and knows no choice between them.
        const sasl = { mechanism, username, password: given } as SASLOptions
        return connect('LOGIN', { sasl })
      }
      expect(await login(password)).toBe(1)
      await expect(login(wrongPassword)).rejects.toThrow(/[Aa]uthentication/)
    },
  )

  it('takes those that log in by a bearer token', async () => {
    const login = (value: string) =>
      connect('LOGIN', {
        sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value }) },
      })
    expect(await login(unsignedToken(username))).toBe(1)
    await expect(login('no token')).rejects.toThrow()
  })

  it(
    'with TLS and a login takes the client of Kafka itself',
    async () => {
      const module = 'org.apache.kafka.common.security.scram.ScramLoginModule'
      const java = await JavaClient.start(cluster.addressOf('SECURE'), {
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'SCRAM-SHA-512',
        'sasl.jaas.config': `${module} required username="${username}" password="${password}";`,
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.certificates': authority(),
      })
      expect(await java.features()).toMatchObject({ 'transaction.version': 2 })
      await java.close()
    },
    startWithinMs,
  )
})
