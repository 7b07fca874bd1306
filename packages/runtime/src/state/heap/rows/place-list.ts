// The places of rows that changed in a generation, as columns: nothing for the garbage collector to
// copy while they are listed, however many there are. A list is used again when its capture is
// stored, so that between two checkpoints with as many changes nothing is allocated.

const FIRST_PLACES = 16
/** A list that is larger than so many and was mostly empty is not used again. */
const LARGE_PLACES = 1024

export class PlaceList {
  #length = 0
  #keys = new Int32Array(0)
  #namespaces = new Float64Array(0)

  get length(): number {
    return this.#length
  }

  key(at: number): number {
    return this.#keys[at] as number
  }

  /** 0 where rows have none. */
  namespace(at: number): number {
    return this.#namespaces[at] as number
  }

  add(key: number, namespace: number): void {
    if (this.#length === this.#keys.length) this.#grow()
    this.#keys[this.#length] = key
    this.#namespaces[this.#length++] = namespace
  }

  #grow(): void {
    const places = Math.max(FIRST_PLACES, this.#length * 2)
    const [keys, namespaces] = [this.#keys, this.#namespaces]
    this.#keys = new Int32Array(places)
    this.#namespaces = new Float64Array(places)
    this.#keys.set(keys)
    this.#namespaces.set(namespaces)
  }

  clear(): void {
    this.#length = 0
  }

  /** Empties the list for another use; undefined where it is much larger than it need be. */
  emptied(): PlaceList | undefined {
    if (this.#keys.length > LARGE_PLACES && this.#length * 8 < this.#keys.length) return undefined
    this.#length = 0
    return this
  }
}
