// Node's network, clock and randomness for connections to real servers.

import { createNodePlatform } from '@sluice/runtime/internal'
import type { BrokerSession } from '../../src/wire/connection/broker-session.ts'
import type { WireContext, WireOptions } from '../../src/wire/connection/connect-broker.ts'
import { listOffsets } from '../../src/wire/message/offsets.ts'

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

/** Waits until a broker leads the first partition of a topic, which it was only told to make. */
export async function leadsFirstPartition(session: BrokerSession, name: string): Promise<void> {
  const topics = [{ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] }]
  for (let tries = 0; tries < 200; tries++) {
    const answer = await session.send(listOffsets, { isolationLevel: 1, topics })
    if (answer.topics[0]?.partitions[0]?.errorCode === 0) return
    await nodeContext.timers.sleep(50)
  }
  throw new Error(`the broker does not lead ${name}`)
}
