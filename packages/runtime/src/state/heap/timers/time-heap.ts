// A binary heap of distinct times, earliest first.

export class TimeHeap {
  #times: number[] = []

  get size(): number {
    return this.#times.length
  }

  /** The earliest time; +Infinity where there is none. */
  first(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY
  }

  push(time: number): void {
    const times = this.#times
    let at = times.length
    times.push(time)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = times[parent] as number
      if (above <= time) break
      times[at] = above
      at = parent
    }
    times[at] = time
  }

  /** Takes the earliest time out. */
  pop(): void {
    const last = this.#times.pop()
    if (last !== undefined && this.#times.length > 0) this.#sink(0, last)
  }

  #sink(start: number, time: number): void {
    const times = this.#times
    const { length } = times
    let at = start
    for (;;) {
      let child = 2 * at + 1
      if (child >= length) break
      if (child + 1 < length && (times[child + 1] as number) < (times[child] as number)) child++
      const below = times[child] as number
      if (below >= time) break
      times[at] = below
      at = child
    }
    times[at] = time
  }

  /** Keeps only times that pass. */
  retain(keeps: (time: number) => boolean): void {
    this.#times = this.#times.filter(keeps)
    for (let at = (this.#times.length >> 1) - 1; at >= 0; at--) {
      this.#sink(at, this.#times[at] as number)
    }
  }
}
