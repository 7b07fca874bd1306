// Requests and answers over a stream of bytes. Requests go out at once, in the order in which they
// were made, and the oldest open one gets the next answer. Whatever goes wrong ends the connection:
// after a lost or late answer nobody could tell which request the next one belongs to.

import type { ConnectorContext, NetworkConnection, NetworkError } from '@sluice/core/connector'
import {
  type BrokerConnection,
  type BrokerFailureKind,
  BrokerRequestError,
  type RequestOptions,
} from '../broker-connection.ts'
import { MalformedMessage } from '../codec/malformed-message.ts'
import { apiOf } from '../known-apis.ts'
import { type ForeignServer, foreignServerOf } from './foreign-answer.ts'
import { FrameReader } from './frame-reader.ts'
import { decodeResponse, encodeRequestHeader } from './headers.ts'

export interface FramedConnectionOptions {
  readonly address: string
  readonly clientId: string
  /** Longest wait for an answer, where the request does not say otherwise. */
  readonly timeoutMs: number
  /** Largest answer; below what the first bytes of TLS would be as a size (335 MiB). */
  readonly maxResponseBytes: number
}

interface OpenRequest {
  readonly apiKey: number
  readonly version: number
  readonly correlationId: number
  readonly resolve: (body: Uint8Array) => void
  readonly reject: (error: BrokerRequestError) => void
  readonly cancelTimer: () => void
}

const noBytes = new Uint8Array(0)
const correlationIds = 2 ** 31

/**
 * A process that was asleep finds its timers due before it has read what came meanwhile: it gets
 * this long to do so.
 */
const graceMs = 20

export class FramedConnection implements BrokerConnection {
  readonly address: string
  readonly #network: NetworkConnection
  readonly #timers: ConnectorContext['timers']
  readonly #options: FramedConnectionOptions
  readonly #frames: FrameReader
  readonly #requests: OpenRequest[] = []
  #correlationId = 0
  #answers = 0
  #failure: BrokerRequestError | undefined
  #foreign: ForeignServer | undefined

  constructor(
    network: NetworkConnection,
    timers: ConnectorContext['timers'],
    options: FramedConnectionOptions,
  ) {
    this.address = options.address
    this.#network = network
    this.#timers = timers
    this.#options = options
    this.#frames = new FrameReader(options.maxResponseBytes, (frame) => this.#answer(frame))
    network.listen({
      data: (bytes) => this.#read(bytes),
      closed: (error) => this.#closed(error),
    })
  }

  get open(): boolean {
    return this.#failure === undefined
  }

  /** What answers there, if the first bytes were those of something else than a broker. */
  get foreignServer(): ForeignServer | undefined {
    return this.#foreign
  }

  request(
    apiKey: number,
    version: number,
    body: Uint8Array,
    { timeoutMs = this.#options.timeoutMs, noAnswer = false }: RequestOptions = {},
  ): Promise<Uint8Array> {
    if (this.#failure !== undefined) {
      const { kind, message, cause } = this.#failure
      return Promise.reject(new BrokerRequestError(kind, false, message, cause))
    }
    const correlationId = this.#correlationId
    this.#correlationId = (correlationId + 1) % correlationIds
    const { clientId } = this.#options
    const header = encodeRequestHeader({ apiKey, version, correlationId, clientId }, body.length)
    if (noAnswer) {
      this.#network.write([header, body])
      return Promise.resolve(noBytes)
    }
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#deadline(timeoutMs, apiKey)
      this.#requests.push({ apiKey, version, correlationId, resolve, reject, cancelTimer })
      this.#network.write([header, body])
    })
  }

  close(): void {
    this.#fail('closed', `The connection to ${this.address} was closed.`)
  }

  #deadline(timeoutMs: number, apiKey: number): () => void {
    let cancel = this.#timers.after(timeoutMs, () => {
      cancel = this.#timers.after(graceMs, () => {
        const name = apiOf(apiKey)?.name ?? `request ${apiKey}`
        const text = `${this.address} has not answered ${name} within ${timeoutMs} ms.`
        this.#fail('timed-out', text)
      })
    })
    return () => cancel()
  }

  #read(bytes: Uint8Array): void {
    if (!this.open) return
    try {
      this.#frames.push(bytes)
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error
      this.#lookWho()
      this.#fail('malformed', `${this.address} answers what no broker answers.`, error)
    }
  }

  #answer(frame: Uint8Array): void {
    const request = this.#requests[0]
    // A frame may come behind one that ended the connection.
    if (!this.open) return
    if (request === undefined) {
      throw new MalformedMessage('nothing was asked', 0, 'An answer')
    }
    const body = decodeResponse(request, frame)
    this.#answers++
    this.#requests.shift()
    request.cancelTimer()
    request.resolve(body)
  }

  #closed(error: NetworkError | undefined): void {
    this.#lookWho()
    const how = error === undefined ? 'closed the connection' : error.message
    this.#fail('closed', `${this.address}: ${how}`, error)
  }

  #lookWho(): void {
    if (this.#answers === 0) this.#foreign ??= foreignServerOf(this.#frames.begun)
  }

  /** The first reason counts. */
  #fail(kind: BrokerFailureKind, message: string, cause?: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = new BrokerRequestError(kind, true, message, cause)
    const requests = this.#requests.splice(0)
    for (const request of requests) {
      request.cancelTimer()
      request.reject(this.#failure)
    }
    this.#network.close()
  }
}
