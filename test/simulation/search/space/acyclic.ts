// Whether the transitions between states form no cycle (Kahn's algorithm over the stored states,
// stepping each of them twice more). Without a cycle every execution ends; and since a living run
// always has a step of its own, it ends where all runs are over: there the invariants of the end
// are checked.

import type { StateSet } from './state-set.ts'

/** Calls back with the index of each successor of a state. */
export type EachSuccessor = (index: number, call: (successor: number) => void) => void

export function isAcyclic(states: StateSet, eachSuccessor: EachSuccessor): boolean {
  const incoming = new Uint32Array(states.count)
  for (let index = 0; index < states.count; index++) {
    eachSuccessor(index, (successor) => {
      if (successor !== index) incoming[successor] = (incoming[successor] as number) + 1
    })
  }
  const order = new Uint32Array(states.count)
  let found = 0
  for (let index = 0; index < states.count; index++) {
    if (incoming[index] === 0) order[found++] = index
  }
  for (let at = 0; at < found; at++) {
    const index = order[at] as number
    eachSuccessor(index, (successor) => {
      if (successor === index) return
      const left = (incoming[successor] as number) - 1
      incoming[successor] = left
      if (left === 0) order[found++] = successor
    })
  }
  return found === states.count
}
