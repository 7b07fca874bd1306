import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { SluiceError } from '@sluice/core'
import type { ConnectorContext } from '@sluice/core/connector'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RegistryClient } from '../../../src/format/registry/registry-client.ts'
import {
  schemaRegistry,
  type SchemaRegistryOptions,
} from '../../../src/format/registry/schema-registry.ts'
import { formatContext } from './opened-formats.ts'
import { orderSchema, registerByHand } from './registry-cases.ts'
import { type Fault, TestRegistry } from './test-registry.ts'

let own: TestRegistry
let clients: RegistryClient[]
let pauses: number[]

beforeEach(async () => {
  own = await TestRegistry.start()
  clients = []
  pauses = []
})

afterEach(async () => {
  for (const client of clients) client.close()
  await own.stop()
})

/** Pauses are noted and take no time, but for the clock. */
function hurriedContext(): ConnectorContext {
  let nowMs = 0
  const { timers } = formatContext()
  return formatContext({
    clock: { now: () => nowMs, monotonic: () => nowMs },
    timers: {
      after: timers.after,
      sleep: async (delayMs) => {
        pauses.push(delayMs)
        nowMs += delayMs
      },
    },
  })
}

function clientOf(options: Partial<SchemaRegistryOptions> = {}): RegistryClient {
  const client = new RegistryClient(schemaRegistry({ url: own.url, ...options }), hurriedContext())
  clients.push(client)
  return client
}

async function errorOf(promise: Promise<unknown>): Promise<SluiceError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(SluiceError)
  return error as SluiceError
}

const answering =
  (status: number, body: string, headers: Record<string, string> = {}): Fault =>
  (_, response) =>
    void response.writeHead(status, headers).end(body)
const cutting: Fault = (request) => request.socket.destroy()
const silent: Fault = () => {}

describe('a client of a schema registry', () => {
  it('asks for a schema once, also when many want it at the same time', async () => {
    const id = await registerByHand(own.url, 'a', orderSchema)
    own.asked.length = 0
    const client = clientOf()
    const [first, second] = await Promise.all([client.byId(id), client.byId(id)])
    expect(first).toBe(second)
    expect(await client.byId(id)).toBe(first)
    expect(own.asked).toEqual([`GET /schemas/ids/${id}`])
  })

  it('asks again for a schema that was not known', async () => {
    const client = clientOf()
    expect(await client.byId(1)).toBeUndefined()
    expect(await registerByHand(own.url, 'a', orderSchema)).toBe(1)
    expect(await client.byId(1)).toMatchObject({ id: 1, language: 'AVRO' })
  })

  it('asks again, with growing pauses, while the registry cannot answer', async () => {
    const id = await registerByHand(own.url, 'a', orderSchema)
    own.faults.push(
      answering(500, '{"error_code":50001,"message":"store"}'),
      answering(503, 'busy'),
      cutting,
      answering(429, '{}'),
    )
    expect(await clientOf().byId(id)).toMatchObject({ id })
    expect(pauses).toEqual([50, 100, 200, 400])
  })

  it('gives up in the end, with the last reason and without the password', async () => {
    for (let asked = 0; asked < 100; asked++) {
      own.faults.push(answering(500, '{"error_code":50001,"message":"the store is away"}'))
    }
    const url = own.url.replace('//', '//user:hidden@')
    const error = await errorOf(clientOf({ url, retryFor: '10s' }).byId(1))
    expect(error.code).toBe('KAFKA_REGISTRY_UNREACHABLE')
    expect(error.retry).toBe('restart')
    expect(error.message).toContain('500: the store is away')
    expect(error.hint).toContain(own.url)
    expect(`${error.message} ${error.hint}`).not.toContain('hidden')
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5000)
  })

  it('says that nobody listens', async () => {
    const { url } = own
    const client = clientOf({ retryFor: '1s' })
    await own.stop()
    const error = await errorOf(client.byId(1))
    expect(error.code).toBe('KAFKA_REGISTRY_UNREACHABLE')
    expect(error.message).toContain('refused')
    own = await TestRegistry.start()
    expect(url).not.toBe('')
  })

  it('waits no longer for an answer than it is told', async () => {
    own.faults.push(silent)
    const error = await errorOf(clientOf({ requestTimeout: '50ms', retryFor: '0ms' }).byId(1))
    expect(error.message).toContain('did not answer within 50 ms')
  })

  it('goes to the next address at once, and stays with the one that answered', async () => {
    const id = await registerByHand(own.url, 'a', orderSchema)
    const other = await TestRegistry.start()
    other.faults.push(cutting)
    try {
      const client = clientOf({ url: [other.url, own.url] })
      expect(await client.byId(id)).toMatchObject({ id })
      expect(pauses).toEqual([])
      await client.bySubject('a', 'latest')
      expect(other.asked.length).toBe(1)
    } finally {
      await other.stop()
    }
  })

  it('shows who it is, by password or token', async () => {
    await registerByHand(own.url, 'a', orderSchema)
    own.authorization = `Basic ${Buffer.from('me:pass word').toString('base64')}`
    const auth = { username: 'me', password: 'pass word' }
    expect(await clientOf({ auth }).byId(1)).toBeDefined()
    const url = own.url.replace('//', '//me:pass%20word@')
    expect(await clientOf({ url }).byId(1)).toBeDefined()
    own.authorization = 'Bearer abc'
    expect(await clientOf({ auth: { token: 'abc' } }).byId(1)).toBeDefined()
    expect(await clientOf({ auth: { token: async () => 'abc' } }).byId(1)).toBeDefined()
    const refused = await errorOf(clientOf({ auth }).byId(1))
    expect(refused.code).toBe('KAFKA_REGISTRY_REFUSED')
    expect(refused.message).toContain('401: Unauthorized')
    const broken = await errorOf(clientOf({ auth: { token: 'abc\n' } }).byId(1))
    expect(broken.code).toBe('SETTING_INVALID')
    expect(broken.message).not.toContain('abc')
  })

  it('knows what is no registry', async () => {
    const wrong: [Fault, string][] = [
      [answering(200, '<html>'), 'no JSON'],
      [answering(404, '<html>'), '404, and no JSON'],
      [answering(404, '{"detail":"none"}'), 'is no schema registry'],
      [answering(302, '', { location: '/login' }), '302'],
      [answering(200, '{}'), 'no sound "schema"'],
      [answering(200, '{"schema":"a","schemaType":"XML"}'), 'no sound "schemaType"'],
      [answering(200, '{"schema":"a","references":[{}]}'), 'no sound "references"'],
      [answering(200, '[]'), 'no sound "schema"'],
    ]
    for (const [fault, message] of wrong) {
      own.faults.push(fault)
      const error = await errorOf(clientOf().byId(1))
      expect(error.code).toBe('KAFKA_REGISTRY_REFUSED')
      expect(error.message).toContain(message)
    }
  })

  it('ends what is being asked when it is closed', async () => {
    own.faults.push(silent)
    const client = clientOf()
    const asked = errorOf(client.byId(1))
    while (own.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    client.close()
    expect((await asked).message).toContain('when the task ended')
  })

  it('refuses an address that is none, without repeating it', () => {
    for (const url of ['localhost:8081', 'ftp://a', 'http://a/?x=secret', []]) {
      expect(() => schemaRegistry({ url })).toThrow(SluiceError)
    }
    expect(() => schemaRegistry({ url: 'secret' })).not.toThrow('secret')
    expect(schemaRegistry({ url: 'https://u:p@[::1]/apis/' }).urls).toEqual([
      'https://[::1]:443/apis',
    ])
    expect(JSON.stringify(schemaRegistry({ url: 'http://u:secret@h' }))).not.toContain('secret')
  })
})

