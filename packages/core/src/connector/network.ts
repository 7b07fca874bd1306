// The network that a connector reaches: streams of bytes to a host and a port. Node's is one
// implementation, the simulator's the other. What is in a stream is the connector's business.

/** How a connection is secured. Certificates and keys are texts in PEM form. */
export interface TlsOptions {
  /** Whom to trust, instead of whom the machine trusts. */
  readonly ca?: string | readonly string[]
  /** Shown to the server, with `key`, where it wants to know its clients. */
  readonly cert?: string
  readonly key?: string
  /** Of the key. */
  readonly passphrase?: string
  /** The name that the server's certificate must be for; the host unless set. */
  readonly serverName?: string
  /** False trusts any certificate: whoever is in between can read and change everything. */
  readonly rejectUnauthorized?: boolean
}

/** Where to connect to. */
export interface NetworkTarget {
  readonly host: string
  readonly port: number
  /** Without it the connection is not secured. */
  readonly tls?: TlsOptions
  /** Longest wait for the connection, TLS included; as long as the system waits unless set. */
  readonly timeoutMs?: number
}

/** What becomes of an open connection. */
export interface NetworkListener {
  /** Bytes in the order of the stream. They may be kept: nobody writes into them again. */
  data(bytes: Uint8Array): void
  /** Once, and nothing after it; with an error where it did not end in order. */
  closed(error: NetworkError | undefined): void
}

/** An open stream in both directions. */
export interface NetworkConnection {
  /**
   * Sends the pieces one behind the other; they must not be changed afterwards. False: more is
   * waiting to be sent than is good, see `drained`. After the end it does nothing.
   */
  write(pieces: readonly Uint8Array[]): boolean
  /** Resolves when what waits to be sent has gone, or when the connection has ended. */
  drained(): Promise<void>
  /** Sets the one listener. What came before it is kept. */
  listen(listener: NetworkListener): void
  /** Takes no more from the other end until `resume`; little may still come. */
  pause(): void
  resume(): void
  /** Ends it at once. The listener is told. Once more is no error. */
  close(): void
}

/** Opens connections. */
export interface Network {
  /** Rejects with a `NetworkError`. */
  connect(target: NetworkTarget): Promise<NetworkConnection>
}

/** What went wrong, as far as a caller may decide on it. */
export type NetworkErrorKind =
  /** Nobody listens there. */
  | 'refused'
  /** The name of the host is not known. */
  | 'not-found'
  | 'unreachable'
  | 'timed-out'
  /** TLS could not be agreed on, see `tls`. */
  | 'tls'
  /** The connection ended, or was cut. */
  | 'closed'

/** Why TLS could not be agreed on. */
export type TlsProblem =
  /** The server's certificate comes from nobody who is trusted. */
  | 'untrusted'
  | 'expired'
  /** The certificate is for another name. */
  | 'wrong-host'
  /** The other end does not speak TLS. */
  | 'not-tls'
  /** The server did not accept what it was offered: a certificate, a version. */
  | 'rejected'
  /** Our own certificate or key cannot be used. */
  | 'unusable'
  | 'failed'

/** Carries what a caller may decide on; the message names the address and holds no secret. */
export class NetworkError extends Error {
  readonly kind: NetworkErrorKind
  /** `host:port`. */
  readonly address: string
  /** Given with the kind `tls`. */
  readonly tls: TlsProblem | undefined

  constructor(
    kind: NetworkErrorKind,
    address: string,
    reason: string,
    options: { readonly tls?: TlsProblem; readonly cause?: unknown } = {},
  ) {
    super(`${address}: ${reason}`, options.cause === undefined ? undefined : options)
    this.name = 'NetworkError'
    this.kind = kind
    this.address = address
    this.tls = options.tls
  }
}
