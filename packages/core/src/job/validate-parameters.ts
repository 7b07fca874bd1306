// Parameters by Standard Schema: raw texts from the environment and the command line go in, typed
// values come out. All that is missing or wrong is said at once.

import { SluiceError } from '../errors.ts'
import { isSchema, issueText, validate } from '../schema/validation.ts'
import type { JobDefinition } from './define-job.ts'

/** Validated parameters. Throws PARAMETER_INVALID with every issue, and SCHEMA_ASYNC. */
export function validateParameters<Parameters>(
  definition: JobDefinition<Parameters>,
  raw: Readonly<Record<string, string | undefined>>,
): Parameters {
  const { params, name } = definition.options
  if (params === undefined) return {} as Parameters
  if (!isSchema(params)) {
    throw new SluiceError(
      'SETTING_INVALID',
      `params of the job '${name}' is not a Standard Schema.`,
      {
        hint: 'Use zod, valibot, arktype or any other library that implements it.',
      },
    )
  }
  // A copy without what is unset: libraries tell an absent property from an undefined one.
  const present = Object.fromEntries(Object.entries(raw).filter(([, text]) => text !== undefined))
  const result = validate(params, present, `the parameters of '${name}'`)
  if (result.issues === undefined) return result.value as Parameters
  const list = result.issues.map((issue) => `\n  ${issueText(issue)}`).join('')
  throw new SluiceError('PARAMETER_INVALID', `Parameters of the job '${name}' are wrong:${list}`, {
    hint: 'Set them in the environment or with --param NAME=value.',
  })
}
