// Broadcast state: maps of which every subtask of a step holds the same copy, changed by the
// records of the broadcast stream alone. Held in memory; a checkpoint keeps one copy of it.

import { SluiceError } from '../errors.ts'
import type { KeyPart } from '../key/key.ts'
import { keyFromMapKey, mapKey } from '../key/map-key.ts'
import type { DeepReadonly } from '../state/handle.ts'

/** Broadcast state as the functions of the other stream see it. */
export interface ReadonlyBroadcastState<K, V> extends Iterable<[K, DeepReadonly<V>]> {
  readonly size: number
  get(key: K): DeepReadonly<V> | undefined
  has(key: K): boolean
  keys(): Iterable<K>
  values(): Iterable<DeepReadonly<V>>
}

/** Broadcast state as `onBroadcast` sees it: a Map whose keys are primitive. */
export interface BroadcastState<K, V> extends ReadonlyBroadcastState<K, V> {
  set(key: K, value: V): void
  delete(key: K): boolean
  clear(): void
}

/** A declared broadcast state, from keys to values. */
export interface BroadcastDeclaration<out K extends KeyPart, out V> {
  readonly kind: 'broadcast'
  /** Never there: carries the types of keys and values. */
  readonly '~entry'?: readonly [K, V]
}

/** The broadcast states of a step, by name. */
export type BroadcastDeclarations = Readonly<Record<string, BroadcastDeclaration<KeyPart, unknown>>>

/** What `onBroadcast` works with: the declared broadcast states, by name. */
export type BroadcastStatesOf<Declarations extends BroadcastDeclarations> = {
  readonly [Name in keyof Declarations]: Declarations[Name] extends BroadcastDeclaration<
    infer K,
    infer V
  >
    ? BroadcastState<K, V>
    : never
}

/** What the other functions see: the same, read-only. */
export type ReadonlyBroadcastStatesOf<Declarations extends BroadcastDeclarations> = {
  readonly [Name in keyof Declarations]: Declarations[Name] extends BroadcastDeclaration<
    infer K,
    infer V
  >
    ? ReadonlyBroadcastState<K, V>
    : never
}

/**
 * A map from keys to values of which every subtask holds the same copy.
 *
 * @example
 * const broadcast = { rules: broadcastState<string, Rule>() }
 */
export function broadcastState<K extends KeyPart, V>(): BroadcastDeclaration<K, V> {
  return { kind: 'broadcast' }
}

const stateName = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/

/** Names of declared broadcast states; throws JOB_INVALID for what is none. */
export function broadcastNames(declarations: unknown, step: string): string[] {
  const declared = Object.entries((declarations ?? {}) as Record<string, unknown>)
  if (declared.length === 0) {
    throw new SluiceError('JOB_INVALID', `'${step}' declares no broadcast state.`, {
      where: { step },
      hint: 'Say what its rules are kept in: broadcast: { rules: broadcastState<string, Rule>() }.',
    })
  }
  return declared.map(([name, declaration]) => {
    const isDeclared = (declaration as { kind?: unknown } | undefined)?.kind === 'broadcast'
    if (stateName.test(name) && isDeclared) return name
    throw new SluiceError('JOB_INVALID', `The broadcast state '${name}' is not declared as one.`, {
      where: { step },
      hint: 'Names are letters, digits, hyphens and underscores; declare it with broadcastState().',
    })
  })
}

/** One entry as a checkpoint keeps it: name of the state, key, value. */
type Element = readonly [name: string, key: KeyPart, value: unknown]

/** What an operator does with a value that it holds on to: see `OperatorHost.hold`. */
type Hold = <T>(value: T, what: string) => T

/** The broadcast states of one subtask. */
export class BroadcastStates {
  readonly #states = new Map<string, HeldBroadcastState>()
  /** By name, as `onBroadcast` sees them. */
  readonly writable: Readonly<Record<string, HeldBroadcastState>>
  /** By name, as all other functions see them. */
  readonly readable: Readonly<Record<string, BroadcastView>>

  constructor(names: readonly string[], hold: Hold) {
    for (const name of names) this.#states.set(name, new HeldBroadcastState(name, hold))
    this.writable = Object.fromEntries(this.#states)
    this.readable = Object.fromEntries(
      Array.from(this.#states, ([name, state]) => [name, new BroadcastView(state)]),
    )
  }

  elements(): Element[] {
    return Array.from(this.#states.values(), (state) => state.elements()).flat()
  }

  /** Throws CHECKPOINT_INCOMPATIBLE for entries of a state that is declared no longer. */
  load(elements: readonly unknown[]): void {
    for (const [name, key, value] of elements as readonly Element[]) {
      const state = this.#states.get(name)
      if (state === undefined) {
        throw new SluiceError(
          'CHECKPOINT_INCOMPATIBLE',
          `The broadcast state '${name}' is stored and not declared any more.`,
          { hint: 'Declare it again; once its entries are deleted it may go.' },
        )
      }
      state.set(key, value)
    }
  }
}

/** Behind `BroadcastState`, whose types exist for the user's functions. */
class HeldBroadcastState {
  readonly #name: string
  readonly #hold: Hold
  readonly #entries = new Map<KeyPart, unknown>()

  constructor(name: string, hold: Hold) {
    this.#name = name
    this.#hold = hold
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: KeyPart): unknown {
    return this.#entries.get(mapKey(key))
  }

  has(key: KeyPart): boolean {
    return this.#entries.has(mapKey(key))
  }

  set(key: KeyPart, value: unknown): void {
    const what = `broadcast state ${this.#name}`
    this.#entries.set(this.#hold(mapKey(key), what), this.#hold(value, what))
  }

  delete(key: KeyPart): boolean {
    return this.#entries.delete(mapKey(key))
  }

  clear(): void {
    this.#entries.clear()
  }

  *keys(): IterableIterator<KeyPart> {
    for (const key of this.#entries.keys()) yield keyFromMapKey(key) as KeyPart
  }

  values(): Iterable<unknown> {
    return this.#entries.values()
  }

  *[Symbol.iterator](): IterableIterator<[KeyPart, unknown]> {
    for (const [key, value] of this.#entries) yield [keyFromMapKey(key) as KeyPart, value]
  }

  elements(): Element[] {
    return Array.from(this, ([key, value]): Element => [this.#name, key, value])
  }
}

/** Has no way to change what it shows: copies that differ would never be equal again. */
class BroadcastView {
  readonly #state: HeldBroadcastState

  constructor(state: HeldBroadcastState) {
    this.#state = state
  }

  get size(): number {
    return this.#state.size
  }

  get(key: KeyPart): unknown {
    return this.#state.get(key)
  }

  has(key: KeyPart): boolean {
    return this.#state.has(key)
  }

  keys(): Iterable<KeyPart> {
    return this.#state.keys()
  }

  values(): Iterable<unknown> {
    return this.#state.values()
  }

  [Symbol.iterator](): Iterator<[KeyPart, unknown]> {
    return this.#state[Symbol.iterator]()
  }
}
