// Formats opened with the network and the clock of this machine, for tests against a real server.

import type { ConnectorContext } from '@sluice/core/connector'
import { nodeClock, nodeTimers } from '../../../../runtime/src/platform/node/node-time.ts'
import { connectToHost } from '../../../../runtime/src/platform/node/network/node-network.ts'
import type { FormatPlace, KafkaFormat } from '../../../src/format/kafka-format.ts'
import { OpenFormats } from '../../../src/format/open-formats.ts'

/** The part of a context that formats reach. */
export function formatContext(changes: Partial<ConnectorContext> = {}): ConnectorContext {
  const reached: Partial<ConnectorContext> = {
    clock: nodeClock,
    timers: nodeTimers,
    network: { connect: connectToHost },
    random: { uint32: () => 0, fraction: () => 0, hex: () => '00' },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    ...changes,
  }
  return reached as ConnectorContext
}

/** Encodes values as a writer of this place would. */
export async function encode<T>(
  format: KafkaFormat<T>,
  place: FormatPlace,
  values: readonly T[],
): Promise<(Uint8Array | null)[]> {
  const formats = new OpenFormats(formatContext())
  const encoder = await formats.encoder(format, place)
  formats.close()
  return values.map((value) => encoder.encode(value))
}

/** Decodes records one after the other as a new reader would. */
export async function decode<T>(
  format: KafkaFormat<T>,
  records: readonly (Uint8Array | null)[],
): Promise<T[]> {
  const formats = new OpenFormats(formatContext())
  const decoder = formats.decoder(format)
  const values: T[] = []
  for (const record of records) {
    await decoder.prepare?.(record)
    values.push(decoder.decode(record))
  }
  formats.close()
  return values
}
