// What a case of the list needs of a broker: the simulated one and a real one are both this.

import type { Api } from '../../src/wire/codec/define-api.ts'

export interface BrokerUnderTest {
  /** Of transactions: what requests are made with. */
  readonly version: 1 | 2
  /** Connections are answered independently of each other. */
  connect(): Promise<AskingConnection>
  /** Wall clock, as the broker sees it. */
  nowMs(): number
  /** Lets time pass, and what is due happen. */
  pass(delayMs: number): Promise<void>
  /** A text that no other case uses. */
  unique(name: string): string
}

export interface AskingConnection {
  /** Asks with exactly this version. */
  ask<RequestIn, Request, ResponseIn, Response>(
    api: Api<RequestIn, Request, ResponseIn, Response>,
    version: number,
    request: RequestIn,
  ): Promise<Response>
  close(): void
}

export interface BrokerCase {
  readonly name: string
  run(broker: BrokerUnderTest): Promise<void>
}
