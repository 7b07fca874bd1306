// Decides what has to happen to stored values before a job may use them, from what a segment says
// of them and what the job declares, and reads single values; the same for every backend. Nothing
// here changes state: what does not fit is CHECKPOINT_INCOMPATIBLE, with the difference in words.

import { type Shape, shapeText, SluiceError, type StateSchema } from '@sluice/core/internal'
import { assertEncodable } from '../../network/codec/encodable.ts'
import { isEqual } from './equal-values.ts'
import { checksumOf } from './content-checksum.ts'
import type { SchemaFacts, TableFacts } from './segment-format.ts'

/**
 * How the values of a table are brought in: as they are; as they are unless some of them say
 * otherwise; each through its migration and its schema.
 */
export type Reading = 'as-stored' | 'sampled' | 'each'

const mend =
  'Raise the `version` of the state and give it a `migrate(old, fromVersion)` function, or let ' +
  'its schema take what is stored.'

const mendMigration =
  'Mend `migrate`: it is given every value that is stored, and what it returns must fit. Nothing ' +
  'was changed: the job as it was still goes on.'

/** What is declared of the values of a state, as segments hold it. */
function schemaFacts(schema: StateSchema | undefined): SchemaFacts {
  if (schema === undefined) return {}
  const { version, form, rules } = schema
  return {
    ...(version === 1 ? {} : { version }),
    ...(form === undefined ? {} : { form }),
    ...(rules?.text === undefined ? {} : { fingerprint: checksumOf(Buffer.from(rules.text)) }),
  }
}

/** What segments say of a table from now on; a state that is not declared stays as it is stored. */
export function declaredFacts(stored: TableFacts, schema: StateSchema | undefined): TableFacts {
  const { name, kind, namespaced, aged, version, form, fingerprint } = stored
  const facts = { name, kind, namespaced, aged }
  if (schema !== undefined && kind !== 'timers') return { ...facts, ...schemaFacts(schema) }
  return {
    ...facts,
    ...(version === undefined ? {} : { version }),
    ...(form === undefined ? {} : { form }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  }
}

/** The version in which values are stored; what has none counts as the first. */
export function storedVersion({ version = 1 }: SchemaFacts): number {
  return version
}

/**
 * How values that are stored so are to be read. `shape` is what was seen of them.
 *
 * @throws SluiceError CHECKPOINT_INCOMPATIBLE where no value could be read.
 */
export function readingOf(
  stored: TableFacts,
  shape: Shape | undefined,
  schema: StateSchema | undefined,
  step: string,
): Reading {
  // Whether the state is declared at all is not known here; `assertDeclarable` looks when it is.
  if (schema === undefined) return 'as-stored'
  const version = storedVersion(stored)
  if (version < schema.version) {
    if (schema.migrate !== undefined) return 'each'
    throw incompatible(
      step,
      `The state '${stored.name}' is stored in version ${version}, and the job declares ` +
        `version ${schema.version} and no way to get there.${seen(shape)}`,
      'Give the state a `migrate(old, fromVersion)` function.',
    )
  }
  assertDeclarable(stored, schema, step)
  return readingByRules(stored, shape, schema)
}

/**
 * Compares what is stored, in this version, with a declaration.
 *
 * @throws SluiceError CHECKPOINT_INCOMPATIBLE for a newer version, or another form.
 */
export function assertDeclarable(
  stored: TableFacts,
  declared: { readonly version?: number; readonly form?: string },
  step: string,
): void {
  const version = storedVersion(stored)
  if (version > storedVersion(declared)) {
    throw incompatible(
      step,
      `The state '${stored.name}' is stored in version ${version}, and the job declares ` +
        `version ${storedVersion(declared)}.`,
      'Run the newer job, or go back to a checkpoint from before it.',
    )
  }
  if (stored.form === declared.form) return
  throw incompatible(
    step,
    `The state '${stored.name}' is stored as ${stored.form ?? stored.kind} and declared as ` +
      `${declared.form ?? stored.kind}.`,
    'Declare it as it was, raise its version and give it `migrate`, or take another name.',
  )
}

function readingByRules(
  stored: TableFacts,
  shape: Shape | undefined,
  schema: StateSchema,
): Reading {
  const { rules } = schema
  if (rules === undefined) return 'as-stored'
  const { fingerprint } = schemaFacts(schema)
  const isOther = fingerprint !== undefined && stored.fingerprint !== undefined
  if (isOther && fingerprint !== stored.fingerprint) return 'each'
  return shape !== undefined && rules.differences(shape).length > 0 ? 'each' : 'sampled'
}

function seen(shape: Shape | undefined): string {
  return shape === undefined ? '' : ` Stored is ${shapeText(shape)}.`
}

/** Where a value stands, and what was seen of all values there. */
export interface ValuePlace {
  readonly step: string
  readonly state: string
  /** In words: `key "a"`. */
  readonly at: string
  readonly shape?: Shape
}

/**
 * A value as the job declares it now, of what was stored in `version`.
 *
 * @throws SluiceError CHECKPOINT_INCOMPATIBLE, naming key and version, where it does not fit.
 */
export function readStored(
  schema: StateSchema,
  stored: unknown,
  version: number,
  place: ValuePlace,
): unknown {
  const current = version < schema.version ? migrated(schema, stored, version, place) : stored
  if (schema.rules === undefined) return current
  const read = readByRules(schema, schema.rules, current, version, place)
  if (read.issues === undefined) return isEqual(read.value, current) ? current : read.value
  const when = version < schema.version ? ' after `migrate`' : ''
  const why = `does not fit its schema${when}: ${read.issues.join('; ')}`
  throw misfit(schema, place, version, why)
}

function readByRules(
  schema: StateSchema,
  rules: NonNullable<StateSchema['rules']>,
  value: unknown,
  version: number,
  place: ValuePlace,
): ReturnType<typeof rules.read> {
  try {
    return rules.read(value)
  } catch (error) {
    if (error instanceof SluiceError) throw error.at({ step: place.step })
    throw misfit(schema, place, version, `makes its schema fail: ${reasonOf(error)}`, error)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function migrated(
  schema: StateSchema,
  stored: unknown,
  version: number,
  place: ValuePlace,
): unknown {
  let value: unknown
  try {
    value = schema.migrate?.(stored, version)
    assertEncodable(value, 'migrated value')
  } catch (error) {
    const why = `cannot be migrated to version ${schema.version}: ${reasonOf(error)}`
    throw misfit(schema, place, version, why, error)
  }
  if (value !== undefined) return value
  throw misfit(schema, place, version, 'cannot be migrated: `migrate` returned undefined')
}

function misfit(
  schema: StateSchema,
  place: ValuePlace,
  version: number,
  why: string,
  cause?: unknown,
): SluiceError {
  const { step, state, at, shape } = place
  return incompatible(
    step,
    `The state '${state}' cannot be restored: the value of ${at}, stored in version ${version}, ` +
      `${why}.${seen(shape)}`,
    version < schema.version ? mendMigration : mend,
    cause,
  )
}

function incompatible(step: string, message: string, hint: string, cause?: unknown): SluiceError {
  return new SluiceError('CHECKPOINT_INCOMPATIBLE', message, {
    where: { step },
    hint,
    ...(cause === undefined ? {} : { cause }),
  })
}
