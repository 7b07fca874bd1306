// The formats that one reader or writer has open: plain ones learn that a record may have no value,
// and those of one registry share its client.

import { type Format, SluiceError } from '@sluice/core'
import type { ConnectorContext } from '@sluice/core/connector'
import type { FormatPlace, KafkaFormat, RecordDecoder, RecordEncoder } from './kafka-format.ts'
import { RegistryClient } from './registry/registry-client.ts'
import type { SchemaRegistry } from './registry/schema-registry.ts'

/** Opens formats with the context of a reader or writer, and ends with it. */
export class OpenFormats {
  readonly #context: ConnectorContext
  readonly #clients = new Map<SchemaRegistry, RegistryClient>()

  constructor(context: ConnectorContext) {
    this.#context = context
  }

  get clock(): ConnectorContext['clock'] {
    return this.#context.clock
  }

  decoder<T>(format: KafkaFormat<T>): RecordDecoder<T> {
    return 'createDecoder' in format ? format.createDecoder(this) : plainDecoder(format)
  }

  async encoder<T>(format: KafkaFormat<T>, place: FormatPlace): Promise<RecordEncoder<T>> {
    return 'createEncoder' in format ? format.createEncoder(this, place) : format
  }

  /** The client of a registry: what it was told stays known to all formats that share it. */
  registry(registry: SchemaRegistry): RegistryClient {
    const known = this.#clients.get(registry)
    if (known !== undefined) return known
    const client = new RegistryClient(registry, this.#context)
    this.#clients.set(registry, client)
    return client
  }

  /** Ends what is being asked; those who wait for it are told. */
  close(): void {
    for (const client of this.#clients.values()) client.close()
  }
}

function plainDecoder<T>(format: Format<T>): RecordDecoder<T> {
  return {
    decode(bytes) {
      if (bytes === null) throw noValue(format.name)
      return format.decode(bytes)
    },
  }
}

/** A record without key or value, for a format that knows none. */
export function noValue(format: string): SluiceError {
  const what = `A record has nothing for ${format}: its value is a tombstone, or it has no key.`
  return new SluiceError('RECORD_MALFORMED', what, {
    hint: `Wrap the format: nullable(${format}(…)) reads it as null.`,
  })
}
