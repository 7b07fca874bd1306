// Watermarks as user functions see them: never lower than one that this key has seen before, which
// it remembers in its own state, so that restarts count too.

import type { ValueState } from '@sluice/core'
import type { Probe } from '../probe.ts'

export function checkWatermark(
  watermark: number,
  seen: ValueState<number>,
  sameParallelism: boolean,
  probe: Probe,
): void {
  const before = seen.get()
  if (before !== undefined && watermark < before && sameParallelism) {
    probe.violation(`a watermark went back from ${before} to ${watermark}`)
  }
  if (before === undefined || watermark > before) seen.set(watermark)
}
