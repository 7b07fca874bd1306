// Values that a format has built, held against a Standard Schema of the user's, synchronously.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SluiceError } from '@sluice/core/connector'
import { MalformedRecord } from './file-format.ts'

/** A function that gives the schema's output, or throws MalformedRecord with all issues. */
export function validator<Schema extends StandardSchemaV1>(
  schema: Schema,
  format: string,
): (value: unknown) => StandardSchemaV1.InferOutput<Schema> {
  return (value) => {
    const result = schema['~standard'].validate(value)
    if ('then' in result) {
      // The answer is not wanted any more; a rejection must not go unhandled.
      result.then(undefined, () => {})
      throw new SluiceError('SCHEMA_ASYNC', `The schema of ${format}() validates asynchronously.`, {
        hint: 'Use a schema without asynchronous checks; asynchronous work belongs in mapAsync.',
      })
    }
    if (result.issues === undefined) {
      return result.value as StandardSchemaV1.InferOutput<Schema>
    }
    throw new MalformedRecord(
      `it does not fit its schema: ${result.issues.map(inWords).join('; ')}`,
    )
  }
}

function inWords(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? [])
    .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    .join('.')
  return path === '' ? issue.message : `${path}: ${issue.message}`
}
