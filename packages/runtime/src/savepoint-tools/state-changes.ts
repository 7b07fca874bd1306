// Changes that are to be made to the state of one step, gathered in memory by key group. What they
// replace is not looked at before they are written.

import { type Key, keyGroupOf, mapKey, SluiceError } from '@sluice/core/internal'
import type { StepFacts } from '../restore/step-identity.ts'
import type { TableFacts } from '../state/segment/segment-format.ts'
import { placeName } from './group-state.ts'

/** What a key (and window) is to hold; undefined: nothing any more. */
export interface Change {
  readonly key: Key
  readonly namespace: number
  readonly value: unknown
  /** When it counts as written, for states with a life time; 0: from when it is first met. */
  readonly writtenAt: number
}

/** Timers of one key and window that are added and taken away. */
export interface TimerChange {
  readonly key: Key
  readonly namespace: number
  readonly set: Set<number>
  readonly deleted: Set<number>
}

/** All changes within one key group. */
export class GroupChanges {
  /** By state, then by place. */
  readonly states = new Map<string, Map<string, Change>>()
  /** By domain, then by place. */
  readonly timers = new Map<TimerDomainName, Map<string, TimerChange>>()
  /** Keys that lose all they held before the changes. */
  readonly wiped = new Set<ReturnType<typeof mapKey>>()
}

/** By which clock a timer fires. */
export type TimerDomainName = 'event' | 'processing'

export class StateChanges {
  readonly step: string
  readonly #facts: StepFacts
  readonly #maxParallelism: number
  readonly #groups = new Map<number, GroupChanges>()

  constructor(step: string, facts: StepFacts, maxParallelism: number) {
    this.step = step
    this.#facts = facts
    this.#maxParallelism = maxParallelism
    if (facts.kind === 'source' || facts.kind === 'sink' || facts.keyed === false) {
      throw new SluiceError('USAGE', `Step '${step}' keeps no state by key.`, { where: { step } })
    }
  }

  /** In order of their key groups. */
  get groups(): readonly (readonly [number, GroupChanges])[] {
    return [...this.#groups].sort(([left], [right]) => left - right)
  }

  set(state: string, change: Change): void {
    const facts = this.#declared(state)
    if (change.value !== undefined) checkKind(this.step, facts, change.value)
    const group = this.#group(change.key)
    const places = group.states.get(state) ?? new Map<string, Change>()
    places.set(placeName(change.key, change.namespace, undefined), change)
    group.states.set(state, places)
  }

  setTimer(domain: TimerDomainName, key: Key, time: number, namespace: number): void {
    if (!Number.isFinite(time)) {
      throw new SluiceError('USAGE', `A timer fires at a number of milliseconds, not at ${time}.`)
    }
    const change = this.#timers(domain, key, namespace)
    change.deleted.delete(time)
    change.set.add(time)
  }

  deleteTimer(domain: TimerDomainName, key: Key, time: number, namespace: number): void {
    const change = this.#timers(domain, key, namespace)
    change.set.delete(time)
    change.deleted.add(time)
  }

  /** Everything that the key holds, timers included, and what was changed of it so far. */
  wipe(key: Key): void {
    const group = this.#group(key)
    const primitive = mapKey(key)
    group.wiped.add(primitive)
    for (const places of [...group.states.values(), ...group.timers.values()]) {
      for (const [name, change] of places) {
        if (mapKey(change.key) === primitive) places.delete(name)
      }
    }
  }

  /** How a state that no segment names yet is stored. */
  tableOf(state: string): TableFacts {
    const { name, kind, namespace, ages, version, form } = this.#declared(state)
    return {
      name,
      kind: kind as TableFacts['kind'],
      namespaced: namespace === 'window',
      aged: ages !== undefined && ages !== 'never',
      ...(version === undefined ? {} : { version }),
      ...(form === undefined ? {} : { form }),
    }
  }

  #declared(state: string): StepFacts['state'][number] {
    const { step } = this
    const found = this.#facts.state.find(({ name }) => name === state)
    if (found !== undefined) return found
    const names = this.#facts.state.map(({ name }) => name).join(', ')
    throw new SluiceError('CHECKPOINT_NOT_FOUND', `Step '${step}' has no state '${state}'.`, {
      where: { step },
      hint: names === '' ? 'It has no declared state.' : `It has ${names}.`,
    })
  }

  #timers(domain: TimerDomainName, key: Key, namespace: number): TimerChange {
    const group = this.#group(key)
    const places = group.timers.get(domain) ?? new Map<string, TimerChange>()
    group.timers.set(domain, places)
    const name = placeName(key, namespace, undefined)
    const known = places.get(name)
    if (known !== undefined) return known
    const change = { key, namespace, set: new Set<number>(), deleted: new Set<number>() }
    places.set(name, change)
    return change
  }

  #group(key: Key): GroupChanges {
    const group = keyGroupOf(key, this.#maxParallelism)
    const known = this.#groups.get(group)
    if (known !== undefined) return known
    const changes = new GroupChanges()
    this.#groups.set(group, changes)
    return changes
  }
}

function checkKind(step: string, { name, kind }: StepFacts['state'][number], value: unknown): void {
  const wanted =
    kind === 'list'
      ? Array.isArray(value) || 'an array of its elements'
      : kind === 'map'
        ? value instanceof Map || 'a Map of its items'
        : kind === 'counter'
          ? typeof value === 'number' || 'a number'
          : true
  if (wanted === true) return
  throw new SluiceError('USAGE', `The state '${name}' of '${step}' is a ${kind}: give ${wanted}.`, {
    where: { step },
  })
}
