// Connections of Node's sockets, with and without TLS. A connection is handed out when it can be
// written to: with TLS after the handshake, when the certificate was checked.

import { connect as connectPlain, isIP, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  type SecureContextOptions,
} from 'node:tls'
import {
  type NetworkConnection,
  NetworkError,
  type NetworkTarget,
  type TlsOptions,
} from '@sluice/core/connector'
import { addressOf, networkError, tlsError } from './network-errors.ts'
import { SocketConnection } from './socket-connection.ts'

const aliveProbeDelayMs = 60_000

/** Rejects with a `NetworkError`. */
export async function connectToHost(target: NetworkTarget): Promise<NetworkConnection> {
  try {
    return await connected(target)
  } catch (error) {
    const failure = networkError(target, error)
    throw failure.kind === 'closed' ? hungUp(target, error) : failure
  }
}

function connected(target: NetworkTarget): Promise<NetworkConnection> {
  return new Promise((resolve, reject) => {
    const socket = openSocket(target)
    const timer =
      target.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            const reason = `no connection within ${target.timeoutMs} ms`
            socket.destroy(new NetworkError('timed-out', addressOf(target), reason))
          }, target.timeoutMs)
    const fail = (error: unknown): void => {
      clearTimeout(timer)
      reject(error as Error)
    }
    const endedEarly = (): void => fail(hungUp(target, undefined))
    socket.once('error', fail)
    socket.once('close', endedEarly)
    socket.once(target.tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer)
      socket.off('error', fail)
      socket.off('close', endedEarly)
      resolve(new SocketConnection(socket, target))
    })
  })
}

function hungUp(target: NetworkTarget, cause: unknown): NetworkError {
  const during = target.tls === undefined ? '' : ' during the TLS handshake'
  return new NetworkError('closed', addressOf(target), `the other end closed it${during}`, {
    cause,
  })
}

function openSocket(target: NetworkTarget): Socket {
  const { host, port, tls } = target
  const socket = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: aliveProbeDelayMs,
  }
  return tls === undefined
    ? connectPlain(socket)
    : connectTls({ ...socket, ...secureOptions(target, tls) })
}

function secureOptions(target: NetworkTarget, tls: TlsOptions): ConnectionOptions {
  const { ca, cert, key, passphrase } = tls
  const credentials: SecureContextOptions = {
    ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
  const serverName = tls.serverName ?? target.host
  try {
    return {
      secureContext: createSecureContext(credentials),
      // An address is no name that could be asked for; the certificate is checked for it even so.
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      rejectUnauthorized: tls.rejectUnauthorized ?? true,
    }
  } catch (error) {
    throw tlsError(target, 'unusable', error)
  }
}
