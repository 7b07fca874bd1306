import type { NetworkConnection } from '@sluice/core/connector'
import type { Platform } from '@sluice/runtime/internal'
import { SimulatedWorld } from '@sluice/testing/simulator'
import { describe, expect, test } from 'vitest'
import type { BrokerSession } from '../../../src/wire/connection/broker-session.ts'
import { connectBroker } from '../../../src/wire/connection/connect-broker.ts'
import type { SecurityOptions } from '../../../src/wire/connection/security.ts'
import { endTxn } from '../../../src/wire/message/transactions.ts'
import { saslAuthenticate, saslHandshake } from '../../../src/wire/message/sasl.ts'
import { ScriptedBroker } from './scripted-broker.ts'

const password = 'pencil-sharpener'
const plain: SecurityOptions = { sasl: { mechanism: 'plain', username: 'me', password } }

interface Scene {
  readonly world: SimulatedWorld
  readonly broker: ScriptedBroker
}

function scene(): Scene {
  const world = new SimulatedWorld({ seed: 5 })
  return { world, broker: new ScriptedBroker(world, 'broker', 9092) }
}

function connect(platform: Platform, security: SecurityOptions = {}): Promise<BrokerSession> {
  return connectBroker(platform, 'broker', 9092, {
    clientId: 'me',
    security,
    connectTimeoutMs: 1000,
    requestTimeoutMs: 5000,
    maxResponseBytes: 1e6,
  })
}

async function inWorld(
  world: SimulatedWorld,
  main: (platform: Platform) => Promise<void>,
): Promise<void> {
  const process = world.startProcess('client')
  process.run(main)
  await world.run()
  if (process.exit?.kind === 'failed') throw process.exit.error
  expect(process.exit).toEqual({ kind: 'finished' })
}

async function failureOf({ world }: Scene, security: SecurityOptions = {}): Promise<unknown> {
  let failure: unknown
  await inWorld(world, async (platform) => {
    failure = await connect(platform, security).catch((error: unknown) => error)
  })
  return failure
}

const ended = { throttleTimeMs: 0, errorCode: 0 }
const request = { transactionalId: 't', producerId: 1, producerEpoch: 0, committed: true }

describe('A session with a broker', () => {
  test('uses the newest version that both know, or an older one that was asked for', async () => {
    const { world, broker } = scene()
    broker.speaks({ EndTxn: [0, 4] }, 1)
    broker.answers(endTxn, () => ended)
    await inWorld(world, async (platform) => {
      const session = await connect(platform)
      expect(await session.send(endTxn, request)).toMatchObject({ errorCode: 0, producerEpoch: -1 })
      await session.send(endTxn, request, { atMost: 3 })
      expect(session.versions.featureLevel('transaction.version')).toBe(1)
      expect(session.versions.featureLevel('group.version')).toBe(0)
      session.close()
    })
    expect(broker.asked.map(({ version }) => version)).toEqual([4, 4, 3])
  })

  test('goes back to a version of ApiVersions that the broker knows', async () => {
    const { world, broker } = scene()
    broker.speaks({ ApiVersions: [0, 2] })
    await inWorld(world, async (platform) => (await connect(platform)).close())
    expect(broker.asked.map(({ version }) => version)).toEqual([4, 2])
  })

  test('does not come about with a broker that is too old, which is said', async () => {
    const old = scene()
    old.broker.speaks({ Fetch: [0, 12] })
    expect(await failureOf(old)).toMatchObject({
      code: 'KAFKA_BROKER_TOO_OLD',
      message:
        'Sluice needs Fetch in a version from 13 to 17; the broker broker:9092 speaks 0 to 12.',
    })
  })
})

describe('What answers instead of a broker is recognised:', () => {
  async function answeredBy(answer: (connection: NetworkConnection) => void): Promise<unknown> {
    const world = new SimulatedWorld({ seed: 1 })
    world.network.listen('broker', 9092, (connection) => {
      connection.listen({ data: () => answer(connection), closed: () => {} })
    })
    return await failureOf({ world } as Scene)
  }

  test('a web server', async () => {
    const failure = await answeredBy((connection) => {
      connection.write([Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')])
      connection.close()
    })
    expect(failure).toMatchObject({
      code: 'KAFKA_NOT_A_BROKER',
      message: 'broker:9092 answers like a web server, not like a broker.',
    })
  })

  test('a listener with TLS', async () => {
    const failure = await answeredBy((connection) => {
      connection.write([Uint8Array.of(0x15, 3, 3, 0, 2, 2, 0x46)])
    })
    expect(failure).toMatchObject({
      code: 'KAFKA_TLS_FAILED',
      message: 'The broker broker:9092 expects TLS.',
    })
  })

  test('something that hangs up', async () => {
    const failure = await answeredBy((connection) => connection.close())
    expect(failure).toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      hint: expect.stringContaining('It may be a listener with TLS'),
    })
  })

  test('something that says nothing', async () => {
    expect(await answeredBy(() => {})).toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      message: expect.stringContaining('has not answered ApiVersions within 1000 ms'),
    })
  })

  test('something that talks nonsense', async () => {
    const failure = await answeredBy((connection) => {
      connection.write([Uint8Array.of(0, 0, 0, 6, 0, 0, 0, 0, 0, 99)])
    })
    expect(failure).toMatchObject({ code: 'KAFKA_NOT_A_BROKER' })
  })

  test('nobody', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    expect(await failureOf({ world } as Scene)).toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      message: expect.stringContaining('there is no host of this name'),
    })
  })
})

