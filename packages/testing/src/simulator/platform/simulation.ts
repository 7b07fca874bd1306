// What the parts of a simulated world share.

import type { Platform, Port } from '@sluice/runtime/internal'
import type { SimulatedDisk } from './disk/simulated-disk.ts'
import type { Doorbells } from './doorbells.ts'
import type { EventLog } from './event-log.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { Life } from './life.ts'
import type { SimulatedNetwork } from './network/simulated-network.ts'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'

/** The engine's worker, as a function: a simulated worker runs in this thread. */
export type RunWorker = (platform: Platform, port: Port, data: unknown) => void | Promise<void>

export interface Simulation {
  readonly random: SeededRandom
  readonly scheduler: Scheduler
  readonly faults: FaultPlan
  readonly events: EventLog
  readonly doorbells: Doorbells
  readonly disk: SimulatedDisk
  network(): SimulatedNetwork
  /** Who has the folder of a key-value store open; a dead owner holds nothing. */
  readonly locks: Map<string, Life>
  /** Lives as long as the machine has power; system calls under way are its business. */
  kernel(): Life
  readonly runWorker: RunWorker
  /** Folders whose listings may be stale. */
  isStale(path: string): boolean
  /** Wall clock of the machine, before the jumps of a process' own. */
  wallClockMs(): number
  /** Does real asynchronous work (loading a module), one at a time, while the world waits. */
  standStill<Result>(work: () => Promise<Result>): Promise<Result>
}
