// One connection to one broker, for one purpose: the seam of the protocol. Bodies are bytes without
// size and header. A broker answers the requests of a connection in the order in which they came,
// so a request that the broker holds back (a long fetch) holds up what is sent behind it.

/** What became of a connection, or of one request on it. */
export type BrokerFailureKind =
  /** The connection was closed or lost, from either end. */
  | 'closed'
  /** No answer came in time. The connection is closed: a late answer would be the next one's. */
  | 'timed-out'
  /** The answer breaks the protocol: a wrong correlation id, a size above the limit. */
  | 'malformed'

/** A request without an answer. */
export class BrokerRequestError extends Error {
  readonly kind: BrokerFailureKind
  /**
   * Whether bytes of the request may have reached the broker, so that it may have been carried out.
   * False is certain: it was not.
   */
  readonly sent: boolean

  constructor(kind: BrokerFailureKind, sent: boolean, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'BrokerRequestError'
    this.kind = kind
    this.sent = sent
  }
}

/** How one request is made. */
export interface RequestOptions {
  /** Longest wait for the answer; the connection's own limit unless set. */
  readonly timeoutMs?: number
  /** The broker sends no answer (Produce with acks 0): resolves to no bytes once it is sent. */
  readonly noAnswer?: boolean
}

/**
 * An open connection. Requests may be made while others are open; they go out, and are answered, in
 * order.
 */
export interface BrokerConnection {
  /** `host:port`, for messages. */
  readonly address: string
  /** Whether it can take requests; once false it stays so. */
  readonly open: boolean
  /** Resolves to the body of the answer; rejects with a `BrokerRequestError`. */
  request(
    apiKey: number,
    version: number,
    body: Uint8Array,
    options?: RequestOptions,
  ): Promise<Uint8Array>
  /** Rejects what is open. Once more is no error. */
  close(): void
}
