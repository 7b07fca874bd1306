// What the functions of a simulated job can reach beside their records: the faults of the world,
// its time, and a place to report what must never happen.

import type { FaultPlan, SeededRandom } from '@sluice/testing/simulator'

export interface Probe {
  readonly faults: FaultPlan
  readonly random: SeededRandom
  /** Calls back after virtual time has passed, whatever becomes of the process that asked. */
  after(delayMs: number, call: () => void): void
  /** Something that no execution may show. */
  violation(what: string): void
  /** Sources wait for the checkpoints that make a run worth something. */
  mayRead(): boolean
  /** A reader hands over records for the first time in its life. */
  reads(clock: object): void
}
