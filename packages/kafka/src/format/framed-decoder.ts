// Decodes records that name their schema. Each schema is fetched once; while one is, the reader
// waits at the first record that needs it, so that order is kept and `decode` never waits. What
// the registry does not know makes a record malformed, which is the source's to decide on.

import { SluiceError } from '@sluice/core'
import type { ConnectorContext } from '@sluice/core/connector'
import { assert } from '@sluice/core/internal'
import { ByteCursor, malformed } from './byte-cursor.ts'
import { frameBytes, schemaIdOf } from './confluent-frame.ts'
import type { RecordDecoder } from './kafka-format.ts'
import { noValue } from './open-formats.ts'
import type { RegistryClient } from './registry/registry-client.ts'
import type { RegisteredSchema, SchemaLanguage } from './registry/registered-schema.ts'

/** Reads what follows the id of the schema, up to the end of the bytes. */
export type ReadFramed<T> = (cursor: ByteCursor) => T

/** How long the answer that a registry does not know an id is believed. */
const unknownForMs = 10_000

/** What records with one id are: read, or refused for a reason, for ever or for a while. */
interface KnownSchema<T> {
  readonly read?: ReadFramed<T>
  readonly refusal?: SluiceError
  readonly until: number
}

/** What a framed decoder is made of. */
export interface FramedDecoderOptions<T> {
  readonly format: string
  readonly language: SchemaLanguage
  readonly client: RegistryClient
  readonly clock: ConnectorContext['clock']
  /** Throws for a schema that cannot be read; its records are malformed. */
  readonly readerOf: (schema: RegisteredSchema) => ReadFramed<T>
}

/** Decodes records of one topic part in one reader. */
export class FramedDecoder<T> implements RecordDecoder<T> {
  readonly isFramed = true
  readonly #options: FramedDecoderOptions<T>
  readonly #known = new Map<number, KnownSchema<T>>()
  readonly #asked = new Map<number, Promise<void>>()
  readonly #cursor = new ByteCursor()
  /** The schema of the record before, which is nearly always that of the next. */
  #lastId = -1
  #lastRead: ReadFramed<T> | undefined

  constructor(options: FramedDecoderOptions<T>) {
    this.#options = options
  }

  prepare(bytes: Uint8Array | null): Promise<void> | undefined {
    // What has no id is refused by `decode`.
    if (bytes === null || bytes.length < frameBytes || bytes[0] !== 0) return undefined
    const id = schemaIdOf(bytes)
    if (id === this.#lastId) return undefined
    const known = this.#known.get(id)
    if (known !== undefined && this.#options.clock.monotonic() < known.until) return undefined
    const asked = this.#asked.get(id) ?? this.#ask(id)
    this.#asked.set(id, asked)
    return asked
  }

  decode(bytes: Uint8Array | null): T {
    if (bytes === null) throw noValue(this.#options.format)
    const id = schemaIdOf(bytes)
    const read = id === this.#lastId ? (this.#lastRead as ReadFramed<T>) : this.#reader(id)
    const cursor = this.#cursor
    cursor.moveTo(bytes)
    cursor.skip(frameBytes)
    try {
      const value = read(cursor)
      if (cursor.position === cursor.end) return value
      throw malformed(`${cursor.end - cursor.position} bytes are left at the end of the record.`)
    } catch (error) {
      throw inSchema(error, id)
    }
  }

  #reader(id: number): ReadFramed<T> {
    const known = this.#known.get(id)
    assert(known !== undefined, 'a record is decoded only after its schema was fetched')
    if (known.refusal !== undefined) throw known.refusal
    this.#lastId = id
    this.#lastRead = known.read as ReadFramed<T>
    return this.#lastRead
  }

  async #ask(id: number): Promise<void> {
    try {
      const schema = await this.#options.client.byId(id)
      this.#known.set(id, this.#understood(id, schema))
    } catch (error) {
      const isOfSchema =
        error instanceof SluiceError &&
        (error.code === 'KAFKA_SCHEMA_NOT_FOUND' || error.code === 'KAFKA_SCHEMA_INVALID')
      if (!isOfSchema) throw error
      this.#known.set(id, this.#refused(id, error.message, error))
    } finally {
      this.#asked.delete(id)
    }
  }

  #understood(id: number, schema: RegisteredSchema | undefined): KnownSchema<T> {
    const { language } = this.#options
    if (schema === undefined) return this.#refused(id, 'the registry does not have it.')
    if (schema.language !== language) {
      return forEver(id, `it is of the language ${schema.language}, and ${language} is read.`)
    }
    try {
      return { read: this.#options.readerOf(schema), until: Number.POSITIVE_INFINITY }
    } catch (error) {
      return forEver(id, error instanceof Error ? error.message : String(error), error)
    }
  }

  #refused(id: number, reason: string, cause?: unknown): KnownSchema<T> {
    const until = this.#options.clock.monotonic() + unknownForMs
    return { ...forEver(id, reason, cause), until }
  }
}

function forEver(id: number, reason: string, cause?: unknown): KnownSchema<never> {
  const refusal = malformed(`A record was written with schema ${id}: ${reason}`, cause)
  return { refusal, until: Number.POSITIVE_INFINITY }
}

function inSchema(error: unknown, id: number): SluiceError {
  const reason = error instanceof Error ? error.message : String(error)
  const hint = error instanceof SluiceError ? error.hint : undefined
  return new SluiceError('RECORD_MALFORMED', `${reason} It was written with schema ${id}.`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
}
