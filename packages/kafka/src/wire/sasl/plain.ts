// PLAIN (RFC 4616): name and password as they are. Over a connection without TLS anybody on the way
// can read them.

import { encodeText } from '../codec/wire-writer.ts'
import type { SaslExchange } from './sasl-exchange.ts'
import { SaslFailure } from './sasl-failure.ts'

export function plainExchange(username: string, password: string): SaslExchange {
  // The NUL is what separates the parts.
  if (`${username}${password}`.includes('\0')) {
    throw new SaslFailure('A user name or password with the character NUL cannot be sent.')
  }
  return { first: encodeText(`\0${username}\0${password}`), next: () => undefined }
}
