// Milliseconds as people write durations, for plans and messages: the largest unit that is exact.

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** `90m`, `1d`, `1500ms`. */
export function durationText(durationMs: number): string {
  for (const [unit, unitMs] of units) {
    if (durationMs >= unitMs && durationMs % unitMs === 0) return `${durationMs / unitMs}${unit}`
  }
  return `${durationMs}ms`
}
