// Which namespaces the records of an operator use at present: in event time mostly one window, two
// around its end. Only in these is it worth to look keys up ahead.

/** A namespace that fewer records use than one in so many is not looked up ahead. */
const LEAST_PART = 8

export class RecentNamespaces {
  #newest = Number.NaN
  #newestUses = 0
  #other = Number.NaN
  #otherUses = 0

  /** A record uses it. */
  note(namespace: number): void {
    if (namespace === this.#newest) this.#newestUses++
    else if (namespace === this.#other) this.#otherUses++
    else {
      this.#other = this.#newest
      this.#otherUses = this.#newestUses
      this.#newest = namespace
      this.#newestUses = 1
    }
  }

  /** The namespaces in use since the last time. */
  take(): readonly number[] {
    const least = (this.#newestUses + this.#otherUses) / LEAST_PART
    const taken: number[] = []
    if (this.#newestUses > 0 && this.#newestUses >= least) taken.push(this.#newest)
    if (this.#otherUses > 0 && this.#otherUses >= least) taken.push(this.#other)
    this.#newestUses = 0
    this.#otherUses = 0
    return taken
  }
}
