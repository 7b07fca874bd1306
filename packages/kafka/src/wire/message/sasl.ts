// The two requests of an authentication: which mechanism, and then its bytes, to and fro.

import { defineApi } from '../codec/define-api.ts'
import { bytes, int16, int64, list, nullable, string } from '../codec/field-type.ts'
import { optional } from '../codec/structure.ts'

export const saslHandshake = defineApi({
  name: 'SaslHandshake',
  key: 17,
  versions: [1, 1],
  flexibleSince: Number.POSITIVE_INFINITY,
  request: { mechanism: string },
  response: { errorCode: int16, mechanisms: list(string) },
})

export const saslAuthenticate = defineApi({
  name: 'SaslAuthenticate',
  key: 36,
  versions: [2, 2],
  flexibleSince: 2,
  request: { authBytes: bytes },
  response: {
    errorCode: int16,
    errorMessage: optional(nullable(string), null),
    authBytes: bytes,
    /** Milliseconds after which the broker wants to see it again; 0: never. */
    sessionLifetimeMs: optional(int64, 0),
  },
})
