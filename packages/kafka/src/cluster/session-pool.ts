// Connections of one client to the brokers of its cluster: one per broker and purpose, opened when
// it is first needed and closed when it has been idle for long. A connection that broke is
// forgotten; the next request opens another.

import { SluiceError } from '@sluice/core/connector'
import type { BrokerSession } from '../wire/connection/broker-session.ts'
import {
  connectBroker,
  type WireContext,
  type WireOptions,
} from '../wire/connection/connect-broker.ts'
import type { BrokerAddress } from './broker-addresses.ts'

/** Below the ten minutes after which a broker hangs up by itself, perhaps on a request of ours. */
const idleMs = 5 * 60_000

export class SessionPool {
  readonly #context: WireContext
  readonly #options: WireOptions
  readonly #sessions = new Map<string, Promise<BrokerSession>>()
  readonly #open = new Map<string, BrokerSession>()
  #cancelSweep: (() => void) | undefined
  #closed = false

  constructor(context: WireContext, options: WireOptions) {
    this.#context = context
    this.#options = options
  }

  /** The connection for a purpose; rejects as `connectBroker` does. */
  async session(
    address: BrokerAddress,
    purpose: string,
    connectTimeoutMs = Number.POSITIVE_INFINITY,
  ): Promise<BrokerSession> {
    if (this.#closed) throw new SluiceError('KAFKA_UNREACHABLE', 'This client is closed.')
    const key = `${address.host}:${address.port} ${purpose}`
    const open = this.#open.get(key)
    if (open?.open === true) return open
    this.#open.delete(key)
    let opening = this.#sessions.get(key)
    if (opening === undefined) {
      opening = this.#connect(key, address, connectTimeoutMs)
      this.#sessions.set(key, opening)
    }
    return await opening
  }

  /** Whether there is an open connection for this purpose. */
  has(address: BrokerAddress, purpose: string): boolean {
    return this.#open.get(`${address.host}:${address.port} ${purpose}`)?.open === true
  }

  close(): void {
    this.#closed = true
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
    for (const session of this.#open.values()) session.close()
    this.#open.clear()
  }

  async #connect(
    key: string,
    { host, port }: BrokerAddress,
    atMostMs: number,
  ): Promise<BrokerSession> {
    try {
      const connectTimeoutMs = Math.min(atMostMs, this.#options.connectTimeoutMs)
      const options = { ...this.#options, connectTimeoutMs }
      const session = await connectBroker(this.#context, host, port, options)
      if (this.#closed) session.close()
      else {
        this.#open.set(key, session)
        this.#cancelSweep ??= this.#context.timers.after(idleMs / 2, () => this.#sweep())
      }
      return session
    } finally {
      this.#sessions.delete(key)
    }
  }

  #sweep(): void {
    this.#cancelSweep = undefined
    const nowMs = this.#context.clock.monotonic()
    for (const [key, session] of this.#open) {
      const isIdle = session.inFlight === 0 && nowMs - session.lastUsedMs >= idleMs
      if (isIdle) session.close()
      if (!session.open) this.#open.delete(key)
    }
    if (this.#open.size === 0) return
    this.#cancelSweep = this.#context.timers.after(idleMs / 2, () => this.#sweep())
  }
}
