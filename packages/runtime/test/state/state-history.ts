// A history of changes, clocks, timers and snapshots that overlap, fail and are given up, run on a
// backend and a plain model at once. Each finished snapshot is restored at several parallelisms and
// must show what the model held at its barrier.

import { keyGroupRange } from '@sluice/core/internal'
import { expect } from 'vitest'
import type {
  KeyedStateBackend,
  SegmentNaming,
  SegmentRef,
  SegmentWriter,
  SnapshotInProgress,
  SnapshotScope,
  TimerDomain,
} from '../../src/state/state-backend.ts'
import { PlainState, text, visible } from './plain-state.ts'
import {
  apply,
  type Change,
  type Clocks,
  type CreateBackend,
  GROUPS,
  type Handles,
  handlesOf,
  observe,
  openWith,
} from './state-under-test.ts'

export type Outcome = 'stored' | 'refused' | 'unknown' | 'late'

export type Step =
  | { readonly do: 'change'; readonly change: Change }
  | { readonly do: 'tick'; readonly now: number; readonly watermark: number }
  | {
      readonly do: 'fire'
      readonly domain: TimerDomain
      readonly until: number
      readonly limit: number
    }
  | { readonly do: 'start'; readonly scope: SnapshotScope }
  | { readonly do: 'advance'; readonly which: number; readonly slices: number }
  | { readonly do: 'finish'; readonly which: number; readonly outcome: Outcome }
  | { readonly do: 'cancel'; readonly which: number }
  | { readonly do: 'settle' }
  | { readonly do: 'restart' }

/** Segments by name, and writes whose end is still open. */
class Store {
  readonly segments = new Map<string, Uint8Array>()
  readonly late: (() => void)[] = []
  #sequence = 0

  naming(checkpoint: number): SegmentNaming {
    return { next: () => `${checkpoint}-${this.#sequence++}` }
  }

  writer(outcome: Outcome): SegmentWriter {
    return {
      write: async (name, chunks) => {
        expect(this.segments.has(name)).toBe(false)
        if (outcome === 'refused') throw new Error('refused')
        const bytes = Buffer.concat([...chunks])
        if (outcome === 'late') await new Promise<void>((resolve) => this.late.push(resolve))
        this.segments.set(name, bytes)
        if (outcome === 'unknown') throw new Error('the answer was lost')
      },
    }
  }

  /** The collector's rule: what a complete checkpoint does not list goes, up to its own id. */
  collect(checkpoint: number, listed: readonly SegmentRef[]): void {
    const names = new Set(listed.map(({ name }) => name))
    for (const name of this.segments.keys()) {
      if (Number(name.split('-')[0]) <= checkpoint && !names.has(name)) this.segments.delete(name)
    }
  }

  read(refs: readonly SegmentRef[]): { ref: SegmentRef; bytes: Uint8Array }[] {
    return refs.map((ref) => {
      const bytes = this.segments.get(ref.name)
      if (bytes === undefined) throw new Error(`The segment ${ref.name} is gone.`)
      return { ref, bytes }
    })
  }
}

interface Flight {
  readonly checkpoint: number
  readonly snapshot: SnapshotInProgress
  readonly plain: PlainState
  serialised: boolean
  /** Set once `finish` was called. */
  ended: Promise<void> | undefined
}

export class StateHistory {
  readonly clocks: Clocks = { now: 0, watermark: 0 }
  readonly store = new Store()
  backend: KeyedStateBackend
  handles: Handles
  plain = new PlainState()
  flights: Flight[] = []
  /** What a check found in a promise. */
  failure: unknown
  #checkpoint = 0
  #newest: { checkpoint: number; refs: readonly SegmentRef[]; plain: PlainState } | undefined
  readonly #create: CreateBackend

  constructor(create: CreateBackend) {
    this.#create = create
    this.backend = openWith(create, this.clocks, { first: 0, last: GROUPS - 1 })
    this.handles = handlesOf(this.backend)
  }

  async run(each: Step): Promise<void> {
    const flight = 'which' in each ? this.flights[each.which % this.flights.length] : undefined
    switch (each.do) {
      case 'change':
        return apply(each.change, this.backend, this.handles, this.plain, this.clocks)
      case 'tick':
        this.clocks.now += each.now
        this.clocks.watermark += each.watermark
        return
      case 'fire':
        return this.#fire(each.domain, each.until, each.limit)
      case 'start':
        return this.#start(each.scope)
      case 'advance':
        if (flight !== undefined && flight.ended === undefined) advance(flight, each.slices)
        return
      case 'finish':
        if (flight !== undefined && flight.ended === undefined) this.#finish(flight, each.outcome)
        return settled()
      case 'cancel':
        flight?.snapshot.cancel()
        this.flights = this.flights.filter((other) => other !== flight)
        return
      case 'settle':
        for (const resolve of this.store.late.splice(0)) resolve()
        return settled()
      case 'restart':
        return this.#restart()
    }
  }

