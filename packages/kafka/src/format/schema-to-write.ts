// With which schema a writer writes, decided once when it opens: one that the registry has, or the
// one that was given, which is registered only where that was asked for.

import { SluiceError } from '@sluice/core'
import type { FormatPlace } from './kafka-format.ts'
import { incompatible, type RegistryClient } from './registry/registry-client.ts'
import type { RegisteredSchema, SchemaText } from './registry/registered-schema.ts'
import type { SchemaRegistry } from './registry/schema-registry.ts'
import { type SubjectStrategy, subjectOf } from './subject-name.ts'

/** What formats with a registry have in common. */
export interface RegistryFormatOptions {
  readonly registry: SchemaRegistry
  /** The subject, for a sink; named by `subjectName` unless said. */
  readonly subject?: string
  /** How the subject is named: `topic` (`orders-value`, `orders-key`) unless said. */
  readonly subjectName?: SubjectStrategy
  /**
   * Which version of the subject a sink without a schema of its own writes: `latest`, as it is when
   * the writer opens, unless said.
   */
  readonly version?: number | 'latest'
  /** The id of the schema that a sink writes, instead of a subject and version. */
  readonly id?: number
  /** Registers the schema of a sink where the registry does not have it: false unless said. */
  readonly autoRegister?: boolean
}

/** What is known of the schema before the registry is asked. */
export interface GivenSchema {
  /** The schema that was given to the format; undefined for the one that the registry has. */
  readonly given: SchemaText | undefined
  readonly language: SchemaText['language']
  /** The full name of the record, where it is known. */
  readonly record: string | undefined
}

/** Throws SETTING_INVALID for options that contradict each other. */
export function checkOptions(options: RegistryFormatOptions, isSchemaGiven: boolean): void {
  const { version, id, autoRegister } = options
  const asks = [version !== undefined, id !== undefined, isSchemaGiven].filter(Boolean).length
  const places = [options.subject, options.subjectName].filter((each) => each !== undefined).length
  const problem =
    asks > 1
      ? 'A format is given more than one of schema, version and id.'
      : autoRegister === true && !isSchemaGiven
        ? 'A format registers its schema, and is given none.'
        : places > 1
          ? 'A format is given a subject and a way to name it.'
          : undefined
  if (problem !== undefined) throw new SluiceError('SETTING_INVALID', problem)
}

/** The schema to write with, and its id. */
export async function schemaToWrite(
  client: RegistryClient,
  options: RegistryFormatOptions,
  schema: GivenSchema,
  place: FormatPlace,
): Promise<RegisteredSchema> {
  const found = await find(client, options, schema, place)
  if (found.language === schema.language) return found
  throw new SluiceError(
    'KAFKA_SCHEMA_INVALID',
    `Schema ${found.id} is of the language ${found.language}; ${schema.language} is written.`,
    { hint: 'Take the format of that language, or another subject.' },
  )
}

async function find(
  client: RegistryClient,
  options: RegistryFormatOptions,
  { given, record }: GivenSchema,
  place: FormatPlace,
): Promise<RegisteredSchema> {
  if (options.id !== undefined) {
    const found = await client.byId(options.id)
    return found ?? notFound(`The registry has no schema ${options.id}.`)
  }
  const subject = options.subject ?? subjectOf(options.subjectName ?? 'topic', place, record)
  if (given === undefined) {
    const version = options.version ?? 'latest'
    const found = await client.bySubject(subject, version)
    if (found !== undefined) return found
    const which = version === 'latest' ? 'no version' : `no version ${version}`
    return notFound(`The registry has ${which} of the subject ${subject}.`)
  }
  const id =
    options.autoRegister === true
      ? await client.register(subject, given)
      : ((await client.idOf(subject, given)) ?? (await notRegistered(client, subject, given)))
  return { ...given, id, dependencies: [] }
}

async function notRegistered(
  client: RegistryClient,
  subject: string,
  schema: SchemaText,
): Promise<never> {
  const objections = await client.objections(subject, schema)
  if (objections.length > 0) throw incompatible(subject, objections)
  return notFound(`The schema of the sink is not registered under the subject ${subject}.`)
}

function notFound(message: string): never {
  throw new SluiceError('KAFKA_SCHEMA_NOT_FOUND', message, {
    hint: 'Register it there, or give the format its schema and autoRegister: true.',
  })
}
