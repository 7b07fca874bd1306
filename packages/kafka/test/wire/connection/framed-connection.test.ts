import { NetworkError } from '@sluice/core/connector'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  FramedConnection,
  type FramedConnectionOptions,
} from '../../../src/wire/connection/framed-connection.ts'
import {
  decodeRequest,
  encodeResponse,
  type RequestHeader,
} from '../../../src/wire/connection/headers.ts'
import { FrameReader } from '../../../src/wire/connection/frame-reader.ts'
import { MemoryStream, settled, TestTime } from './memory-stream.ts'

const endTxn = [26, 3] as const
const address = 'broker:9092'

let stream: MemoryStream
let time: TestTime
let connection: FramedConnection
let asked: { header: RequestHeader; body: Uint8Array }[]

function open(options: Partial<FramedConnectionOptions> = {}): void {
  stream = new MemoryStream()
  time = new TestTime()
  asked = []
  const frames = new FrameReader(1e6, (frame) => void asked.push(decodeRequest(frame)))
  stream.onWrite((bytes) => frames.push(bytes))
  connection = new FramedConnection(stream, time, {
    address,
    clientId: 'me',
    timeoutMs: 1000,
    maxResponseBytes: 10_000,
    ...options,
  })
}

beforeEach(() => open())

function ask(text: string, options = {}): Promise<string> {
  return connection
    .request(...endTxn, Buffer.from(text), options)
    .then((body) => Buffer.from(body).toString())
}

function answerTo(index: number, text: string): Uint8Array {
  return encodeResponse(asked[index]?.header as RequestHeader, Buffer.from(text))
}

function failureOf(asking: Promise<unknown>): Promise<unknown> {
  return asking.then(
    () => 'no failure',
    (error: unknown) => error,
  )
}

describe('Requests on a connection', () => {
  test('go out at once with their header, and are answered in their order', async () => {
    const answers = Promise.all([ask('one'), ask('two'), ask('three')])
    expect(asked.map(({ body }) => Buffer.from(body).toString())).toEqual(['one', 'two', 'three'])
    expect(asked.map(({ header }) => header)).toEqual(
      [0, 1, 2].map((correlationId) => ({ apiKey: 26, version: 3, correlationId, clientId: 'me' })),
    )
    stream.deliver(Buffer.concat([answerTo(0, '1'), answerTo(1, '2')]))
    stream.deliver(answerTo(2, '3'))
    expect(await answers).toEqual(['1', '2', '3'])
    expect(time.waiting).toBe(0)
    expect(connection.open).toBe(true)
  })

  test('are answered whatever the pieces are in which the answers come', async () => {
    const texts = ['', 'a', 'x'.repeat(300)]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 8 }), async (cuts) => {
        open()
        const answers = Promise.all(texts.map((text) => ask(text)))
        const bytes = Buffer.concat(texts.map((text, index) => answerTo(index, text)))
        const places = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b)
        let from = 0
        for (const place of [...places, bytes.length]) {
          stream.deliver(bytes.subarray(from, place))
          from = place
        }
        expect(await answers).toEqual(texts)
      }),
    )
  })

  test('that want no answer are done when they were sent, and take no turn', async () => {
    expect(await ask('fire', { noAnswer: true })).toBe('')
    const asking = ask('ask')
    stream.deliver(answerTo(1, 'yes'))
    expect(await asking).toBe('yes')
  })

  test('hand out the bytes of an answer that came in one piece as a view of them', async () => {
    const asking = connection.request(...endTxn, new Uint8Array(0))
    const bytes = answerTo(0, 'body')
    stream.deliver(bytes)
    expect((await asking).buffer).toBe(bytes.buffer)
  })
})

describe('A connection that breaks', () => {
  test('rejects what is open as possibly done, and what comes later as certainly not', async () => {
    const open = failureOf(ask('open'))
    stream.end(new NetworkError('closed', address, 'the connection was cut'))
    expect(await open).toMatchObject({ name: 'BrokerRequestError', kind: 'closed', sent: true })
    expect(await failureOf(ask('late'))).toMatchObject({ kind: 'closed', sent: false })
    expect(asked).toHaveLength(1)
    expect(connection.open).toBe(false)
    expect(time.waiting).toBe(0)
  })

  test('by our own hand does so, too', async () => {
    const open = failureOf(ask('open'))
    connection.close()
    connection.close()
    expect(await open).toMatchObject({ kind: 'closed', sent: true })
    expect(stream.closed).toBe(true)
  })

  test('because no answer came in time names the request, and answers nothing late', async () => {
    const slow = failureOf(ask('slow', { timeoutMs: 300 }))
    const other = failureOf(ask('other'))
    await time.pass(290)
    expect(connection.open).toBe(true)
    await time.pass(100)
    expect(await slow).toMatchObject({
      kind: 'timed-out',
      sent: true,
      message: `${address} has not answered EndTxn within 300 ms.`,
    })
    expect(await other).toMatchObject({ sent: true })
    expect(stream.closed).toBe(true)
    stream.deliver(answerTo(0, 'late'))
  })

  test('does not do so because its process was asleep while the answer came', async () => {
    const asking = ask('sleeper', { timeoutMs: 300 })
    const answer = answerTo(0, 'there')
    // The timer is found due first, and then what came over the network is read.
    time.after(305, () => stream.deliver(answer))
    await time.pass(1000)
    expect(await asking).toBe('there')
    expect(connection.open).toBe(true)
  })
})

describe('Answers that are none end the connection', () => {
  test('one to another request', async () => {
    const asking = failureOf(ask('one'))
    const header = { ...(asked[0]?.header as RequestHeader), correlationId: 7 }
    stream.deliver(encodeResponse(header, new Uint8Array(0)))
    expect(await asking).toMatchObject({
      kind: 'malformed',
      sent: true,
      cause: { message: expect.stringContaining('it answers request 7, not 0') },
    })
    expect(stream.closed).toBe(true)
  })

  test('one that nobody asked for', async () => {
    stream.deliver(
      encodeResponse({ apiKey: 26, version: 3, correlationId: 0, clientId: '' }, new Uint8Array(0)),
    )
    expect(connection.open).toBe(false)
    await settled()
  })

  test('one above the limit, of which nothing is kept', async () => {
    const asking = failureOf(ask('one'))
    stream.deliver(Uint8Array.of(0, 0, 0x27, 0x11, 1, 2, 3))
    expect(await asking).toMatchObject({
      kind: 'malformed',
      cause: { message: expect.stringContaining('10001 bytes, above the limit of 10000') },
    })
  })

  test.each([
    ['http', Buffer.from('HTTP/1.1 400 Bad Request\r\n')],
    ['tls', Uint8Array.of(0x15, 3, 3, 0, 2, 2, 0x46)],
    ['ssh', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    [undefined, Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
  ] as const)('by %s', async (server, bytes) => {
    const asking = failureOf(ask('one'))
    stream.deliver(bytes.subarray(0, 2))
    stream.deliver(bytes.subarray(2))
    expect(await asking).toMatchObject({ kind: 'malformed', sent: true })
    expect(connection.foreignServer).toBe(server)
  })
})
