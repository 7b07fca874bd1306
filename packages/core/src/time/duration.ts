// Durations as people write them: '500ms', '10s', '5m', '1h', '1d'. Parsed once, where a job is
// built; everything behind that counts in milliseconds.

import { SluiceError } from '../errors.ts'

/**
 * A length of time: a number and a unit, without a space. `'1.5s'` is allowed, parts of a
 * millisecond are not.
 *
 * @example
 * const every: Duration = '10s'
 */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const form = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/** Milliseconds of a duration. `of` names the setting in the error (DURATION_INVALID). */
export function parseDuration(duration: Duration, of: string): number {
  const parts = typeof duration === 'string' ? form.exec(duration) : null
  const factor = parts === null ? undefined : unitMs[parts[2] as string]
  if (parts === null || factor === undefined) throw invalidDuration(duration, of)
  // Rounded at the sixth place, since 1.001 * 1000 is not quite a whole number.
  const exact = Number(parts[1]) * factor
  const ms = Math.round(exact)
  if (Math.abs(exact - ms) > 1e-6 || !Number.isSafeInteger(ms)) throw invalidDuration(duration, of)
  return ms
}

function invalidDuration(duration: unknown, of: string): SluiceError {
  const written = typeof duration === 'string' ? `'${duration}'` : String(duration)
  return new SluiceError('DURATION_INVALID', `${of}: ${written} is not a duration.`, {
    hint: "Write a number and a unit: '500ms', '10s', '5m', '1h', '1d'.",
  })
}
