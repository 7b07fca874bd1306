// How a connection proves who is at its ends.

import type { TlsOptions } from '@sluice/core/connector'

/** A token as the broker's authority gives it out. */
export type TokenSource = () => string | Promise<string>

/** Who we are. The names of the mechanisms are those of Kafka in lower case. */
export type SaslOptions =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  | {
      readonly mechanism: 'oauthbearer'
      /** Called for each connection, and again before the broker's session ends. */
      readonly token: TokenSource
      /** Sent along, for what stands between (a logical cluster, an identity pool). */
      readonly extensions?: Readonly<Record<string, string>>
    }

/** Without `tls` the connection is not secured; without `sasl` we are nobody in particular. */
export interface SecurityOptions {
  readonly tls?: TlsOptions
  readonly sasl?: SaslOptions
}
