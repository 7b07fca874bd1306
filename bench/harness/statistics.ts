// Medians and spreads: what stands for several runs.

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}

/** The distance between highest and lowest, as a part of the median. */
export function spreadOf(values: readonly number[]): number {
  const middle = median(values)
  return middle === 0 ? 0 : Math.abs((Math.max(...values) - Math.min(...values)) / middle)
}

/** The runs of one figure as its median, their number and their spread. */
export function summary(values: readonly number[]): {
  readonly value: number
  readonly runs: number
  readonly spread: number
} {
  return { value: median(values), runs: values.length, spread: spreadOf(values) }
}