  #fire(domain: TimerDomain, until: number, limit: number): void {
    const { backend, plain, handles } = this
    const timers = plain.timers[domain]
    const due = () => [...timers.values()].filter(({ time }) => time <= until)
    const earliest = Math.min(...[...timers.values()].map(({ time }) => time))
    expect(backend.nextTimer(domain)).toBe(earliest)
    const fired = backend.fireTimers(domain, until, limit, (time, key, namespace) => {
      expect(Math.min(...due().map((timer) => timer.time))).toBe(time)
      expect(timers.delete(plain.timerId(time, key, namespace))).toBe(true)
      handles.value.set(time)
      plain.set(`value ${text(key)}`, time, 0)
      if (time % 3 !== 0) return
      backend.setTimer(domain, time + 4)
      const timer = { time: time + 4, key, namespace }
      timers.set(plain.timerId(timer.time, key, namespace), timer)
    })
    if (fired < limit) expect(due()).toEqual([])
    else expect(fired).toBe(limit)
  }

  #start(scope: SnapshotScope): void {
    if (this.flights.length >= 3) return
    const checkpoint = ++this.#checkpoint
    const naming = this.store.naming(checkpoint)
    this.flights.push({
      checkpoint,
      snapshot: this.backend.startSnapshot(checkpoint, naming, scope),
      plain: this.plain.copy(),
      serialised: false,
      ended: undefined,
    })
  }

  #finish(flight: Flight, outcome: Outcome): void {
    while (!flight.serialised) advance(flight, 1000)
    const { snapshot } = flight
    flight.ended = snapshot
      .finish(this.store.writer(outcome))
      .then(
        (refs) => this.#completed(flight, refs),
        () => {
          this.flights = this.flights.filter((other) => other !== flight)
        },
      )
      .catch((error: unknown) => {
        this.failure ??= error
      })
  }

  #completed(flight: Flight, refs: readonly SegmentRef[]): void {
    if (!this.flights.includes(flight)) return
    const overtaken = this.flights.filter(({ checkpoint }) => checkpoint < flight.checkpoint)
    for (const { snapshot } of overtaken) snapshot.cancel()
    this.flights = this.flights.filter(({ checkpoint }) => checkpoint > flight.checkpoint)
    this.backend.checkpointCompleted(flight.checkpoint)
    this.store.collect(flight.checkpoint, refs)
    this.#newest = { checkpoint: flight.checkpoint, refs, plain: flight.plain }
    this.#check(flight.plain, refs)
  }

  #check(plain: PlainState, refs: readonly SegmentRef[]): void {
    const expected = visible(plain, this.clocks.now, this.clocks.watermark)
    expect(this.#observed(refs, 1)).toEqual(expected)
    expect(this.#observed(refs, 3)).toEqual(expected)
  }

  /** What is shown after a restore. */
  #observed(refs: readonly SegmentRef[], parallelism: number): string[] {
    const backends = this.#restored(refs, parallelism)
    const lines = backends.flatMap(observe).sort()
    for (const backend of backends) backend.close()
    return lines
  }

  #restored(refs: readonly SegmentRef[], parallelism: number): KeyedStateBackend[] {
    return Array.from({ length: parallelism }, (_, subtask) => {
      const range = keyGroupRange(subtask, parallelism, GROUPS)
      const backend = openWith(this.#create, this.clocks, range, false, refs)
      // Whether states are declared before or after must not matter.
      if (subtask % 2 === 0) handlesOf(backend)
      if (backend.adopt?.(refs) !== true) backend.restore(this.store.read(refs))
      return backend
    })
  }

  #restart(): void {
    if (this.#newest === undefined) return
    for (const { snapshot } of this.flights) snapshot.cancel()
    this.flights = []
    this.backend.close()
    this.backend = this.#restored(this.#newest.refs, 1)[0] as KeyedStateBackend
    this.handles = handlesOf(this.backend)
    this.plain = this.#newest.plain.copy()
  }

  /** A last checkpoint, then 1 → 3 → 2 → 7 → 1, with a snapshot of everything twice at the end. */
  async end(): Promise<void> {
    for (const resolve of this.store.late.splice(0)) resolve()
    await settled()
    for (const { snapshot } of this.flights) snapshot.cancel()
    const { now, watermark } = this.clocks
    const expected = visible(this.plain, now, watermark)
    let refs = await this.#save([this.backend], 'changes')
    for (const parallelism of [3, 2, 7, 1]) {
      const backends = this.#restored(refs, parallelism)
      refs = await this.#save(backends, parallelism === 1 ? 'everything' : 'changes')
    }
    const again = await this.#save(this.#restored(refs, 1), 'everything')
    expect(again.map(({ checksum }) => checksum)).toEqual(refs.map(({ checksum }) => checksum))
    expect(this.#observed(again, 1)).toEqual(expected)
  }

  /** Saves and closes the backends. */
  async #save(backends: KeyedStateBackend[], scope: SnapshotScope): Promise<SegmentRef[]> {
    const refs: SegmentRef[] = []
    for (const backend of backends) {
      const snapshot = backend.startSnapshot(1_000_000, this.store.naming(1_000_000), scope)
      for (let written = false; !written; ) written = snapshot.advance(1)
      refs.push(...(await snapshot.finish(this.store.writer('stored'))))
      backend.close()
    }
    return refs
  }
}

function advance(flight: Flight, slices: number): void {
  for (let i = 0; i < slices && !flight.serialised; i++) {
    flight.serialised = flight.snapshot.advance(0)
  }
}

/** Lets everything run that waits for promises only. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
