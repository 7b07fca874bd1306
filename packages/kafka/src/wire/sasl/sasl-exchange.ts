// One authentication, as the turns of a conversation: what we say first, and what we say to each
// answer until nothing is left to say. Pure but for randomness; the bytes travel elsewhere.

import type { Random } from '@sluice/core/connector'
import type { SaslOptions } from '../connection/security.ts'
import { oauthBearerExchange } from './oauth-bearer.ts'
import { plainExchange } from './plain.ts'
import { scramExchange } from './scram.ts'

/** A conversation that has begun. */
export interface SaslExchange {
  readonly first: Uint8Array
  /**
   * What to say to this answer; undefined when the conversation is at its end and the server has
   * proven what it had to. Throws `SaslFailure`.
   */
  next(answer: Uint8Array): Uint8Array | undefined
}

/** `token` is what the token function gave, where the mechanism asks for one. */
export function beginExchange(sasl: SaslOptions, token: string, random: Random): SaslExchange {
  switch (sasl.mechanism) {
    case 'plain':
      return plainExchange(sasl.username, sasl.password)
    case 'scram-sha-256':
      return scramExchange('sha256', sasl.username, sasl.password, random.hex(24))
    case 'scram-sha-512':
      return scramExchange('sha512', sasl.username, sasl.password, random.hex(24))
    case 'oauthbearer':
      return oauthBearerExchange(token, sasl.extensions ?? {})
  }
}
