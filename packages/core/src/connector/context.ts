// What a connector may reach of the outside world. Everything that is not deterministic comes
// through here, so that the simulator can take its place: no connector reads a clock, draws a
// random number, sets a timer, opens a file or connects to a host in another way.

import type { FileSystem } from './file-system.ts'
import type { Network } from './network.ts'

/** Time; virtual in a simulation. */
export interface Clock {
  /** Milliseconds since 1970; may jump. */
  now(): number
  /** Milliseconds since some start; never goes back. */
  monotonic(): number
}

/** Waiting; virtual in a simulation. */
export interface Timers {
  /** Calls back once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, call: () => void): () => void
  sleep(delayMs: number): Promise<void>
}

/** Randomness; drawn from the seed in a simulation. */
export interface Random {
  /** Uniform in [0, 2^32). */
  uint32(): number
  /** Uniform in [0, 1). */
  fraction(): number
  /** Random lower-case hexadecimal text of `bytes` bytes. */
  hex(bytes: number): string
}

/** The log of the run. Fields are plain data without secrets. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** A figure that only rises. */
export interface Counter {
  add(amount?: number): void
}

/** A figure that goes up and down. */
export interface Gauge {
  set(value: number): void
}

/** Metrics of one step and subtask; names are kebab-case, units last (`bytes-read`). */
export interface Metrics {
  counter(name: string): Counter
  gauge(name: string): Gauge
}

/** Where a piece of a job runs. */
export interface ConnectorContext {
  readonly job: string
  /** The name of the source or sink step. */
  readonly step: string
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly files: FileSystem
  readonly network: Network
  readonly log: Logger
  readonly metrics: Metrics
  /** Writes one line to standard output: what a job prints, as opposed to what it logs. */
  output(line: string): void
  /**
   * Runs an exported generator function of a module (its `import.meta.url`) in an I/O thread of the
   * worker, for decoders that cannot yield. Argument and results cross by structured clone; one
   * result is produced ahead. Returning from the iteration early ends the generator.
   */
  offload<Result>(moduleUrl: string, exportName: string, argument: unknown): AsyncIterable<Result>
}

/** The context of something that runs once per subtask. */
export interface SubtaskContext extends ConnectorContext {
  readonly subtask: number
  readonly parallelism: number
}
