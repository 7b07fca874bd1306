// The interval of an interval join: by how much the time of the right record may differ from that
// of the left one.

import { SluiceError } from '../errors.ts'
import { type Duration, parseDuration } from '../time/duration.ts'

/** Bounds of `right time - left time`, in milliseconds. */
export interface JoinInterval {
  readonly lowerMs: number
  readonly upperMs: number
  readonly lowerOpen: boolean
  readonly upperOpen: boolean
}

interface GivenInterval {
  readonly within?: Duration
  readonly between?: readonly [Duration, Duration]
  readonly open?: 'lower' | 'upper' | 'both'
}

/** Throws SETTING_INVALID and DURATION_INVALID for what is no interval. */
export function joinInterval({ within, between, open }: GivenInterval, step: string): JoinInterval {
  if (open !== undefined && !['lower', 'upper', 'both'].includes(open)) {
    throw invalid(step, `open cannot be '${String(open)}'`, "Write 'lower', 'upper' or 'both'.")
  }
  const [lowerMs, upperMs] = within === undefined ? bounds(between, step) : symmetric(within, step)
  const lowerOpen = open === 'lower' || open === 'both'
  const upperOpen = open === 'upper' || open === 'both'
  if (lowerMs > upperMs) {
    throw invalid(
      step,
      `the lower bound ${lowerMs} ms lies above the upper bound ${upperMs} ms`,
      "Write the lower bound first: between: ['-5m', '15m'].",
    )
  }
  if (lowerMs === upperMs && (lowerOpen || upperOpen)) {
    throw invalid(step, 'nothing lies between equal bounds that are open', 'Leave `open` away.')
  }
  return { lowerMs, upperMs, lowerOpen, upperOpen }
}

function symmetric(within: Duration, step: string): [number, number] {
  const ms = parseDuration(within, `within of '${step}'`)
  return [-ms, ms]
}

function bounds(between: unknown, step: string): [number, number] {
  if (!Array.isArray(between) || between.length !== 2) {
    throw invalid(
      step,
      'between needs a lower and an upper bound',
      "For example: between: ['-5m', '15m'].",
    )
  }
  const [lower, upper] = between.map((bound) => signedMs(bound, step))
  return [lower as number, upper as number]
}

function signedMs(bound: unknown, step: string): number {
  const isBefore = typeof bound === 'string' && bound.startsWith('-')
  const ms = parseDuration(
    (isBefore ? (bound as string).slice(1) : bound) as Duration,
    `between of '${step}'`,
  )
  // Adding zero turns -0 into 0.
  return (isBefore ? -ms : ms) + 0
}

function invalid(step: string, what: string, hint: string): SluiceError {
  return new SluiceError('SETTING_INVALID', `The interval of '${step}': ${what}.`, {
    where: { step },
    hint,
  })
}
