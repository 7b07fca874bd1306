// The key and namespace in hand, shared by all tables of a backend. The version rises whenever what
// is in hand changes, so that a table knows whether what it found last is still the one.

import { assert, type Key, keyGroupOf, type KeyPart, mapKey } from '@sluice/core/internal'
import type { KeyGroupRange } from '../state-backend.ts'

export class KeyContext {
  // A text at first, so that V8 keeps the field as it is instead of unboxing numbers in it.
  mapKey: KeyPart = ''
  namespace = 0
  version = 0
  /** Rises with the key alone. */
  keyVersion = 0
  readonly range: KeyGroupRange
  readonly #maxParallelism: number
  readonly #first: number
  #key: Key = ''
  /** The key group; -1 until it is asked for. */
  #group = -1

  constructor(range: KeyGroupRange, maxParallelism: number) {
    this.range = range
    this.#first = range.first
    this.#maxParallelism = maxParallelism
  }

  setKey(key: Key, keyGroup: number): void {
    // Small whole numbers take the form that V8 hashes and compares fastest; the rest as they come.
    this.mapKey = typeof key === 'number' && (key | 0) === key ? key | 0 : mapKey(key)
    this.#key = key
    this.#group = keyGroup
    this.keyVersion++
    this.version++
  }

  setNamespace(namespace: number): void {
    if (this.namespace === namespace) return
    // Adding zero turns -0 into 0: both are one namespace.
    this.namespace = namespace + 0
    this.version++
  }

  /** What tables found before counts no longer. */
  forget(): void {
    this.keyVersion++
    this.version++
  }

  /** Index of the key group in the range; outside of it where the key is another subtask's. */
  group(): number {
    if (this.#group < 0) this.#group = keyGroupOf(this.#key, this.#maxParallelism)
    return this.#group - this.#first
  }

  /** The error for a key of another subtask. */
  assertOwn(): void {
    const { first, last } = this.range
    const group = this.group() + first
    const own = group >= first && group <= last
    assert(own, `a key of group ${group} came to a subtask that owns ${first} to ${last}`)
  }
}
