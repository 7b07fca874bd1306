import {
  type AddressInfo,
  createServer as createPlainServer,
  type Server,
  type Socket,
} from 'node:net'
import type { NetworkConnection } from '@sluice/core/connector'
import { afterEach, describe, expect, test } from 'vitest'
import { createNodePlatform } from '../../../../src/platform/node/node-platform.ts'

const { network } = createNodePlatform()
const servers: Server[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) {
    await new Promise((done) => {
      server.close(done)
    })
  }
})

function serve(accept: (socket: Socket) => void): Promise<number> {
  const server = createPlainServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    accept(socket)
  })
  servers.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

interface Heard {
  readonly text: string
  readonly error: unknown
}

function hearAll(connection: NetworkConnection): Promise<Heard> {
  const pieces: Uint8Array[] = []
  return new Promise((resolve) => {
    connection.listen({
      data: (bytes) => void pieces.push(bytes),
      closed: (error) => resolve({ text: Buffer.concat(pieces).toString(), error }),
    })
  })
}

const host = '127.0.0.1'

describe('A connection of Node', () => {
  test('carries bytes both ways, and hands over what came before anybody listened', async () => {
    const port = await serve((socket) => {
      socket.write('hello ')
      socket.once('data', (bytes) => socket.end(`you said ${bytes.toString()}`))
    })
    const connection = await network.connect({ host, port })
    connection.write([Buffer.from('one'), Buffer.from(' two')])
    expect(await hearAll(connection)).toEqual({ text: 'hello you said one two', error: undefined })
    expect(connection.write([Buffer.from('late')])).toBe(true)
    await connection.drained()
    connection.close()
  })

  test('says when more is waiting to be sent than is good, and when it has gone', async () => {
    let read = (): void => {}
    const port = await serve((socket) => {
      socket.pause()
      read = () => void socket.resume()
    })
    const connection = await network.connect({ host, port })
    const closed = hearAll(connection)
    let writes = 0
    while (connection.write([Buffer.alloc(2 ** 20)])) writes++
    expect(writes).toBeLessThan(64)
    read()
    await connection.drained()
    connection.close()
    expect((await closed).error).toBeUndefined()
  })

  test('stops taking bytes while it is paused', async () => {
    const port = await serve((socket) => socket.end('x'.repeat(100)))
    const connection = await network.connect({ host, port })
    connection.pause()
    let heard = 0
    const closed = new Promise<void>((resolve) => {
      connection.listen({ data: ({ length }) => void (heard += length), closed: () => resolve() })
    })
    connection.pause()
    await new Promise((done) => {
      setImmediate(done)
    })
    expect(heard).toBe(0)
    connection.resume()
    await closed
    expect(heard).toBe(100)
  })

  test('that is cut says so, to one who listens later, too', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => socket.resetAndDestroy())
    })
    const connection = await network.connect({ host, port })
    connection.write([Buffer.from('x')])
    expect((await hearAll(connection)).error).toMatchObject({ kind: 'closed' })
    expect((await hearAll(connection)).error).toMatchObject({ kind: 'closed' })
  })
})

describe('A connection of Node fails with its reason', () => {
  test('where nobody listens', async () => {
    const port = await serve(() => {})
    await new Promise((done) => {
      servers.pop()?.close(done)
    })
    await expect(network.connect({ host, port })).rejects.toMatchObject({
      name: 'NetworkError',
      kind: 'refused',
      address: `127.0.0.1:${port}`,
    })
  })

  test('where there is no such host', async () => {
    const target = { host: 'no-such-host.invalid', port: 9092 }
    await expect(network.connect(target)).rejects.toMatchObject({ kind: 'not-found' })
  })

  test('where the port is none', async () => {
    await expect(network.connect({ host, port: 99_999 })).rejects.toMatchObject({
      name: 'NetworkError',
      message: expect.stringContaining('99999'),
    })
  })

  test('where TLS is expected and the other end takes its time', async () => {
    const port = await serve(() => {})
    const target = { host, port, tls: {}, timeoutMs: 50 }
    await expect(network.connect(target)).rejects.toMatchObject({ kind: 'timed-out' })
  })

  test('where the other end does not speak TLS', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    })
    await expect(network.connect({ host, port, tls: {} })).rejects.toMatchObject({
      kind: 'tls',
      tls: 'not-tls',
    })
  })

  test('where the other end hangs up during the handshake', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => socket.end())
    })
    await expect(network.connect({ host, port, tls: {} })).rejects.toMatchObject({
      kind: 'closed',
      message: expect.stringContaining('TLS handshake'),
    })
  })

  test('where our own certificate cannot be used, without a word of the key', async () => {
    const port = await serve(() => {})
    const tls = { cert: 'no certificate', key: 'a-secret-key' }
    const error = await network.connect({ host, port, tls }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: 'tls', tls: 'unusable' })
    expect(JSON.stringify(error) + String(error)).not.toContain('a-secret-key')
  })
})
