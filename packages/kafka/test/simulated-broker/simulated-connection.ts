// A connection to a broker of a simulated cluster, without bytes of a network in between: requests
// are answered in order, and a test may lose one, or its answer.

import { type BrokerConnection, BrokerRequestError } from '../../src/wire/broker-connection.ts'
import type { SimulatedKafka } from './simulated-kafka.ts'

/** What a test does to a request. */
export type Mishap = 'lose-request' | 'lose-answer' | undefined

export class SimulatedConnection implements BrokerConnection {
  readonly address: string
  readonly #cluster: SimulatedKafka
  readonly #node: number
  readonly #mishap: (apiKey: number) => Mishap
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(
    cluster: SimulatedKafka,
    node: number,
    mishap: (apiKey: number) => Mishap = () => undefined,
  ) {
    const { host, port } = cluster.address(node)
    this.address = `${host}:${port}`
    this.#cluster = cluster
    this.#node = node
    this.#mishap = mishap
  }

  get open(): boolean {
    return !this.#closed && this.#cluster.isUp(this.#node)
  }

  request(apiKey: number, version: number, body: Uint8Array): Promise<Uint8Array> {
    const answer = this.#last.then(() => this.#answered(apiKey, version, body.slice()))
    this.#last = answer.catch(() => {})
    return answer
  }

  close(): void {
    this.#closed = true
  }

  async #answered(apiKey: number, version: number, body: Uint8Array): Promise<Uint8Array> {
    if (!this.open) throw this.#lost(false)
    const mishap = this.#mishap(apiKey)
    if (mishap === 'lose-request') {
      this.#closed = true
      throw this.#lost(true)
    }
    const answer = await this.#cluster.request(this.#node, apiKey, version, body)
    if (mishap === 'lose-answer' || !this.open) {
      this.#closed = true
      throw this.#lost(true)
    }
    return answer
  }

  #lost(sent: boolean): BrokerRequestError {
    return new BrokerRequestError('closed', sent, `${this.address} has closed the connection`)
  }
}
