// What a registry says about a schema, checked: its answers are texts of others.

import { SluiceError } from '@sluice/core'

/** The languages of schemas, as registries name them. */
export type SchemaLanguage = 'AVRO' | 'PROTOBUF' | 'JSON'

/** Another schema that a schema uses: by a name in its text, under a subject and version. */
export interface SchemaReference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** The text of a schema. */
export interface SchemaText {
  readonly language: SchemaLanguage
  readonly text: string
  readonly references: readonly SchemaReference[]
}

/** A schema that another one uses. */
export interface Dependency {
  /** The name by which it is used: of a type, or the path of an import. */
  readonly name: string
  readonly text: string
}

/** A schema that the registry knows. */
export interface RegisteredSchema extends SchemaText {
  readonly id: number
  /** All that it uses, each behind what it uses itself. */
  readonly dependencies: readonly Dependency[]
}

/** An answer, as far as this package looks at it. */
export type Answer = Readonly<Record<string, unknown>>

/** The id in an answer. Throws KAFKA_REGISTRY_REFUSED. */
export function idIn(answer: Answer): number {
  const { id } = answer
  if (!Number.isInteger(id)) throw incomplete('id')
  return id as number
}

/** The schema in an answer. Throws KAFKA_REGISTRY_REFUSED. */
export function schemaIn(answer: Answer): SchemaText {
  const { schema: text, schemaType: language = 'AVRO', references = [] } = answer
  if (typeof text !== 'string') throw incomplete('schema')
  if (!isLanguage(language)) throw incomplete('schemaType')
  if (!Array.isArray(references)) throw incomplete('references')
  return { text, language, references: references.map(referenceIn) }
}

function isLanguage(value: unknown): value is SchemaLanguage {
  return value === 'AVRO' || value === 'PROTOBUF' || value === 'JSON'
}

function referenceIn(value: unknown): SchemaReference {
  const { name, subject, version } = (value ?? {}) as Answer
  const isSound =
    typeof name === 'string' && typeof subject === 'string' && Number.isInteger(version)
  if (!isSound) throw incomplete('references')
  return { name, subject, version: version as number }
}

function incomplete(property: string): SluiceError {
  const message = `What answers is no schema registry: its answer has no sound "${property}".`
  return new SluiceError('KAFKA_REGISTRY_REFUSED', message)
}
