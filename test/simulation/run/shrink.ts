// The shortest list of faults with which a seed still fails: faults are dropped, in halves first
// and then one by one, as long as it does. Dropping one changes what comes after it, so the result
// is short, not the shortest possible.

import type { SeedResult } from './seed-result.ts'
import { simulateSeed } from './simulation-run.ts'

const mostRuns = 80

export interface ShrunkSeed {
  readonly result: SeedResult
  readonly suppressed: ReadonlySet<string>
}

/** `failing` is what the seed gave with all its faults. */
export async function shrink(failing: SeedResult): Promise<ShrunkSeed> {
  let best: ShrunkSeed = { result: failing, suppressed: new Set() }
  let runs = 0
  let size = best.result.faults.length
  while (size >= 1 && runs < mostRuns) {
    let dropped = false
    for (let from = 0; from < best.result.faults.length && runs < mostRuns; ) {
      const ids = best.result.faults.slice(from, from + size).map(({ id }) => id)
      const suppressed = new Set([...best.suppressed, ...ids])
      const result = await simulateSeed(failing.seed, { suppressed })
      runs++
      const isShorter = result.faults.length < best.result.faults.length
      if (result.violations.length > 0 && isShorter) {
        best = { result, suppressed }
        dropped = true
      } else {
        from += size
      }
    }
    if (!dropped && size === 1) break
    if (!dropped) size = Math.ceil(size / 2)
    else size = Math.min(size, Math.max(1, best.result.faults.length))
  }
  return best
}
