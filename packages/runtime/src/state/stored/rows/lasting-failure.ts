// A store that has failed once goes on failing. Rows that a failed write should have changed, and
// cells that a failed read left empty, would otherwise be believed by whoever comes next, when the
// function that met the error has caught it. So no snapshot is taken of such a state: the attempt
// ends, and the last checkpoint stands.

import type { KeyValueStore, KeyValueView } from '@sluice/core/connector'

export class LastingFailure implements KeyValueStore {
  readonly #store: KeyValueStore
  #failure: { readonly error: unknown } | undefined = undefined

  constructor(store: KeyValueStore) {
    this.#store = store
  }

  /** Throws what the store threw once. */
  assertSound(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #failed(error: unknown): never {
    this.#failure = { error }
    throw error
  }

  get(key: Uint8Array, into: Uint8Array): number {
    this.assertSound()
    try {
      return this.#store.get(key, into)
    } catch (error) {
      return this.#failed(error)
    }
  }

  multiGet(keys: Uint8Array, keysBytes: number, into: Uint8Array): number {
    this.assertSound()
    try {
      return this.#store.multiGet(keys, keysBytes, into)
    } catch (error) {
      return this.#failed(error)
    }
  }

  scan(start: Uint8Array, end: Uint8Array, into: Uint8Array): number {
    this.assertSound()
    try {
      return this.#store.scan(start, end, into)
    } catch (error) {
      return this.#failed(error)
    }
  }

  write(batch: Uint8Array, batchBytes: number): void {
    this.assertSound()
    try {
      this.#store.write(batch, batchBytes)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** What a view reads goes into a snapshot and nowhere else: its failures do not last. */
  view(): KeyValueView {
    this.assertSound()
    return this.#store.view()
  }

  /** Without a copy the rows are what they were. */
  checkpoint(path: string): void {
    this.assertSound()
    this.#store.checkpoint(path)
  }

  memoryBytes(): number {
    return this.#store.memoryBytes()
  }

  close(): void {
    this.#store.close()
  }
}
