// The timers of one instant, in the order in which they were set. A million of them are kept in
// Sets of bounded size, so that adding one never copies them all.

import type { Entry } from '../cell.ts'

const LARGEST_SET = 16_384

export class TimerBucket {
  size = 0
  #sets: Set<Entry>[] = []
  /** Goes through the first set while timers fire; it sees what is added meanwhile. */
  #cursor: SetIterator<Entry> | undefined = undefined

  add(entry: Entry): void {
    let last = this.#sets.at(-1)
    if (last === undefined || last.size >= LARGEST_SET) {
      last = new Set()
      this.#sets.push(last)
    }
    last.add(entry)
    this.size++
  }

  delete(entry: Entry): void {
    for (const set of this.#sets) {
      if (set.delete(entry)) {
        this.size--
        return
      }
    }
  }

  /** Takes out the timer that was set first. */
  take(): Entry | undefined {
    while (this.size > 0) {
      const set = this.#sets[0] as Set<Entry>
      this.#cursor ??= set.values()
      const next = this.#cursor.next()
      if (next.done !== true) {
        set.delete(next.value)
        this.size--
        return next.value
      }
      this.#cursor = undefined
      if (set.size === 0) this.#sets.shift()
    }
    return undefined
  }
}
