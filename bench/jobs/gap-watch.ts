// Watches a step from within a function that it calls for each record: when the first one came, and
// when the step had to wait long for the next. It says so by the output of the sink behind the
// step, which throws the results away.

import type { Sink } from 'sluice/connector'
import type { ProbeLine } from './probe-sink.ts'

/** Shorter waits are not told: a task that shares its thread always waits a little. */
const LEAST_GAP_MS = 2
/** Looking at the clock for each record would be felt; sixteen records are microseconds. */
const RECORDS_PER_LOOK = 16
const REPORT_EVERY_MS = 200

export class GapWatch {
  #tell: ((line: ProbeLine) => void) | undefined
  #subtask = 0
  #records = 0
  #lastMs = Number.NaN
  #reportedMs = 0
  #gaps: (readonly [fromMs: number, untilMs: number])[] = []

  /** A record has come. */
  see(): void {
    if (this.#records++ % RECORDS_PER_LOOK === 0) this.#look()
  }

  /** For behind the step; must be in one chain with it. */
  sink(): Sink<unknown> {
    return {
      kind: 'watched',
      guarantee: 'none',
      description: {},
      createWriter: async ({ output, subtask }) => {
        this.#subtask = subtask
        this.#tell = (line) => output(JSON.stringify(line))
        return {
          write: (_records, _timestamps, from, length) => length - from,
          ready: async () => {},
          prepareCommit: async () => [],
          close: async () => {},
        }
      },
    }
  }

  #look(): void {
    const nowMs = performance.now()
    const subtask = this.#subtask
    if (Number.isNaN(this.#lastMs)) {
      this.#tell?.({ probe: 'first', subtask, atMs: sinceEpochMs(nowMs) })
    } else if (nowMs - this.#lastMs >= LEAST_GAP_MS) {
      this.#gaps.push([sinceEpochMs(this.#lastMs), sinceEpochMs(nowMs)])
    }
    this.#lastMs = nowMs
    if (nowMs - this.#reportedMs < REPORT_EVERY_MS) return
    this.#reportedMs = nowMs
    if (this.#gaps.length > 0) this.#tell?.({ probe: 'gaps', subtask, gaps: this.#gaps })
    this.#gaps = []
  }
}

function sinceEpochMs(ms: number): number {
  return performance.timeOrigin + ms
}
