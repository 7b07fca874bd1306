// How closely the records of a key follow each other in event time, roughly: lengths of windows and
// bounds of joins are drawn in proportion to it, so that results are neither none nor millions.

import type { InputShape } from '../../shape.ts'

export interface Keys {
  readonly keys: number
  readonly keysByLane: boolean
}

/** From the first to the last event time of an input, on average. */
export function spanMs({ records, lanes, stepMs, orderedByTime }: InputShape): number {
  const perLane = Math.ceil(records / lanes)
  return perLane * (1.5 * stepMs + 0.5) * (orderedByTime ? lanes : 1)
}

/** Between two records of a key, where they lie most closely. */
export function spacingMs(inputs: readonly InputShape[], { keys, keysByLane }: Keys): number {
  const densities = inputs.map((input) => input.records / spanMs(input))
  if (!keysByLane) return keys / densities.reduce((sum, each) => sum + each, 0)
  const perLane = inputs.map((input, index) => {
    const together = input.orderedByTime ? 1 : input.lanes
    return (densities[index] as number) / together
  })
  return Math.min(keys, 10) / Math.max(...perLane)
}

/** How many keys there are in all. */
export function keyCount(inputs: readonly InputShape[], { keys, keysByLane }: Keys): number {
  if (!keysByLane) return keys
  return Math.min(keys, 10) * inputs.reduce((sum, { lanes }) => sum + lanes, 0)
}