describe('Authentication', () => {
  test('is proven before anything is asked', async () => {
    const { world, broker } = scene()
    broker.answers(saslHandshake, ({ mechanism }) => ({ errorCode: 0, mechanisms: [mechanism] }))
    broker.answers(saslAuthenticate, ({ authBytes }) => {
      expect(Buffer.from(authBytes).toString()).toBe(`\0me\0${password}`)
      return { errorCode: 0, authBytes: new Uint8Array(0) }
    })
    broker.answers(endTxn, () => ended)
    await inWorld(world, async (platform) => {
      const session = await connect(platform, plain)
      await session.send(endTxn, request)
      await platform.timers.sleep(10 * 3_600_000)
      await session.send(endTxn, request)
    })
    expect(broker.names).toEqual(['SaslHandshake', 'SaslAuthenticate', 'EndTxn', 'EndTxn'])
  })

  test.each([
    [33, 'takes these mechanisms: GSSAPI, SCRAM-SHA-256'],
    [34, 'asks nobody who they are'],
  ])('that the broker does not want (%i) says what it wants', async (errorCode, reason) => {
    const refusing = scene()
    const mechanisms = errorCode === 33 ? ['GSSAPI', 'SCRAM-SHA-256'] : []
    refusing.broker.answers(saslHandshake, () => ({ errorCode, mechanisms }))
    expect(await failureOf(refusing, plain)).toMatchObject({
      code: 'KAFKA_AUTHENTICATION_FAILED',
      message: expect.stringContaining(reason),
    })
  })

  test('that fails says what the broker said, and no secret even if that did', async () => {
    const refusing = scene()
    refusing.broker.answers(saslHandshake, () => ({ errorCode: 0, mechanisms: [] }))
    refusing.broker.answers(saslAuthenticate, () => ({
      errorCode: 58,
      errorMessage: `Not with ${password}`,
      authBytes: new Uint8Array(0),
    }))
    const failure = await failureOf(refusing, plain)
    expect(failure).toMatchObject({
      code: 'KAFKA_AUTHENTICATION_FAILED',
      message: expect.stringContaining("as 'me' by plain failed: Not with …"),
    })
    const log = refusing.world.events.lines().join()
    expect(`${String(failure)} ${JSON.stringify(failure)} ${log}`).not.toContain(password)
  })

  test('is renewed before its time is up, and requests wait for it in their order', async () => {
    const { world, broker } = scene()
    const tokens: string[] = []
    let calls = 0
    broker.answers(saslHandshake, () => ({ errorCode: 0, mechanisms: [] }))
    broker.answers(saslAuthenticate, ({ authBytes }) => {
      tokens.push(/Bearer (\w+)/.exec(Buffer.from(authBytes).toString())?.[1] ?? '')
      return { errorCode: 0, authBytes: new Uint8Array(0), sessionLifetimeMs: 100_000 }
    })
    const epochs: number[] = []
    broker.answers(endTxn, ({ producerEpoch }) => {
      epochs.push(producerEpoch)
      return ended
    })
    await inWorld(world, async (platform) => {
      const token = (): string => `token${++calls}`
      const session = await connect(platform, { sasl: { mechanism: 'oauthbearer', token } })
      const send = (producerEpoch: number): Promise<unknown> =>
        session.send(endTxn, { ...request, producerEpoch })
      await send(0)
      await platform.timers.sleep(84_000)
      await send(1)
      await platform.timers.sleep(12_000)
      await Promise.all([send(2), send(3), send(4)])
      await Promise.all([send(5), send(6)])
    })
    const proof = ['SaslHandshake', 'SaslAuthenticate']
    const five = Array.from({ length: 5 }, () => 'EndTxn')
    expect(broker.names).toEqual([...proof, 'EndTxn', 'EndTxn', ...proof, ...five])
    expect(tokens).toEqual(['token1', 'token2'])
    expect(epochs).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  test('that is not renewed ends the connection; what waited was certainly not sent', async () => {
    const { world, broker } = scene()
    let fails = false
    broker.answers(saslHandshake, () => ({ errorCode: 0, mechanisms: [] }))
    broker.answers(saslAuthenticate, () => ({
      errorCode: fails ? 58 : 0,
      authBytes: new Uint8Array(0),
      sessionLifetimeMs: 1000,
    }))
    await inWorld(world, async (platform) => {
      const session = await connect(platform, plain)
      fails = true
      await platform.timers.sleep(1000)
      const failure = await session.send(endTxn, request).catch((error: unknown) => error)
      expect(failure).toMatchObject({
        name: 'BrokerRequestError',
        sent: false,
        cause: { code: 'KAFKA_AUTHENTICATION_FAILED' },
      })
      expect(session.open).toBe(false)
    })
    expect(broker.names).not.toContain('EndTxn')
  })

  test('by a token that cannot be had is tried again, by one that is none is not', async () => {
    const source = (token: () => string): SecurityOptions => ({
      sasl: { mechanism: 'oauthbearer', token },
    })
    const broken = source(() => {
      throw new Error('the authority is away')
    })
    expect(await failureOf(scene(), broken)).toMatchObject({
      code: 'KAFKA_REQUEST_FAILED',
      cause: { message: 'the authority is away' },
    })
    const refusing = scene()
    refusing.broker.answers(saslHandshake, () => ({ errorCode: 0, mechanisms: [] }))
    const failure = await failureOf(
      refusing,
      source(() => 'no token at all'),
    )
    expect(failure).toMatchObject({ code: 'KAFKA_AUTHENTICATION_FAILED' })
    expect(String(failure)).not.toContain('no token at all')
  })
})
