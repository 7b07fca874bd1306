// The last part of a simulated job: steps with state, time and sinks, and beside them what a naive
// evaluation of the same records says about the rows that came out.

import type { Stream } from '@sluice/core'
import type { Item } from '../item.ts'
import type { Probe } from '../probe.ts'

/** What is written: plain data that JSON holds. */
export type Row = Readonly<Record<string, unknown>>

export interface TailBuild {
  /** Everything; made when it is asked for. */
  readonly stream: Stream<Item>
  /** The same records as two streams, instead of `stream`. */
  sides(): readonly [left: Stream<Item>, right: Stream<Item>]
  readonly probe: Probe
  /** Whether watermarks must not go back even over restarts. */
  readonly sameParallelism: boolean
  to(sink: string, rows: Stream<Row>): void
}

export interface TailJudgement {
  /** Whatever reached the tail, each lane in its order. */
  readonly items: readonly Item[]
  /** The committed rows of a sink in order of checkpoint and writing. */
  rows(sink: string): readonly Row[]
  /** Lanes arrive in order, and are written in order. */
  readonly rowsInOrder: boolean
  /** Lanes arrive in order, and all records of a key are of one lane. */
  readonly keysInOrder: boolean
  /** A restart may have taken the watermark back: with the parallelism it changes who says it. */
  readonly rescales: boolean
}

export interface Tail {
  build(build: TailBuild): void
  /** What is wrong with the rows; empty if nothing is. */
  judge(judgement: TailJudgement): string[]
}
