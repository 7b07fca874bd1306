// Says what is wrong with a connection that did not come about, in terms of what a user can mend:
// address, port, TLS or not.

import { NetworkError, SluiceError, type TlsProblem } from '@sluice/core/connector'
import { BrokerRequestError } from '../broker-connection.ts'
import { MalformedMessage } from '../codec/malformed-message.ts'
import type { ForeignServer } from './foreign-answer.ts'

const foreignServers: Readonly<Record<ForeignServer, string>> = {
  http: 'answers like a web server',
  tls: 'expects TLS',
  ssh: 'answers like an SSH server',
}

const tlsHints: Readonly<Record<TlsProblem, string>> = {
  untrusted: 'Give the certificate of its authority as `tls: { ca }`.',
  expired: 'Renew the certificate of the broker, or set the clock right.',
  'wrong-host': 'Use a name that stands in the certificate, or give it as `tls: { serverName }`.',
  'not-tls': 'Leave out `tls`, or use the port of the TLS listener.',
  rejected: 'The broker may ask for a certificate: give `tls: { cert, key }`.',
  unusable: '`tls: { ca, cert, key }` are texts in PEM form; key and certificate belong together.',
  failed: 'The cause says what OpenSSL objects to.',
}

/** Of an error of the stream, or of a first conversation that failed. */
export function connectionFailure(
  address: string,
  error: Error,
  isSecured: boolean,
  foreign?: ForeignServer,
): SluiceError {
  if (foreign !== undefined) return foreignFailure(address, foreign, error)
  const cause = error instanceof BrokerRequestError ? (error.cause ?? error) : error
  if (cause instanceof NetworkError && cause.kind === 'tls') {
    const hint = tlsHints[cause.tls ?? 'failed']
    return new SluiceError('KAFKA_TLS_FAILED', `TLS with the broker failed: ${cause.message}.`, {
      hint,
      cause,
    })
  }
  const isNonsense = error instanceof BrokerRequestError && error.kind === 'malformed'
  if (isNonsense || error instanceof MalformedMessage) {
    return notABroker(`${address} does not answer like a broker.`, error)
  }
  const reason = error.message.replace(/\.$/, '')
  const hung =
    error instanceof NetworkError ? error.kind === 'closed' : error.name !== 'NetworkError'
  return new SluiceError('KAFKA_UNREACHABLE', `No connection to the broker: ${reason}.`, {
    hint: hung ? hungUpHint(isSecured) : 'Check host and port, and that the broker runs.',
    cause: error,
  })
}

function hungUpHint(isSecured: boolean): string {
  return isSecured
    ? 'It may be a listener without TLS: leave out `tls`, or use the port of the TLS listener.'
    : 'It may be a listener with TLS, or no broker: set `tls`, or check the port.'
}

function foreignFailure(address: string, foreign: ForeignServer, cause: Error): SluiceError {
  const what = `${address} ${foreignServers[foreign]}`
  if (foreign !== 'tls') return notABroker(`${what}, not like a broker.`, cause)
  return new SluiceError('KAFKA_TLS_FAILED', `The broker ${what}.`, {
    hint: 'Set `tls: {}`, or use the port of a listener without TLS.',
    cause,
  })
}

function notABroker(message: string, cause: Error): SluiceError {
  return new SluiceError('KAFKA_NOT_A_BROKER', message, {
    hint: 'Check the port: it is the one of another service.',
    cause,
  })
}
