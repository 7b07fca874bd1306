// What a user's function sees of state: handles that always speak of the key in hand. `get` gives a
// read-only view; only `set` (and the methods that write) change state, so a backend sees each
// change.

type Primitive = string | number | bigint | boolean | symbol | null | undefined

/**
 * The same value, all of it read-only: an object that came out of state is never changed in place.
 */
export type DeepReadonly<T> = T extends Primitive | ((...args: never[]) => unknown)
  ? T
  : T extends Date | Uint8Array
    ? Readonly<T>
    : T extends ReadonlyMap<infer K, infer V>
      ? ReadonlyMap<DeepReadonly<K>, DeepReadonly<V>>
      : T extends ReadonlySet<infer V>
        ? ReadonlySet<DeepReadonly<V>>
        : { readonly [P in keyof T]: DeepReadonly<T[P]> }

/** One value per key. */
export interface ValueState<T> {
  get(): DeepReadonly<T> | undefined
  set(value: T): void
  clear(): void
}

/** A number that starts at 0. */
export interface CounterState {
  get(): number
  set(value: number): void
  clear(): void
}

/** One value per key, made of all that was added. */
export interface ReducingState<T> {
  /** Undefined before the first value. */
  get(): DeepReadonly<T> | undefined
  add(value: T): void
  clear(): void
}

/** An aggregate per key over all that was added. */
export interface AggregatingState<in In, out Out> {
  /** Undefined before the first value. */
  get(): Out | undefined
  add(value: In): void
  clear(): void
}

/** A list per key. */
export interface ListState<T> extends Iterable<DeepReadonly<T>> {
  readonly length: number
  at(index: number): DeepReadonly<T> | undefined
  push(value: T): void
  /** Replaces all elements. */
  set(values: readonly T[]): void
  clear(): void
}

/** Keys of a map state are keys as in `keyBy`. */
export interface MapState<K, V> extends Iterable<[K, DeepReadonly<V>]> {
  readonly size: number
  get(key: K): DeepReadonly<V> | undefined
  has(key: K): boolean
  set(key: K, value: V): void
  delete(key: K): boolean
  keys(): Iterable<K>
  values(): Iterable<DeepReadonly<V>>
  clear(): void
}
