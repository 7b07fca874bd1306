// Which rows of a table may exist, so that a store is not asked for those of which it is certain
// that there are none: windows have their first record for most keys once each. Of later namespaces
// than the latest written there is nothing; of the latest ones a Bloom filter tells (Bloom 1970;
// two hashes make all: Kirsch and Mitzenmacher); of earlier ones nothing is known.

/** Namespaces with a filter, the latest ones. */
const FILTERS = 2
/** Bits of a filter that a row sets. */
const BITS_PER_ROW = 3

interface NamespaceFilter {
  readonly namespace: number
  readonly bits: Uint32Array
}

export class WrittenRows {
  readonly #filterBits: number
  /** Latest first. */
  #filters: NamespaceFilter[] = []
  #latest = Number.NEGATIVE_INFINITY

  /** Each filter takes so many bytes, rounded down to a power of two. */
  constructor(filterBytes: number) {
    this.#filterBits = 2 ** Math.floor(Math.log2(Math.max(4, filterBytes))) * 8
  }

  /** True where any row of the namespace may exist. */
  mayHold(namespace: number): boolean {
    return !(namespace > this.#latest)
  }

  /** True where the row whose key begins with these bytes may exist. */
  mayHoldRow(namespace: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (namespace > this.#latest) return false
    const filter = this.#filterOf(namespace)
    return filter === undefined || this.#visit(filter.bits, bytes, start, end, false)
  }

  /** A row is written; its key begins with these bytes. */
  noteRow(namespace: number, bytes: Uint8Array, start: number, end: number): void {
    if (namespace > this.#latest) this.#begin(namespace)
    const filter = this.#filterOf(namespace)
    if (filter !== undefined) this.#visit(filter.bits, bytes, start, end, true)
  }

  /** Rows of this and of earlier namespaces may exist, whichever. */
  noteAny(namespace: number): void {
    if (namespace > this.#latest) this.#latest = namespace
    this.#filters = this.#filters.filter((filter) => filter.namespace > namespace)
  }

  /** Nothing was written of this namespace yet, so its filter misses nothing. */
  #begin(namespace: number): void {
    this.#latest = namespace
    const spare = this.#filters.length < FILTERS ? undefined : this.#filters.pop()
    const bits = spare?.bits.fill(0) ?? new Uint32Array(this.#filterBits / 32)
    this.#filters.unshift({ namespace, bits })
  }

  #filterOf(namespace: number): NamespaceFilter | undefined {
    for (const filter of this.#filters) if (filter.namespace === namespace) return filter
    return undefined
  }

  /** Sets the bits of a row, or looks whether all are set. */
  #visit(bits: Uint32Array, bytes: Uint8Array, start: number, end: number, sets: boolean): boolean {
    const first = hashOf(bytes, start, end)
    const step = Math.imul(first ^ (first >>> 15), 0x2c1b3c6d) | 1
    for (let i = 0; i < BITS_PER_ROW; i++) {
      const bit = ((first + Math.imul(step, i)) >>> 0) & (this.#filterBits - 1)
      const word = bit >>> 5
      const mask = 1 << (bit & 31)
      const held = bits[word] as number
      if (sets) bits[word] = held | mask
      else if ((held & mask) === 0) return false
    }
    return true
  }
}

/** FNV-1a with the finaliser of MurmurHash3. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
