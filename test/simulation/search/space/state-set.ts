// All states seen, in the order in which they were found, each once: packed words in chunks, the
// index of the state before, and an open-addressing table over typed arrays. No object per state.
// States are compared word by word, so the search is exact: no state is lost to a collision of
// hashes.

const CHUNK_BITS = 16
const CHUNK_STATES = 2 ** CHUNK_BITS
const LOAD = 0.6

export class StateSet {
  readonly #words: number
  readonly #chunks: Uint32Array[] = []
  readonly #parents: Uint32Array[] = []
  #slots: Uint32Array
  #tags: Uint32Array
  #mask: number
  #count = 0

  constructor(words: number) {
    this.#words = words
    const capacity = 2 ** 16
    this.#slots = new Uint32Array(capacity)
    this.#tags = new Uint32Array(capacity)
    this.#mask = capacity - 1
  }

  get count(): number {
    return this.#count
  }

  /** Memory held, in bytes. */
  get sizeBytes(): number {
    const perChunk = CHUNK_STATES * 4 * (this.#words + 1)
    return this.#chunks.length * perChunk + this.#slots.length * 8
  }

  /** Adds a state; false when it was known. */
  add(state: Uint32Array, parent: number): boolean {
    const tag = this.#hash(state)
    let slot = tag & this.#mask
    for (;;) {
      const found = this.#slots[slot] as number
      if (found === 0) break
      if (this.#tags[slot] === tag && this.#equals(found - 1, state)) return false
      slot = (slot + 1) & this.#mask
    }
    const index = this.#count++
    const at = index & (CHUNK_STATES - 1)
    if (at === 0) {
      this.#chunks.push(new Uint32Array(CHUNK_STATES * this.#words))
      this.#parents.push(new Uint32Array(CHUNK_STATES))
    }
    const chunk = this.#chunks[index >>> CHUNK_BITS] as Uint32Array
    chunk.set(state, at * this.#words)
    const parents = this.#parents[index >>> CHUNK_BITS] as Uint32Array
    parents[at] = parent
    this.#slots[slot] = index + 1
    this.#tags[slot] = tag
    if (this.#count > this.#slots.length * LOAD) this.#grow()
    return true
  }

  /** The index of a state that is known, or -1. */
  indexOf(state: Uint32Array): number {
    const tag = this.#hash(state)
    for (let slot = tag & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const found = this.#slots[slot] as number
      if (found === 0) return -1
      if (this.#tags[slot] === tag && this.#equals(found - 1, state)) return found - 1
    }
  }

  chunkOf(index: number): Uint32Array {
    return this.#chunks[index >>> CHUNK_BITS] as Uint32Array
  }

  offsetOf(index: number): number {
    return (index & (CHUNK_STATES - 1)) * this.#words
  }

  parentOf(index: number): number {
    const parents = this.#parents[index >>> CHUNK_BITS] as Uint32Array
    return parents[index & (CHUNK_STATES - 1)] as number
  }

  #equals(index: number, state: Uint32Array): boolean {
    const chunk = this.chunkOf(index)
    const offset = this.offsetOf(index)
    for (let i = 0; i < this.#words; i++) {
      if (chunk[offset + i] !== state[i]) return false
    }
    return true
  }

  #hash(state: Uint32Array): number {
    let hash = 0x9e3779b9
    for (let i = 0; i < this.#words; i++) {
      let word = Math.imul(state[i] as number, 0xcc9e2d51)
      word = (word << 15) | (word >>> 17)
      hash ^= Math.imul(word, 0x1b873593)
      hash = (hash << 13) | (hash >>> 19)
      hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
    }
    hash ^= hash >>> 16
    hash = Math.imul(hash, 0x85ebca6b)
    hash ^= hash >>> 13
    hash = Math.imul(hash, 0xc2b2ae35)
    return (hash ^ (hash >>> 16)) >>> 0
  }

  #grow(): void {
    const slots = this.#slots
    const tags = this.#tags
    this.#slots = new Uint32Array(slots.length * 2)
    this.#tags = new Uint32Array(slots.length * 2)
    this.#mask = this.#slots.length - 1
    for (let i = 0; i < slots.length; i++) {
      const found = slots[i] as number
      if (found === 0) continue
      const tag = tags[i] as number
      let slot = tag & this.#mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask
      this.#slots[slot] = found
      this.#tags[slot] = tag
    }
  }
}
