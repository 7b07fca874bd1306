// One HTTP/1.1 request and its answer over the network of a connector. A connection per request:
// registries are asked when a job starts and when a new schema appears, not per record.
//
// It is not `fetch`, so that the simulator's network carries it too, and so that certificates are
// options, as they are for brokers.

import type { ConnectorContext, NetworkConnection, TlsOptions } from '@sluice/core/connector'
import { type HttpResponse, HttpResponseReader } from './http-response.ts'
import { addressText, type RegistryAddress } from './schema-registry.ts'

/** What is asked. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  /** Behind the prefix of the address; escaped. */
  readonly path: string
  readonly body?: string
  readonly authorization?: string | undefined
}

/** What one request needs. */
export interface ExchangeOptions {
  readonly context: ConnectorContext
  readonly address: RegistryAddress
  readonly tls: TlsOptions
  readonly request: HttpRequest
  /** For the connection and the answer together. */
  readonly timeoutMs: number
  /** Told the connection, so that it can be ended from outside. */
  readonly opened: (connection: NetworkConnection) => void
}

/** A request that got no answer: nobody can say whether it was carried out. */
export class NoAnswer extends Error {}

/** Asks one address; rejects with NoAnswer, or KAFKA_REGISTRY_REFUSED for what is no HTTP. */
export async function exchange(options: ExchangeOptions): Promise<HttpResponse> {
  const { context, address, tls, request, timeoutMs } = options
  const { host, port, isSecure } = address
  const began = context.clock.monotonic()
  const connection = await context.network
    .connect({ host, port, timeoutMs, ...(isSecure ? { tls } : {}) })
    .catch((error: unknown) => {
      throw new NoAnswer(reasonOf(error), { cause: error })
    })
  options.opened(connection)
  const leftMs = Math.max(1, timeoutMs - (context.clock.monotonic() - began))
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>()
  const cancel = context.timers.after(leftMs, () => {
    reject(new NoAnswer(`${addressText(address)} did not answer within ${timeoutMs} ms`))
  })
  const reader = new HttpResponseReader()
  const settle = (read: () => HttpResponse | undefined) => {
    try {
      const response = read()
      if (response !== undefined) resolve(response)
    } catch (error) {
      reject(error)
    }
  }
  connection.listen({
    data: (bytes) => settle(() => reader.add(bytes)),
    closed: (error) => {
      // An answer without a length ends with its connection.
      if (error === undefined) settle(() => reader.end())
      const reason = error === undefined ? 'the connection ended in an answer' : reasonOf(error)
      reject(new NoAnswer(`${addressText(address)}: ${reason}`, { cause: error }))
    },
  })
  connection.write([requestBytes(address, request)])
  try {
    return await promise
  } finally {
    cancel()
    connection.close()
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const mediaType = 'application/vnd.schemaregistry.v1+json'

function requestBytes(address: RegistryAddress, request: HttpRequest): Uint8Array {
  const { host, port, prefix } = address
  const name = host.includes(':') ? `[${host}]` : host
  const body = request.body === undefined ? undefined : Buffer.from(request.body)
  const headers = [
    `${request.method} ${prefix}${request.path} HTTP/1.1`,
    `host: ${name}:${port}`,
    `accept: ${mediaType}, application/json`,
    'connection: close',
    ...(request.authorization === undefined ? [] : [`authorization: ${request.authorization}`]),
    ...(body === undefined ? [] : [`content-type: ${mediaType}`, `content-length: ${body.length}`]),
  ]
  const head = Buffer.from(`${headers.join('\r\n')}\r\n\r\n`, 'latin1')
  return body === undefined ? head : Buffer.concat([head, body])
}
