// The timers of one instant, in the order in which they were set. A million of them are kept in
// Sets of bounded size, so that adding one never copies them all.
//
// The entry of a key's only timer is no part of the table any more once that is deleted. It stays
// here until its turn comes or a search for such entries meets it: looking through all Sets for one
// of them would cost more than all else that a deletion does.

import { type Entry, REMOVED } from '../cell.ts'

const LARGEST_SET = 16_384
/** How many entries each deletion looks at, so that no more are kept than about as many again. */
const STEPS_PER_DELETE = 2

export class TimerBucket {
  /** Timers that are set. */
  size = 0
  #sets: Set<Entry>[] = []
  /** Goes through the first set while timers fire; it sees what is added meanwhile. */
  #cursor: SetIterator<Entry> | undefined = undefined
  /** Where timers were deleted last: the next to go is often their neighbour. */
  #near = 0
  /** The search for entries that were removed: in which set, and where in it. */
  #searched = 0
  #search: SetIterator<Entry> | undefined = undefined

  add(entry: Entry): void {
    let last = this.#sets.at(-1)
    if (last === undefined || last.size >= LARGEST_SET) {
      last = new Set()
      this.#sets.push(last)
    }
    last.add(entry)
    this.size++
  }

  /** After the timer was taken out of the table. */
  delete(entry: Entry): void {
    if (entry.value === REMOVED) {
      this.size--
      this.#dropRemoved()
    } else if (this.#find(entry)) {
      this.size--
    }
    if (this.size === 0) this.#clear()
  }

  /** Of a key with several timers the entry is still in use, and must go at once. */
  #find(entry: Entry): boolean {
    const { length } = this.#sets
    for (let tried = 0; tried < length; tried++) {
      const at = (this.#near + tried) % length
      if (!(this.#sets[at] as Set<Entry>).delete(entry)) continue
      this.#near = at
      return true
    }
    return false
  }

  #dropRemoved(): void {
    for (let step = 0; step < STEPS_PER_DELETE; step++) {
      const set = this.#sets[this.#searched]
      if (set === undefined) {
        this.#searched = 0
        return
      }
      this.#search ??= set.values()
      const next = this.#search.next()
      if (next.done === true) {
        this.#search = undefined
        this.#searched++
      } else if (next.value.value === REMOVED) {
        set.delete(next.value)
      }
    }
  }

  #clear(): void {
    this.#sets = []
    this.#cursor = undefined
    this.#search = undefined
  }

  /** Takes out the timer that was set first. */
  take(): Entry | undefined {
    while (this.size > 0) {
      const set = this.#sets[0] as Set<Entry>
      this.#cursor ??= set.values()
      const next = this.#cursor.next()
      if (next.done === true) {
        this.#cursor = undefined
        if (set.size === 0) this.#sets.shift()
        continue
      }
      set.delete(next.value)
      if (next.value.value === REMOVED) continue
      this.size--
      if (this.size === 0) this.#clear()
      return next.value
    }
    return undefined
  }
}
