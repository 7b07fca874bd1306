// The key and namespace in hand, shared by all tables of a backend. The versions rise whenever what
// is in hand changes, so that a table knows whether the entry that it found last is still the one.

import { assert, type Key, keyGroupOf, type KeyPart, mapKey } from '@sluice/core/internal'
import type { KeyGroupRange } from '../state-backend.ts'

export class KeyContext {
  // Texts at first, so that V8 keeps these fields as they are instead of unboxing numbers in them.
  key: Key = ''
  mapKey: KeyPart = ''
  namespace = 0
  /** Rises with each new key. */
  keyVersion = 0
  /** Rises with each new key or namespace. */
  spaceVersion = 0
  readonly range: KeyGroupRange
  readonly #maxParallelism: number
  /** Index of the key group in the range; -1 until it is asked for. */
  #group = -1

  constructor(range: KeyGroupRange, maxParallelism: number) {
    this.range = range
    this.#maxParallelism = maxParallelism
  }

  setKey(key: Key, keyGroup: number): void {
    this.mapKey = primitiveOf(key)
    this.key = key
    this.#group = keyGroup < 0 ? -1 : this.#index(keyGroup)
    this.keyVersion++
    this.spaceVersion++
  }

  setNamespace(namespace: number): void {
    if (this.namespace === namespace) return
    this.namespace = namespace
    this.spaceVersion++
  }

  /** What tables found before counts no longer. */
  forget(): void {
    this.keyVersion++
    this.spaceVersion++
  }

  /** Index of the key group within the range. */
  group(): number {
    if (this.#group < 0) this.#group = this.#index(keyGroupOf(this.key, this.#maxParallelism))
    return this.#group
  }

  #index(keyGroup: number): number {
    if (keyGroup < this.range.first || keyGroup > this.range.last) this.#foreign(keyGroup)
    return keyGroup - this.range.first
  }

  #foreign(keyGroup: number): void {
    const { first, last } = this.range
    assert(false, `a key of group ${keyGroup} came to a subtask that owns ${first} to ${last}`)
  }
}

/** `mapKey`, with small whole numbers as what V8 hashes and compares fastest. */
function primitiveOf(key: Key): KeyPart {
  if (typeof key !== 'number') return mapKey(key)
  const whole = key | 0
  return whole === key ? whole : mapKey(key)
}
