// What came out of one seed.

import type { Activity } from '../faults/moment.ts'
import type { JobShape } from '../job/shape.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** A fault that struck, and what the run was doing. */
export interface FaultInPhase {
  readonly id: string
  readonly kind: string
  readonly phase: string
  readonly during: readonly Activity[]
  readonly detail: string
}

export interface SeedResult {
  readonly seed: number
  readonly shape: JobShape
  readonly scenario: Scenario
  /** What must never happen and did; empty for a seed that passed. */
  readonly violations: readonly string[]
  /** What was drawn, and what has happened, in words. */
  readonly features: readonly string[]
  readonly faults: readonly FaultInPhase[]
  readonly records: number
  /** Completed checkpoints. */
  readonly checkpoints: number
  readonly generations: number
  readonly events: number
  readonly virtualMs: number
  readonly realMs: number
  /** The last lines of the event log of a seed that failed. */
  readonly lastEvents: readonly string[]
}

/** A seed proves something only when enough has happened in it. */
export function isWorthIt({ records, checkpoints, faults }: SeedResult): boolean {
  return records >= 2000 && checkpoints >= 5 && faults.length >= 3
}
