// Entries in the order in which they came, of which any may leave. Not a Set: one that fills and
// empties for ever leaves each table that it outgrew pointing to the next, and as soon as one of
// them is old all that follow outlive the young generation, with the records that they held.

/** What is in a list knows its place there. */
export interface Listed {
  place: number
}

/** Places that may be empty beside those that are not. */
const SPARE_PLACES = 64

export class EntryList<Entry extends Listed> {
  size = 0
  readonly #places: (Entry | undefined)[] = []
  /** No place before this one holds anything. */
  #head = 0

  add(entry: Entry): void {
    if (this.#places.length > 2 * this.size + SPARE_PLACES) this.#closeUp()
    entry.place = this.#places.length
    this.#places.push(entry)
    this.size++
  }

  remove(entry: Entry): void {
    this.#places[entry.place] = undefined
    this.size--
  }

  #closeUp(): void {
    const places = this.#places
    let to = 0
    for (const entry of places) {
      if (entry === undefined) continue
      entry.place = to
      places[to++] = entry
    }
    places.length = to
    this.#head = 0
  }

  /** Goes on while entries leave; none may be added meanwhile. */
  *[Symbol.iterator](): IterableIterator<Entry> {
    const places = this.#places
    while (this.#head < places.length && places[this.#head] === undefined) this.#head++
    for (let at = this.#head; at < places.length; at++) {
      const entry = places[at]
      if (entry !== undefined) yield entry
    }
  }
}
