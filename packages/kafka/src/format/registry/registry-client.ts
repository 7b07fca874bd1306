// What is asked of a schema registry, in its own terms. A schema that is known under an id never
// changes, so it is asked for once.

import { SluiceError } from '@sluice/core'
import type { ConnectorContext } from '@sluice/core/connector'
import {
  type Dependency,
  idIn,
  type RegisteredSchema,
  schemaIn,
  type SchemaReference,
  type SchemaText,
} from './registered-schema.ts'
import { type RegistryAnswer, RegistryRequests } from './registry-request.ts'
import type { SchemaRegistry } from './schema-registry.ts'

/** Asks one registry with the context of one reader or writer. */
export class RegistryClient {
  readonly #requests: RegistryRequests
  readonly #byId = new Map<number, Promise<RegisteredSchema | undefined>>()

  constructor(registry: SchemaRegistry, context: ConnectorContext) {
    this.#requests = new RegistryRequests(registry, context)
  }

  /** The schema with this id; undefined where the registry knows none. */
  byId(id: number): Promise<RegisteredSchema | undefined> {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    const asked = this.#askById(id)
    this.#byId.set(id, asked)
    // An id that is not known today may be tomorrow, and an error is over then.
    asked.then(
      (schema) => schema ?? this.#byId.delete(id),
      () => this.#byId.delete(id),
    )
    return asked
  }

  /** A version of a subject; undefined where the registry has none. */
  async bySubject(
    subject: string,
    version: number | 'latest',
  ): Promise<RegisteredSchema | undefined> {
    const path = `${subjectPath(subject)}/versions/${version}`
    const answer = await this.#requests.ask({ method: 'GET', path })
    if (answer.status === 404) return undefined
    const { body } = checked(answer, `version ${version} of ${subject}`)
    return this.#complete(idIn(body), schemaIn(body))
  }

  /** The id of this schema under a subject; undefined where it is not registered there. */
  async idOf(subject: string, schema: SchemaText): Promise<number | undefined> {
    const answer = await this.#post(subjectPath(subject), schema)
    if (answer.status === 404) return undefined
    return idIn(checked(answer, `the schema of ${subject}`).body)
  }

  /** Registers this schema under a subject. Throws KAFKA_SCHEMA_INCOMPATIBLE. */
  async register(subject: string, schema: SchemaText): Promise<number> {
    const answer = await this.#post(`${subjectPath(subject)}/versions`, schema)
    if (answer.status === 409) {
      // Some registries give their reasons with this answer, others only where they are asked.
      const objections = await this.objections(subject, schema)
      throw incompatible(subject, [answer.message, ...objections])
    }
    return idIn(checked(answer, `the schema of ${subject}`).body)
  }

  /**
   * Why the registry would not take this schema under a subject; nothing where it would, or where
   * it gives no verdict.
   */
  async objections(subject: string, schema: SchemaText): Promise<readonly string[]> {
    const latest = `/compatibility${subjectPath(subject)}/versions/latest?verbose=true`
    const answer = await this.#post(latest, schema)
    if (answer.status !== 200 || answer.body['is_compatible'] !== false) return []
    const { messages } = answer.body
    const reasons = Array.isArray(messages) ? messages.map(String) : []
    return reasons.length > 0 ? reasons : ['it is not compatible with the latest version']
  }

  close(): void {
    this.#requests.close()
  }

  async #askById(id: number): Promise<RegisteredSchema | undefined> {
    const answer = await this.#requests.ask({ method: 'GET', path: `/schemas/ids/${id}` })
    if (answer.status === 404) return undefined
    return this.#complete(id, schemaIn(checked(answer, `schema ${id}`).body))
  }

  #post(path: string, { language, text, references }: SchemaText): Promise<RegistryAnswer> {
    const body = JSON.stringify({
      schema: text,
      // Registries from before there were others know no types, and Avro is what is meant then.
      ...(language === 'AVRO' ? {} : { schemaType: language }),
      ...(references.length === 0 ? {} : { references }),
    })
    return this.#requests.ask({ method: 'POST', path, body })
  }

  async #complete(id: number, schema: SchemaText): Promise<RegisteredSchema> {
    const found = new Map<string, Dependency>()
    await this.#collect(schema.references, found)
    return { ...schema, id, dependencies: [...found.values()] }
  }

  /** Depth first, so that what is used stands before what uses it. */
  async #collect(
    references: readonly SchemaReference[],
    found: Map<string, Dependency>,
  ): Promise<void> {
    for (const { name, subject, version } of references) {
      const key = `${name} ${subject} ${version}`
      if (found.has(key)) continue
      const path = `${subjectPath(subject)}/versions/${version}`
      const answer = await this.#requests.ask({ method: 'GET', path })
      if (answer.status === 404) {
        throw new SluiceError(
          'KAFKA_SCHEMA_NOT_FOUND',
          `A schema uses version ${version} of ${subject}, which the registry does not have.`,
        )
      }
      const used = schemaIn(checked(answer, `version ${version} of ${subject}`).body)
      await this.#collect(used.references, found)
      found.set(key, { name, text: used.text })
    }
  }
}

function subjectPath(subject: string): string {
  return `/subjects/${encodeURIComponent(subject)}`
}

function checked(answer: RegistryAnswer, of: string): RegistryAnswer {
  if (answer.status < 300) return answer
  const said = `${answer.status} (${answer.errorCode}): ${answer.message}`
  if (answer.status === 422) {
    throw new SluiceError('KAFKA_SCHEMA_INVALID', `The registry refuses ${of}: ${said}`)
  }
  throw new SluiceError('KAFKA_REGISTRY_REFUSED', `The registry refuses ${of}: ${said}`)
}

/** A schema that does not fit those that its subject already has. */
export function incompatible(subject: string, objections: readonly string[]): SluiceError {
  return new SluiceError(
    'KAFKA_SCHEMA_INCOMPATIBLE',
    `The schema does not fit those that ${subject} has already: ${objections.join('; ')}`,
    {
      hint:
        'Change it so that it fits (a new field needs a default), ' +
        'or change the compatibility of the subject in the registry.',
    },
  )
}
