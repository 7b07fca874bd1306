// The raw parameters of a job: texts from the environment and from `--param name=value`, which
// wins. Where the schema shows its names (zod, valibot), only these are taken from the
// environment.

import type { JobDefinition } from '@sluice/core/internal'
import { SluiceError } from '@sluice/core/internal'
import { suggestion } from '../text/suggestion.ts'

export type Parameters = Readonly<Record<string, string>>

/** Parses the arguments of `--param`; the last one of a name wins. Throws USAGE. */
export function parseParameters(given: readonly string[]): Parameters {
  const parameters: Record<string, string> = {}
  for (const text of given) {
    const at = text.indexOf('=')
    if (at <= 0) {
      throw new SluiceError('USAGE', `--param ${shownArgument(text)} has no name and value.`, {
        hint: 'Write --param NAME=value.',
      })
    }
    parameters[text.slice(0, at)] = text.slice(at + 1)
  }
  return parameters
}

/** What may be a secret that somebody forgot the name of is not repeated. */
function shownArgument(text: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]{0,40}$/.test(text) ? `'${text}'` : '(an argument)'
}

/** The names that a schema shows, if it does. */
export function parameterNames({ options }: JobDefinition): readonly string[] | undefined {
  if (options.params === undefined) return []
  const { shape, entries } = options.params as {
    readonly shape?: unknown
    readonly entries?: unknown
  }
  const named = shape ?? entries
  return typeof named === 'object' && named !== null ? Object.keys(named) : undefined
}

/** What the job gets: the environment first, then the command line. */
export function rawParameters(
  definition: JobDefinition,
  given: Parameters,
  environment: Readonly<Record<string, string | undefined>>,
): Parameters {
  const names = parameterNames(definition)
  const raw: Record<string, string> = {}
  for (const name of names ?? Object.keys(environment)) {
    const value = environment[name]
    if (value !== undefined) raw[name] = value
  }
  return { ...raw, ...given }
}

/** What is odd about the given parameters, though nothing fails because of it. */
export function parameterWarnings(definition: JobDefinition, given: Parameters): string[] {
  const names = parameterNames(definition)
  if (names === undefined) return []
  const job = definition.options.name
  return Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => {
      if (names.length === 0)
        return `The job '${job}' has no parameters; --param ${name} is unused.`
      const meant = suggestion(name, names)
      const did = meant === undefined ? `It has ${names.join(', ')}.` : `Did you mean ${meant}?`
      return `The job '${job}' has no parameter '${name}'. ${did}`
    })
}
