// Keeps secrets out of everything that is printed: passwords in URLs, and the values of
// parameters and environment variables whose names say that they are secret.

import { isSecretName } from '@sluice/core/internal'

const credentials = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/:@'"]*):([^\s/@'"]+)@/gi
const shortestSecret = 4

/** A function that takes secrets out of a text. */
export type Redact = (text: string) => string

/** Redacts by the names of the given values: parameters, environment. */
export function redactor(named: Readonly<Record<string, string | undefined>> = {}): Redact {
  const secrets = Object.entries(named)
    .filter(([name]) => isSecretName(name))
    .flatMap(([, value]) => (value !== undefined && value.length >= shortestSecret ? [value] : []))
    // Longer ones first, since one may be part of another.
    .sort((left, right) => right.length - left.length)
  return (text) => {
    let result = text.replaceAll(credentials, '$1$2:***@')
    for (const secret of secrets) result = result.replaceAll(secret, '***')
    return result
  }
}