async function sendAll(socket: Socket, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    socket.write(part)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  socket.end()
}

describe('what stands for HTTP', () => {
  let server: Server | undefined
  afterEach(() => void server?.close())

  async function answerOf(...parts: readonly string[]): Promise<unknown> {
    server = createServer((socket) => {
      socket.once('data', () => void sendAll(socket, parts))
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return clientOf({ url, retryFor: '0ms' })
      .byId(1)
      .then(
        (schema) => schema?.text,
        (error: SluiceError) => `${error.code} ${error.message}`,
      )
  }

  const body = '{"schema":"\\"string\\""}'

  it('is read whatever way its length is told, in any pieces', async () => {
    const head = 'HTTP/1.1 200 OK\r\n'
    const whole = `${head}content-length: ${body.length}\r\n\r\n${body}`
    expect(await answerOf(whole)).toBe('"string"')
    expect(await answerOf(...whole.split(''))).toBe('"string"')
    expect(await answerOf(`${head}\r\n${body}`)).toBe('"string"')
    const [a, b] = [body.slice(0, 5), body.slice(5)]
    const chunks = `5\r\n${a}\r\n${b.length.toString(16)};x=y\r\n${b}\r\n0\r\n\r\n`
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}`
    expect(await answerOf(...chunked.split(''))).toBe('"string"')
    expect(await answerOf(`HTTP/1.1 100 Continue\r\n\r\n${whole}`)).toBe('"string"')
  }, 20_000)

  it('is refused where it is none, and asked again where it was cut', async () => {
    const refused = 'KAFKA_REGISTRY_REFUSED What answers is no schema registry'
    expect(await answerOf('SSH-2.0-OpenSSH\r\n')).toContain(refused)
    expect(await answerOf('\u0000\u0000\u0000\u0004')).toContain(refused)
    expect(await answerOf('HTTP/2 200\r\n\r\n')).toContain(refused)
    expect(await answerOf('HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n')).toContain(refused)
    expect(
      await answerOf('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'),
    ).toContain(refused)
    const cut = `HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${body}`
    expect(await answerOf(cut)).toContain('KAFKA_REGISTRY_UNREACHABLE')
    expect(await answerOf('')).toContain('KAFKA_REGISTRY_UNREACHABLE')
  })
})
