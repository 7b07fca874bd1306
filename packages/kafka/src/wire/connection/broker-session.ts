// A connection on which both sides know each other: versions are agreed on, and who we are is
// proven. Requests are given as values and answered as such. When the broker wants to see the proof
// again (KIP-368), that happens before its time is up, and requests wait for it in their order.
//
//   ready -> proving again -> ready        any -> closed

import type { Clock } from '@sluice/core/connector'
import {
  type BrokerConnection,
  BrokerRequestError,
  type RequestOptions,
} from '../broker-connection.ts'
import type { AnyApi, Api } from '../codec/define-api.ts'
import type { BrokerVersions } from './broker-versions.ts'

/** How one request is made. */
export interface SendOptions extends RequestOptions {
  /** The newest version to use, below what both sides know. */
  readonly atMost?: number
  /** What the request has at most, where it is large: its buffer is made in that size. */
  readonly sizeBytes?: number
}

/** When to prove again who we are, and how. */
export interface Renewal {
  /** By the monotonic clock; infinity for never. */
  dueMs: number
  /** Resolves to the next time it is due. */
  renew(): Promise<number>
}

interface HeldRequest {
  send(): void
  reject(error: BrokerRequestError): void
}

export class BrokerSession {
  readonly versions: BrokerVersions
  readonly #connection: BrokerConnection
  readonly #clock: Clock
  readonly #renewal: Renewal
  /** Requests that wait for the renewal; undefined while there is none. */
  #held: HeldRequest[] | undefined
  #inFlight = 0
  #lastUsedMs: number

  constructor(
    connection: BrokerConnection,
    versions: BrokerVersions,
    clock: Clock,
    renewal: Renewal,
  ) {
    this.versions = versions
    this.#connection = connection
    this.#clock = clock
    this.#renewal = renewal
    this.#lastUsedMs = clock.monotonic()
  }

  get address(): string {
    return this.#connection.address
  }

  get open(): boolean {
    return this.#connection.open
  }

  /** Requests without an answer so far. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** When a request was last made or answered, by the monotonic clock. */
  get lastUsedMs(): number {
    return this.#lastUsedMs
  }

  /**
   * Sends a request, at once where nothing holds it up, so that requests go out in the order of the
   * calls. Rejects with a `BrokerRequestError`, with `MalformedMessage`, or with
   * KAFKA_BROKER_TOO_OLD.
   */
  async send<RequestIn, Response>(
    api: Api<RequestIn, unknown, never, Response>,
    request: RequestIn,
    options: SendOptions = {},
  ): Promise<Response> {
    const version = this.versions.versionOf(api, options.atMost)
    const body = api.request.encode(version, request, options.sizeBytes)
    this.#inFlight++
    try {
      const answer = await this.#request(api, version, body, options)
      return api.response.decode(version, answer)
    } finally {
      this.#inFlight--
      this.#lastUsedMs = this.#clock.monotonic()
    }
  }

  close(): void {
    this.#connection.close()
  }

  #request(
    api: AnyApi,
    version: number,
    body: Uint8Array,
    options: RequestOptions,
  ): Promise<Uint8Array> {
    this.#lastUsedMs = this.#clock.monotonic()
    const send = (): Promise<Uint8Array> =>
      this.#connection.request(api.key, version, body, options)
    if (this.#held === undefined && this.#lastUsedMs < this.#renewal.dueMs) return send()
    if (this.#held === undefined) this.#renew()
    return new Promise((resolve, reject) => {
      this.#held?.push({ send: () => void send().then(resolve, reject), reject })
    })
  }

  #renew(): void {
    const held: HeldRequest[] = []
    this.#held = held
    this.#renewal.renew().then(
      (dueMs) => {
        this.#renewal.dueMs = dueMs
        this.#held = undefined
        for (const request of held) request.send()
      },
      (error: unknown) => {
        this.#held = undefined
        this.#connection.close()
        const text = `${this.address} did not accept the renewed authentication.`
        const failure = new BrokerRequestError('closed', false, text, error)
        for (const request of held) request.reject(failure)
      },
    )
  }
}
