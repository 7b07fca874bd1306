// A sink that throws its records away and says, as lines of output, when the first one came and how
// long it had to wait for records at most.

import type { Sink } from 'sluice/connector'

/** A line of the probe. Times are milliseconds since 1970. */
export type ProbeLine =
  | { readonly probe: 'first'; readonly subtask: number; readonly atMs: number }
  | {
      readonly probe: 'gap'
      readonly subtask: number
      readonly fromMs: number
      readonly atMs: number
      /** The longest time between two calls since `fromMs`. */
      readonly longestMs: number
    }
  /** Each of the longer times between two records. */
  | {
      readonly probe: 'gaps'
      readonly subtask: number
      readonly gaps: readonly (readonly [fromMs: number, untilMs: number])[]
    }

const REPORT_EVERY_MS = 500

/** `opened` is called with each writer. */
export function probeSink(opened: () => void = () => {}): Sink<unknown> {
  return {
    kind: 'probe',
    guarantee: 'none',
    description: {},
    async createWriter({ clock, subtask, output }) {
      opened()
      const tell = (line: ProbeLine) => output(JSON.stringify(line))
      let lastMs = Number.NaN
      let reportedMs = 0
      let longestMs = 0
      return {
        write(_records, _timestamps, from, length) {
          const nowMs = clock.monotonic()
          if (Number.isNaN(lastMs)) {
            tell({ probe: 'first', subtask, atMs: clock.now() })
            reportedMs = nowMs
          } else if (nowMs - lastMs > longestMs) longestMs = nowMs - lastMs
          lastMs = nowMs
          if (nowMs - reportedMs >= REPORT_EVERY_MS) {
            const atMs = clock.now()
            tell({ probe: 'gap', subtask, fromMs: atMs - (nowMs - reportedMs), atMs, longestMs })
            reportedMs = nowMs
            longestMs = 0
          }
          return length - from
        },
        ready: async () => {},
        prepareCommit: async () => [],
        close: async () => {},
      }
    },
  }
}
