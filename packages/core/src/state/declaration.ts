// How a step declares its state: `value`, `counter`, `list` and `map`. A declaration is plain data
// without a name; the property under which it stands names it and makes a descriptor of it. The
// type of what is kept exists for the compiler alone.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SluiceError } from '../errors.ts'
import type { KeyPart } from '../key/key.ts'
import { isSchema } from '../schema/validation.ts'
import { type Duration, parseDuration } from '../time/duration.ts'
import type { StateDescriptor, StateKind } from './descriptor.ts'
import type { CounterState, ListState, MapState, ValueState } from './handle.ts'

/** Options of every kind of state. */
export interface StateOptions {
  /** How long an entry lives after it was last written; for ever when absent. */
  readonly ttl?: Duration
  /** By which clock it ages: `processing` unless set. */
  readonly clock?: 'processing' | 'event'
}

/** A declared state whose handle is `Handle`. */
export interface StateDeclaration<out Handle> {
  readonly kind: StateKind
  readonly ttlMs?: number
  readonly ttlClock?: 'processing' | 'event'
  /** Never there: carries the type of the handle. */
  readonly '~handle'?: Handle
}

/** The states of a step, by name. */
export type StateDeclarations = Readonly<Record<string, StateDeclaration<unknown>>>

/** The handles of declared states, by name. */
export type StateOf<Declarations extends StateDeclarations> = {
  readonly [Name in keyof Declarations]: Declarations[Name] extends StateDeclaration<infer Handle>
    ? Handle
    : never
}

/**
 * One value per key. The type is given, or taken from a schema (which then serves as a type only:
 * what is stored is not validated).
 *
 * @example
 * const state = { last: value<number>(), probe: value(Charge, { ttl: '1h' }) }
 */
export function value<S extends StandardSchemaV1>(
  schema: S,
  options?: StateOptions,
): StateDeclaration<ValueState<StandardSchemaV1.InferOutput<S>>>
export function value<T>(options?: StateOptions): StateDeclaration<ValueState<T>>
export function value(
  first?: StandardSchemaV1 | StateOptions,
  second?: StateOptions,
): StateDeclaration<ValueState<never>> {
  return declaration('value', isSchema(first) ? second : first)
}

/** A number per key that starts at 0. */
export function counter(options?: StateOptions): StateDeclaration<CounterState> {
  return declaration('counter', options)
}

/**
 * A list per key; the type of its elements is given, or taken from a schema.
 *
 * @example
 * const state = { recent: list<number>({ ttl: '1d' }) }
 */
export function list<S extends StandardSchemaV1>(
  schema: S,
  options?: StateOptions,
): StateDeclaration<ListState<StandardSchemaV1.InferOutput<S>>>
export function list<T>(options?: StateOptions): StateDeclaration<ListState<T>>
export function list(
  first?: StandardSchemaV1 | StateOptions,
  second?: StateOptions,
): StateDeclaration<ListState<never>> {
  return declaration('list', isSchema(first) ? second : first)
}

/**
 * A map per key, from keys to values; its types are given, or the values' is taken from a schema
 * and the keys are strings.
 *
 * @example
 * const state = { perItem: map<string, number>() }
 */
export function map<S extends StandardSchemaV1>(
  schema: S,
  options?: StateOptions,
): StateDeclaration<MapState<string, StandardSchemaV1.InferOutput<S>>>
export function map<K extends KeyPart, V>(options?: StateOptions): StateDeclaration<MapState<K, V>>
export function map(
  first?: StandardSchemaV1 | StateOptions,
  second?: StateOptions,
): StateDeclaration<MapState<never, never>> {
  return declaration('map', isSchema(first) ? second : first)
}

const stateName = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/
const kinds: readonly string[] = ['value', 'counter', 'list', 'map'] satisfies StateKind[]

/**
 * Descriptors of the declared states of a step; throws JOB_INVALID for what is not a declaration.
 */
export function describeStates(declarations: StateDeclarations, step: string): StateDescriptor[] {
  return Object.entries(declarations).map(([name, declared]) => {
    if (!stateName.test(name)) {
      throw new SluiceError('JOB_INVALID', `'${name}' cannot be the name of a state.`, {
        where: { step },
        hint: 'Names of states are letters, digits, hyphens and underscores, a letter first.',
      })
    }
    if (typeof declared !== 'object' || declared === null || !kinds.includes(declared.kind)) {
      throw new SluiceError('JOB_INVALID', `The state '${name}' is not declared as one.`, {
        where: { step },
        hint: 'Declare it with value(), counter(), list() or map().',
      })
    }
    const { kind, ttlMs, ttlClock } = declared
    const described: StateDescriptor = { name, kind, namespace: 'none' }
    return ttlMs === undefined
      ? described
      : { ...described, ttlMs, ttlClock: ttlClock ?? 'processing' }
  })
}

function declaration<Handle>(kind: StateKind, options?: StateOptions): StateDeclaration<Handle> {
  if (options?.ttl === undefined) return { kind }
  const ttlMs = parseDuration(options.ttl, 'The ttl of a state')
  if (ttlMs === 0) {
    throw new SluiceError('SETTING_INVALID', 'The ttl of a state must be longer than nothing.')
  }
  return { kind, ttlMs, ttlClock: options.clock ?? 'processing' }
}
