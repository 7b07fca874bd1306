// Declared state: plain data that names a state and says of which kind it is. A descriptor is part
// of the plan hash of its step, so a restore knows whether a state still fits.

/** How a state is kept: one value, a counter, a list or a map per key (and namespace). */
export type StateKind = 'value' | 'counter' | 'list' | 'map'

export interface StateDescriptor {
  readonly name: string
  readonly kind: StateKind
  /**
   * `window`: there is a state for each key and namespace (a number, such as the start of a
   * window). `none`: one for each key.
   */
  readonly namespace: 'none' | 'window'
  /** Processing- or event-time life in milliseconds after the last write; undefined for ever. */
  readonly ttlMs?: number
  readonly ttlClock?: 'processing' | 'event'
  /** Reading an entry makes it young again, as writing does. */
  readonly ttlRefresh?: 'read-and-write'
  /** The version of the values' schema; absent for the first. */
  readonly version?: number
  /** What else stored values depend on: `aggregating sum`. */
  readonly form?: string
}
