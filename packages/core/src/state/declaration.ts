// How a step declares its state: `value`, `counter`, `list` and `map` (`reducing` and `aggregating`
// stand in folding.ts). A declaration has no name; the property under which it stands names it and
// makes a descriptor of it. The type of what is kept exists for the compiler alone.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SluiceError } from '../errors.ts'
import type { KeyPart } from '../key/key.ts'
import { isSchema } from '../schema/validation.ts'
import { type Duration, parseDuration } from '../time/duration.ts'
import type { StateKind } from './descriptor.ts'
import type { CounterState, ListState, MapState, ValueState } from './handle.ts'
import { type SchemaOptions, type StateSchema, stateSchema } from './state-schema.ts'

/** Options of every kind of state. */
export interface StateOptions {
  /** How long an entry lives after it was last written; for ever when absent. */
  readonly ttl?: Duration
  /** By which clock it ages: `processing` unless set. */
  readonly clock?: 'processing' | 'event'
  /** What makes an entry young again: `write` unless set. */
  readonly refresh?: 'write' | 'read-and-write'
}

/** Options of a state whose values a schema describes. */
export interface SchemaStateOptions<T> extends StateOptions, SchemaOptions<T> {}

/** Options of a state whose values are described by an example, or not at all. */
export interface ValueStateOptions<T> extends SchemaStateOptions<T> {
  /**
   * A value as it is stored: what is restored must have its fields and kinds. Null stands for
   * anything.
   */
  readonly example?: T
}

/** A declared state whose handle is `Handle`. */
export interface StateDeclaration<out Handle> {
  readonly kind: StateKind
  readonly ttlMs?: number
  readonly ttlClock?: 'processing' | 'event'
  readonly ttlRefresh?: 'read-and-write'
  /** What is declared of its values. */
  readonly schema?: StateSchema
  /** Makes the handle of the stored state's; undefined where it is that one. */
  readonly wrap?: (stored: ValueState<unknown>) => Handle
  /** Never there: carries the type of the handle. */
  readonly '~handle'?: Handle
}

/**
 * One value per key. The type is given, or taken from a schema or an example, which then also says
 * what a restored value must look like.
 *
 * @example
 * const state = { last: value<number>(), probe: value(Charge, { ttl: '1h' }) }
 */
export function value<S extends StandardSchemaV1>(
  schema: S,
  options?: SchemaStateOptions<StandardSchemaV1.InferOutput<S>>,
): StateDeclaration<ValueState<StandardSchemaV1.InferOutput<S>>>
export function value<T>(options?: ValueStateOptions<T>): StateDeclaration<ValueState<T>>
export function value(
  first?: StandardSchemaV1 | ValueStateOptions<unknown>,
  second?: ValueStateOptions<unknown>,
): StateDeclaration<ValueState<never>> {
  return declaration('value', first, second)
}

/** A number per key that starts at 0. */
export function counter(options?: StateOptions): StateDeclaration<CounterState> {
  return { kind: 'counter', ...timeToLive(options) }
}

/**
 * A list per key; the type of its elements is given, or taken from a schema or an example of one
 * element. A list ages as a whole, by the last write to it.
 *
 * @example
 * const state = { recent: list<number>({ ttl: '1d' }) }
 */
export function list<S extends StandardSchemaV1>(
  schema: S,
  options?: SchemaStateOptions<StandardSchemaV1.InferOutput<S>>,
): StateDeclaration<ListState<StandardSchemaV1.InferOutput<S>>>
export function list<T>(options?: ValueStateOptions<T>): StateDeclaration<ListState<T>>
export function list(
  first?: StandardSchemaV1 | ValueStateOptions<unknown>,
  second?: ValueStateOptions<unknown>,
): StateDeclaration<ListState<never>> {
  return declaration('list', first, second)
}

/**
 * A map per key, from keys to values; its types are given, or the values' is taken from a schema or
 * an example of one value and the keys are strings. Each item ages on its own.
 *
 * @example
 * const state = { perItem: map<string, number>() }
 */
export function map<S extends StandardSchemaV1>(
  schema: S,
  options?: SchemaStateOptions<StandardSchemaV1.InferOutput<S>>,
): StateDeclaration<MapState<string, StandardSchemaV1.InferOutput<S>>>
export function map<V>(
  options: ValueStateOptions<V> & { readonly example: V },
): StateDeclaration<MapState<string, V>>
export function map<K extends KeyPart, V>(
  options?: ValueStateOptions<V>,
): StateDeclaration<MapState<K, V>>
export function map(
  first?: StandardSchemaV1 | ValueStateOptions<unknown>,
  second?: ValueStateOptions<unknown>,
): StateDeclaration<MapState<never, never>> {
  return declaration('map', first, second)
}

/** What a schema or options, or both, declare. `form` says what else stored values depend on. */
export function declaration<Handle>(
  kind: StateKind,
  first: StandardSchemaV1 | ValueStateOptions<unknown> | undefined,
  second: ValueStateOptions<unknown> | undefined,
  form?: string,
): StateDeclaration<Handle> {
  const options = (isSchema(first) ? second : first) ?? {}
  const schema = stateSchema(first, options, form)
  return { kind, ...timeToLive(options), ...(schema === undefined ? {} : { schema }) }
}

type TimeToLive = Pick<StateDeclaration<unknown>, 'ttlMs' | 'ttlClock' | 'ttlRefresh'>

function timeToLive({ ttl, clock, refresh }: StateOptions = {}): TimeToLive {
  if (refresh !== undefined && refresh !== 'write' && refresh !== 'read-and-write') {
    throw new SluiceError(
      'SETTING_INVALID',
      `A state cannot be refreshed by '${String(refresh)}'.`,
      {
        hint: "Write refresh: 'write' or refresh: 'read-and-write'.",
      },
    )
  }
  if (ttl === undefined) return {}
  const ttlMs = parseDuration(ttl, 'The ttl of a state')
  if (ttlMs === 0) {
    throw new SluiceError('SETTING_INVALID', 'The ttl of a state must be longer than nothing.', {
      hint: "For example ttl: '1h'; without a ttl it is kept for ever.",
    })
  }
  const ttlClock = clock ?? 'processing'
  return refresh === 'read-and-write'
    ? { ttlMs, ttlClock, ttlRefresh: refresh }
    : { ttlMs, ttlClock }
}
