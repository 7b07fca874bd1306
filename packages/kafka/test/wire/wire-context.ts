// Node's network, clock and randomness for connections to real servers.

import { createNodePlatform } from '@sluice/runtime/internal'
import type { WireContext, WireOptions } from '../../src/wire/connection/connect-broker.ts'

export const nodeContext: WireContext = createNodePlatform()

export const plainOptions: WireOptions = {
  clientId: 'test',
  security: {},
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 10_000,
  maxResponseBytes: 2 ** 27,
}

/** Host and port of the first address of a list. */
export function placeOf(addresses: string): readonly [host: string, port: number] {
  const [host = '', port = ''] = (addresses.split(',')[0] ?? '').split(':')
  return [host, Number(port)]
}
