// Standard Schema (https://standardschema.dev): validation by any library, synchronously. A schema
// that answers with a promise is refused, since functions of a job run to completion.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SluiceError } from '../errors.ts'

/** Whether a value is a Standard Schema. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const properties = (value as { '~standard'?: unknown })['~standard']
  return typeof properties === 'object' && properties !== null && 'validate' in properties
}

/** Validates now, or throws SCHEMA_ASYNC. `what` names the thing in that error. */
export function validate<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
  what: string,
): StandardSchemaV1.Result<Output> {
  const result = schema['~standard'].validate(value)
  if ('then' in result) {
    // The answer is not wanted any more; a rejection must not go unhandled.
    result.then(undefined, () => {})
    throw new SluiceError('SCHEMA_ASYNC', `The schema of ${what} validates asynchronously.`, {
      hint: 'Use a schema without asynchronous checks; asynchronous work belongs in mapAsync.',
    })
  }
  return result
}

/** An issue in words: `items.2.price: Expected number`. */
export function issueText(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? [])
    .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    .join('.')
  return path === '' ? issue.message : `${path}: ${issue.message}`
}
