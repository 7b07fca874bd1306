// Opens a connection to a broker: stream, versions, who we are. What goes wrong on the way is told
// apart, since most of it is a wrong address, port or password.

import {
  type ConnectorContext,
  NetworkError,
  type NetworkConnection,
  SluiceError,
} from '@sluice/core/connector'
import { type BrokerConnection, BrokerRequestError } from '../broker-connection.ts'
import { MalformedMessage } from '../codec/malformed-message.ts'
import { errorText } from '../error-codes.ts'
import { apiVersions } from '../message/api-versions.ts'
import { fetch } from '../message/fetch.ts'
import { metadata } from '../message/metadata.ts'
import { produce } from '../message/produce.ts'
import { authenticate } from '../sasl/authenticate.ts'
import { BrokerSession } from './broker-session.ts'
import { BrokerVersions } from './broker-versions.ts'
import { connectionFailure } from './connection-failure.ts'
import { FramedConnection } from './framed-connection.ts'
import type { SaslOptions, SecurityOptions } from './security.ts'

/** What of its context a connection needs. */
export type WireContext = Pick<ConnectorContext, 'network' | 'timers' | 'clock' | 'random'>

/** How connections are made. */
export interface WireOptions {
  readonly clientId: string
  readonly security: SecurityOptions
  /** Longest wait for a connection: stream, TLS, versions and authentication, each. */
  readonly connectTimeoutMs: number
  /** Longest wait for an answer. */
  readonly requestTimeoutMs: number
  readonly maxResponseBytes: number
}

const unsupportedVersion = 35
const clientName = 'sluice'
const clientVersion = '0.1.0'

/** Without them no source and no sink works. */
const needed = [metadata, fetch, produce]

/** The proof is renewed when a part between these of its time has gone: not by all at once. */
const renewalFrom = 0.85
const renewalTo = 0.95

/**
 * Rejects with a `SluiceError`: KAFKA_UNREACHABLE, KAFKA_NOT_A_BROKER, KAFKA_TLS_FAILED,
 * KAFKA_AUTHENTICATION_FAILED, KAFKA_BROKER_TOO_OLD, KAFKA_REQUEST_FAILED.
 */
export async function connectBroker(
  context: WireContext,
  host: string,
  port: number,
  options: WireOptions,
): Promise<BrokerSession> {
  const { tls, sasl } = options.security
  const address = `${host}:${port}`
  let stream: NetworkConnection
  try {
    stream = await context.network.connect({
      host,
      port,
      timeoutMs: options.connectTimeoutMs,
      ...(tls === undefined ? {} : { tls }),
    })
  } catch (error) {
    throw error instanceof NetworkError
      ? connectionFailure(address, error, tls !== undefined)
      : error
  }
  const connection = new FramedConnection(stream, context.timers, {
    address,
    clientId: options.clientId,
    timeoutMs: options.requestTimeoutMs,
    maxResponseBytes: options.maxResponseBytes,
  })
  try {
    return await greet(context, connection, sasl, options.connectTimeoutMs)
  } catch (error) {
    connection.close()
    const isOfConnection = error instanceof BrokerRequestError || error instanceof MalformedMessage
    if (!isOfConnection) throw error
    throw connectionFailure(address, error, tls !== undefined, connection.foreignServer)
  }
}

async function greet(
  context: WireContext,
  connection: BrokerConnection,
  sasl: SaslOptions | undefined,
  timeoutMs: number,
): Promise<BrokerSession> {
  const versions = await askVersions(connection, timeoutMs)
  for (const api of needed) versions.versionOf(api)
  const prove = async (): Promise<number> => {
    if (sasl === undefined) return Number.POSITIVE_INFINITY
    const beganMs = context.clock.monotonic()
    const lifetimeMs = await authenticate(connection, sasl, context.random)
    if (lifetimeMs === 0) return Number.POSITIVE_INFINITY
    const part = renewalFrom + (renewalTo - renewalFrom) * context.random.fraction()
    return beganMs + lifetimeMs * part
  }
  const dueMs = await prove()
  return new BrokerSession(connection, versions, context.clock, { dueMs, renew: prove })
}

/** A broker that does not know the version answers in version 0, and names those it knows. */
async function askVersions(
  connection: BrokerConnection,
  timeoutMs: number,
): Promise<BrokerVersions> {
  let version = apiVersions.newest
  for (;;) {
    const request = { clientSoftwareName: clientName, clientSoftwareVersion: clientVersion }
    const body = apiVersions.request.encode(version, version >= 3 ? request : {})
    const answer = await connection.request(apiVersions.key, version, body, { timeoutMs })
    const refused = errorCodeOf(answer) === unsupportedVersion
    const said = apiVersions.response.decode(refused ? 0 : version, answer)
    if (!refused && said.errorCode === 0) {
      return new BrokerVersions(connection.address, said.apiKeys, said.finalizedFeatures)
    }
    if (!refused || version === 0) {
      throw new SluiceError(
        'KAFKA_REQUEST_FAILED',
        `${connection.address} does not say what it speaks: ${errorText(said.errorCode)}.`,
      )
    }
    version = new BrokerVersions(connection.address, said.apiKeys).newestOf(apiVersions) ?? 0
  }
}

/** It stands at the front in every version. */
function errorCodeOf(answer: Uint8Array): number {
  if (answer.length < 2) return 0
  return new DataView(answer.buffer, answer.byteOffset, 2).getInt16(0)
}
