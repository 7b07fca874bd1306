// Translates the errors of Node's sockets, and of OpenSSL below them, into kinds that a caller may
// decide on, and into words. The original error stays as the cause.

import {
  NetworkError,
  type NetworkErrorKind,
  type NetworkTarget,
  type TlsProblem,
} from '@sluice/core/connector'
import { codeOf } from '../files/file-errors.ts'

const kinds: Readonly<Record<string, NetworkErrorKind>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'not-found',
  EAI_AGAIN: 'not-found',
  EAI_NODATA: 'not-found',
  EAI_NONAME: 'not-found',
  EAI_FAIL: 'not-found',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'timed-out',
  ECONNRESET: 'closed',
  ECONNABORTED: 'closed',
  EPIPE: 'closed',
}

const reasons: Readonly<Record<Exclude<NetworkErrorKind, 'tls'>, string>> = {
  refused: 'the connection is refused: nobody listens there',
  'not-found': 'there is no host of this name',
  unreachable: 'the host cannot be reached',
  'timed-out': 'no answer came in time',
  closed: 'the connection was cut',
}

const certificateProblems: Readonly<Record<string, TlsProblem>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  CERT_UNTRUSTED: 'untrusted',
  CERT_REJECTED: 'untrusted',
  CERT_REVOKED: 'untrusted',
  CERT_SIGNATURE_FAILURE: 'untrusted',
  INVALID_CA: 'untrusted',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-host',
  HOSTNAME_MISMATCH: 'wrong-host',
}

/** Patterns of OpenSSL's reasons; the first that fits counts. */
const protocolProblems: readonly (readonly [RegExp, TlsProblem])[] = [
  [/^ERR_SSL_.*ALERT/, 'rejected'],
  [
    /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_TOO_SMALL)/,
    'not-tls',
  ],
  [/^ERR_OSSL_|^ERR_SSL_|^ERR_TLS_|^EPROTO$|^ERR_CRYPTO_/, 'failed'],
]

const tlsReasons: Readonly<Record<TlsProblem, string>> = {
  untrusted: 'the certificate of the server comes from nobody who is trusted',
  expired: 'the certificate of the server has expired, or is not valid yet',
  'wrong-host': 'the certificate of the server is for another name',
  'not-tls': 'the other end does not speak TLS',
  rejected: 'the server ended the TLS handshake: it wants another certificate or version',
  unusable: 'our own certificate, key or list of authorities cannot be used',
  failed: 'TLS could not be agreed on',
}

export function addressOf({ host, port }: NetworkTarget): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The error of a socket, before or after it was connected. */
export function networkError(target: NetworkTarget, error: unknown): NetworkError {
  if (error instanceof NetworkError) return error
  const code = codeOf(error)
  const address = addressOf(target)
  if (target.tls !== undefined) {
    const problem =
      certificateProblems[code] ?? protocolProblems.find(([pattern]) => pattern.test(code))?.[1]
    if (problem !== undefined) return tlsError(target, problem, error)
  }
  const kind = kinds[code]
  if (kind !== undefined && kind !== 'tls') {
    return new NetworkError(kind, address, reasons[kind], { cause: error })
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new NetworkError('closed', address, reason, { cause: error })
}

export function tlsError(target: NetworkTarget, tls: TlsProblem, cause: unknown): NetworkError {
  return new NetworkError('tls', addressOf(target), tlsReasons[tls], { tls, cause })
}
