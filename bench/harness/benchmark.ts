// What a benchmark is: figures by name, measured in processes of their own.

import type { Figure } from './figure.ts'

/** How much to measure. */
export interface Scale {
  /** Runs of each figure. */
  readonly runs: number
  /** Interleaved pairs of each cost in percent. */
  readonly pairs: number
  /** Lengths of times, and numbers of keys and records, are multiplied by this. */
  readonly factor: number
}

/** The scale of published figures. */
export const fullScale: Scale = { runs: 3, pairs: 5, factor: 1 }

/** Shows that everything runs; its figures mean nothing. */
export const tinyScale: Scale = { runs: 1, pairs: 1, factor: 0.02 }

export interface Benchmark {
  /** The figures that it gives, in order. */
  readonly figures: readonly string[]
  /** Not part of a run of all: it is measured where it is named. */
  readonly onlyByName?: boolean
  /** Measures at least the figures of these names. `tell` says on standard error how far it is. */
  run(
    wanted: ReadonlySet<string>,
    scale: Scale,
    tell: (line: string) => void,
  ): AsyncIterable<Figure>
}

/** A time or a count at a scale. */
export function scaled(amount: number, scale: Scale): number {
  return Math.max(1, Math.round(amount * scale.factor))
}
