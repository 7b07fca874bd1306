// The bounded table of query 13. It has gaps, so that the join has something to leave out.

/** An auction is looked up by the rest of its id after division by this. */
export const sideInputKeys = 600

/** Keys, each with its value. */
export function sideInput(): [key: number, value: string][] {
  return Array.from({ length: sideInputKeys }, (_, key): [number, string] => [
    key,
    `value-${key}`,
  ]).filter(([key]) => key % 10 !== 7)
}
