// Whether the runs that live can always come to an end by steps of their own: from every state, by
// work alone, a state is reached in which no run lives. Where executions may go round in circles
// (two runs that fence each other, a commit that is tried again) this says what `isAcyclic` cannot:
// that no circle has no way out.

import type { EachSuccessor } from './acyclic.ts'
import type { StateSet } from './state-set.ts'

/** `eachWork` calls back with the successors by work; `isOver` tells states where no run lives. */
export function canAlwaysEnd(
  states: StateSet,
  eachWork: EachSuccessor,
  isOver: (index: number) => boolean,
): boolean {
  const { count } = states
  const starts = new Uint32Array(count + 1)
  for (let index = 0; index < count; index++) {
    eachWork(index, (successor) => {
      starts[successor + 1] = (starts[successor + 1] as number) + 1
    })
  }
  for (let index = 0; index < count; index++) {
    starts[index + 1] = (starts[index + 1] as number) + (starts[index] as number)
  }
  const sources = new Uint32Array(starts[count] as number)
  const filled = starts.slice(0, count)
  for (let index = 0; index < count; index++) {
    eachWork(index, (successor) => {
      const at = filled[successor] as number
      sources[at] = index
      filled[successor] = at + 1
    })
  }
  const reached = new Uint8Array(count)
  const queue = new Uint32Array(count)
  let found = 0
  const reach = (index: number) => {
    if (reached[index] === 1) return
    reached[index] = 1
    queue[found++] = index
  }
  for (let index = 0; index < count; index++) if (isOver(index)) reach(index)
  for (let at = 0; at < found; at++) {
    const index = queue[at] as number
    for (let i = starts[index] as number; i < (starts[index + 1] as number); i++) {
      reach(sources[i] as number)
    }
  }
  return found === count
}
