// The simulator: a machine with processes, threads, files and time that a seed decides.

export { SimulatedDisk } from './platform/disk/simulated-disk.ts'
export type { DiskChange } from './platform/disk/simulated-disk.ts'
export { SimulatedFileSystem } from './platform/disk/simulated-file-system.ts'
export { EventLog } from './platform/event-log.ts'
export type { FaultHit, FaultPlan, FaultRates } from './platform/fault-plan.ts'
export type { LogLineOfProcess } from './platform/process/simulated-platform.ts'
export type { ProcessExit, SimulatedProcess } from './platform/process/simulated-process.ts'
export type { SimulatedWorker } from './platform/process/simulated-worker.ts'
export { SeededRandom } from './platform/seeded-random.ts'
export { SimulatedWorld } from './platform/simulated-world.ts'
export type { RunEnd, RunLimits, WorldOptions } from './platform/simulated-world.ts'
export type { RunWorker } from './platform/simulation.ts'
