// What the values of a state must look like, as the engine asks it: by Standard Schema or by
// example. A value that was stored under the same version is read through the schema (which adds
// defaults and drops what it does not know); one of an older version through `migrate` first.

import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { SluiceError } from '../errors.ts'
import { isSchema, issueText, validate } from '../schema/validation.ts'
import { exampleDifferences } from './example-schema.ts'
import { type JsonSchema, jsonSchemaDifferences } from './json-schema-differences.ts'
import { type Shape, shapeText } from './shape.ts'
import { shapeOf } from './shape-observer.ts'

/** A stored value as the state holds it now, or why it does not fit. */
export type ReadValue =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly string[] }

/** Says what values are: one element of a list, one item's value of a map. */
interface ValueRules {
  read(value: unknown): ReadValue
  /** What of a shape certainly does not fit. */
  differences(stored: Shape): readonly string[]
  /** Two schemas with different texts differ; undefined where there is no text. */
  readonly text?: string
  /** For people. */
  readonly declared?: string
}

/** What is declared of the values of a state. Without rules nothing is checked. */
export interface StateSchema {
  readonly version: number
  /** What else values depend on: `aggregating sum`. */
  readonly form?: string
  readonly rules?: ValueRules
  /** The value as this version has it. May throw. */
  migrate?(old: unknown, fromVersion: number): unknown
}

/** The schemas of a step's states, by name; states without one are absent. */
export type StateSchemas = Readonly<Record<string, StateSchema>>

/** How values are declared, by whatever kind of state. */
export interface SchemaOptions<T> {
  /**
   * The version of what is stored: a whole number from 1, which is also where it begins. Raise it
   * together with `migrate` when stored values no longer fit.
   */
  readonly version?: number
  /**
   * Makes a value of this version of one that an older version stored. Runs once over every value
   * (each element of a list, each item of a map) before the first record; if it throws, the job
   * does not start.
   */
  migrate?(old: unknown, fromVersion: number): NoInfer<T>
}

/** Checks what is declared (SETTING_INVALID); undefined where nothing is. */
export function stateSchema(
  declared: unknown,
  options: SchemaOptions<unknown> & { readonly example?: unknown },
  form?: string,
): StateSchema | undefined {
  const { version, migrate } = options
  if (version !== undefined && (!Number.isSafeInteger(version) || version < 1)) {
    throw new SluiceError('SETTING_INVALID', `${String(version)} is not the version of a state.`, {
      hint: 'Versions are whole numbers; the first is 1.',
    })
  }
  if (migrate !== undefined && (typeof migrate !== 'function' || (version ?? 1) < 2)) {
    throw new SluiceError('SETTING_INVALID', 'A state with `migrate` needs a version from 2.', {
      hint: 'State that was stored without a version counts as version 1: write `version: 2`.',
    })
  }
  const rules = rulesOf(declared, options)
  if (rules === undefined && version === undefined && form === undefined) return undefined
  return {
    version: version ?? 1,
    ...(form === undefined ? {} : { form }),
    ...(rules === undefined ? {} : { rules }),
    ...(migrate === undefined ? {} : { migrate: (old, from) => migrate(old, from) }),
  }
}

function rulesOf(
  declared: unknown,
  options: { readonly example?: unknown },
): ValueRules | undefined {
  if (isSchema(declared)) return standardRules(declared)
  return options.example === undefined ? undefined : exampleRules(options.example)
}

function standardRules(schema: StandardSchemaV1): ValueRules {
  const jsonSchema = jsonSchemaOf(schema)
  return {
    read(value) {
      const result = validate(schema, value, 'a state')
      return result.issues === undefined
        ? { value: result.value }
        : { issues: result.issues.map(issueText) }
    },
    differences: (stored) => {
      return jsonSchema === undefined ? [] : jsonSchemaDifferences(stored, jsonSchema)
    },
    ...(jsonSchema === undefined ? {} : { text: JSON.stringify(jsonSchema) }),
  }
}

/** The JSON schema of what a schema takes, where it has one and can say it. */
function jsonSchemaOf(schema: StandardSchemaV1): JsonSchema | undefined {
  const properties: StandardSchemaV1.Props & Partial<StandardJSONSchemaV1.Props> =
    schema['~standard']
  try {
    return properties.jsonSchema?.input({ target: 'draft-2020-12' })
  } catch {
    // Libraries throw for what JSON schemas cannot say (dates, transforms): values are validated.
    return undefined
  }
}

function exampleRules(example: unknown): ValueRules {
  const shape = shapeOf(example)
  return {
    read(value) {
      const differences = exampleDifferences(shapeOf(value), shape)
      return differences.length === 0 ? { value } : { issues: differences }
    },
    differences: (stored) => exampleDifferences(stored, shape),
    text: JSON.stringify(shape),
    declared: shapeText(shape),
  }
}
