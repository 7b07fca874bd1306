// The bounded table of query 13. It has gaps, so that the join has something to leave out.

/** Keys below 10,000, each with its value. */
export function sideInput(): [key: number, value: string][] {
  return Array.from({ length: 10_000 }, (_, key): [number, string] => [key, `value-${key}`]).filter(
    ([key]) => key % 10 !== 7,
  )
}
