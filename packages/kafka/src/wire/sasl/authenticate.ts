// Authenticates a connection: names the mechanism, carries the conversation over, and says what
// went wrong without a word of any secret.

import { type Random, SluiceError } from '@sluice/core/connector'
import type { BrokerConnection } from '../broker-connection.ts'
import type { SaslOptions } from '../connection/security.ts'
import { errorOf } from '../error-codes.ts'
import { saslAuthenticate, saslHandshake } from '../message/sasl.ts'
import { beginExchange } from './sasl-exchange.ts'
import { SaslFailure } from './sasl-failure.ts'

const illegalSaslState = 34
const unsupportedMechanism = 33

/** No mechanism takes more. */
const mostTurns = 5

/** Resolves to the milliseconds after which the broker wants to see it again; 0 for never. */
export async function authenticate(
  connection: BrokerConnection,
  sasl: SaslOptions,
  random: Random,
): Promise<number> {
  const secret = sasl.mechanism === 'oauthbearer' ? await tokenOf(sasl.token) : sasl.password
  await agreeOnMechanism(connection, sasl)
  try {
    const exchange = beginExchange(sasl, secret, random)
    let message: Uint8Array | undefined = exchange.first
    for (let turn = 0; turn < mostTurns; turn++) {
      const answer = await say(connection, sasl, secret, message)
      message = exchange.next(answer.authBytes)
      if (message === undefined) return answer.sessionLifetimeMs
    }
    throw new SaslFailure('The server goes on asking.')
  } catch (error) {
    if (!(error instanceof SaslFailure)) throw error
    throw refused(connection, sasl, error.message)
  }
}

async function tokenOf(source: () => string | Promise<string>): Promise<string> {
  try {
    return await source()
  } catch (error) {
    // Whoever gives out the token may be away for a while; a wrong token is another matter.
    throw new SluiceError('KAFKA_REQUEST_FAILED', 'The token function for Kafka failed.', {
      hint: 'Its own error is the cause. It is called again when the connection is tried again.',
      cause: error,
    })
  }
}

async function agreeOnMechanism(connection: BrokerConnection, sasl: SaslOptions): Promise<void> {
  const version = saslHandshake.newest
  const mechanism = sasl.mechanism.toUpperCase()
  const request = saslHandshake.request.encode(version, { mechanism })
  const body = await connection.request(saslHandshake.key, version, request)
  const { errorCode, mechanisms } = saslHandshake.response.decode(version, body)
  if (errorCode === 0) return
  if (errorCode === unsupportedMechanism) {
    const known = mechanisms.length === 0 ? 'none' : mechanisms.join(', ')
    throw refused(connection, sasl, `The broker takes these mechanisms: ${known}.`)
  }
  if (errorCode === illegalSaslState) {
    throw refused(connection, sasl, 'This listener of the broker asks nobody who they are.')
  }
  throw refused(connection, sasl, `The broker answers ${errorOf(errorCode).name}.`)
}

async function say(
  connection: BrokerConnection,
  sasl: SaslOptions,
  secret: string,
  authBytes: Uint8Array,
): Promise<{ readonly authBytes: Uint8Array; readonly sessionLifetimeMs: number }> {
  const version = saslAuthenticate.newest
  const request = saslAuthenticate.request.encode(version, { authBytes })
  const body = await connection.request(saslAuthenticate.key, version, request)
  const answer = saslAuthenticate.response.decode(version, body)
  if (answer.errorCode === 0) return answer
  // A broker has no reason to repeat the secret, and if it does it goes no further.
  const said = answer.errorMessage?.replaceAll(secret === '' ? '\0' : secret, '…')
  throw refused(connection, sasl, said ?? `The broker answers ${errorOf(answer.errorCode).name}.`)
}

function refused(connection: BrokerConnection, sasl: SaslOptions, reason: string): SluiceError {
  const who = sasl.mechanism === 'oauthbearer' ? '' : ` as '${sasl.username}'`
  return new SluiceError(
    'KAFKA_AUTHENTICATION_FAILED',
    `Authentication at ${connection.address}${who} by ${sasl.mechanism} failed: ${reason}`,
    { hint: 'Check mechanism, user name, password or token, and the port of the listener.' },
  )
}
