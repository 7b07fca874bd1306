// How a client reaches a cluster, with what holds where nothing is said.

import type { WireOptions } from '../wire/connection/connect-broker.ts'
import type { SecurityOptions } from '../wire/connection/security.ts'

export interface ClusterOptions {
  /** `host:port,host:port`, or a list of such. */
  readonly brokers: string | readonly string[]
  readonly clientId: string
  readonly security?: SecurityOptions
  /** Longest wait for a connection. */
  readonly connectTimeoutMs?: number
  /** Longest wait for one answer. */
  readonly requestTimeoutMs?: number
  /** Longest time in which a request is tried again and again. */
  readonly deadlineMs?: number
  readonly maxResponseBytes?: number
}

const defaultConnectTimeoutMs = 10_000
const defaultRequestTimeoutMs = 30_000

/** As long as an election and a restart of a broker take. */
export const defaultDeadlineMs = 60_000

/** Above the largest answer that a fetch asks for, even with one batch that is larger. */
const defaultMaxResponseBytes = 256 * 2 ** 20

export function wireOptionsOf(options: ClusterOptions): WireOptions {
  return {
    clientId: options.clientId,
    security: options.security ?? {},
    connectTimeoutMs: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    requestTimeoutMs: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
    maxResponseBytes: options.maxResponseBytes ?? defaultMaxResponseBytes,
  }
}
