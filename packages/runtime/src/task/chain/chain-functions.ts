// What a compiled chain offers its task, whichever way it was compiled.

import type { ChainNode } from './chain-nodes.ts'
import type { OutputPressure } from '../../network/output-channel.ts'

/** Sends a record on from a node: `output` 0 is the main one. */
export type NodeEmit = (value: unknown, timestamp: number, output: number) => void

/**
 * Runs records `from` … `length - 1` through the chain and returns the index after the last one
 * that was processed: fewer than asked when an output overflowed. Processes at least one.
 */
export type ChainRun = (
  values: readonly unknown[],
  timestamps: Float64Array,
  from: number,
  length: number,
) => number

export interface ChainFunctions {
  readonly run: ChainRun
  /** The same for records of the second input; undefined where the head has but one. */
  readonly runSecond: ChainRun | undefined
  /** By node index; defined for sources and operators. */
  readonly emits: readonly (NodeEmit | undefined)[]
  /**
   * Sources only: the highest event time that `run` has seen, or, where the job says watermarks
   * itself, the highest that it said; minus infinity at first.
   */
  highestTime(): number
  resetHighestTime(): void
}

export interface ChainEnvironment {
  readonly nodes: readonly ChainNode[]
  readonly pressure: OutputPressure
  /** Unique among all chains of the process: part of the source name. */
  readonly sourceName: string
  /** Turns what a user's function threw into an error that names step and record. */
  fault(error: unknown, nodeIndex: number, record: unknown): Error
  badTime(of: 'event time' | 'watermark', time: unknown): Error
  /** Freezes (development, tests) or undefined. */
  readonly freeze: ((value: unknown) => unknown) | undefined
  /** Checks what crosses an exchange by reference (development, tests) or undefined. */
  readonly checkExit: ((value: unknown) => void) | undefined
}

/**
 * Event times lie in the years 0 to 9999, as those of RFC 3339. One beyond would take the watermark
 * with it, and all that follows would be late: it is a unit gone wrong, as a rule.
 */
export const EARLIEST_TIME_MS = -62_167_219_200_000
export const LATEST_TIME_MS = 253_402_300_799_999
