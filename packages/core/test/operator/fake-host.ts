// An operator host for tests: plain maps, virtual time, a mailbox that runs when it is told to. It
// freezes what is stored, so that an operator that changes state in place is found.

import { keyFromMapKey, mapKey } from '../../src/key/map-key.ts'
import type { Key, KeyPart } from '../../src/key/key.ts'
import type { Operator, OperatorHost } from '../../src/operator/host.ts'
import type { StateDescriptor } from '../../src/state/descriptor.ts'
import { type FakeEntries, fakeList, fakeMap, fakeValue, frozen } from './fake-state.ts'

export interface Emitted {
  readonly value: unknown
  readonly timestamp: number
  readonly output: number
}

interface FakeTimer {
  readonly time: number
  readonly key: KeyPart
  readonly namespace: number
}

type Domain = 'event' | 'processing'

export class FakeHost implements OperatorHost {
  readonly step = 'step'
  subtask = 0
  readonly parallelism = 1
  readonly freezes = true
  readonly emitted: Emitted[] = []
  readonly passedWatermarks: number[] = []
  /** Records that there is room for until the mailbox is run again. */
  room = Number.POSITIVE_INFINITY
  #sent = 0
  readonly #states = new Map<string, FakeEntries>()
  readonly #timers = {
    event: new Map<string, FakeTimer>(),
    processing: new Map<string, FakeTimer>(),
  }
  readonly #operator: Operator
  readonly #keyOf: ((value: unknown) => Key) | undefined
  readonly #secondKeyOf: ((value: unknown) => Key) | undefined
  readonly #mailbox: (() => void)[] = []
  readonly #delayed: { at: number; call: () => void }[] = []
  #key: KeyPart = ''
  #namespace = 0
  #watermark = Number.NEGATIVE_INFINITY
  #now = 0

  constructor(
    operator: Operator,
    keyOf?: (value: unknown) => Key,
    secondKeyOf?: (value: unknown) => Key,
  ) {
    this.#operator = operator
    this.#keyOf = keyOf
    this.#secondKeyOf = secondKeyOf
  }

  readonly log = { debug() {}, info() {}, warn() {}, error() {} }
  readonly metrics = { counter: () => ({ add() {} }), gauge: () => ({ set() {} }) }

  readonly timers = {
    setEventTime: (time: number) => this.#setTimer('event', time),
    setProcessingTime: (time: number) => this.#setTimer('processing', time),
    deleteEventTime: (time: number) => this.#deleteTimer('event', time),
    deleteProcessingTime: (time: number) => this.#deleteTimer('processing', time),
  }

  state(descriptor: StateDescriptor): never {
    const entries: FakeEntries = new Map()
    this.#states.set(descriptor.name, entries)
    const place = () => {
      const namespace = descriptor.namespace === 'window' ? this.#namespace : 0
      return JSON.stringify([typeof this.#key, String(this.#key), namespace])
    }
    switch (descriptor.kind) {
      case 'value':
        return fakeValue(entries, place) as never
      case 'counter':
        return fakeValue(entries, place, 0) as never
      case 'list':
        return fakeList(entries, place) as never
      case 'map':
        return fakeMap(entries, place) as never
    }
  }

  hold<T>(value: T): T {
    return frozen(value)
  }

  setKey(key: Key): void {
    this.#key = mapKey(key)
  }

  setNamespace(namespace: number): void {
    this.#namespace = namespace
  }

  prefetch(): void {}

  currentWatermark(): number {
    return this.#watermark
  }

  processingTime(): number {
    return this.#now
  }

  emit(value: unknown, timestamp: number, output: number): void {
    this.emitted.push({ value, timestamp, output })
    this.#sent++
  }

  isOutputFull(): boolean {
    return this.#sent >= this.room
  }

  enqueue(call: () => void): void {
    this.#mailbox.push(call)
  }

  after(delayMs: number, call: () => void): () => void {
    const delayed = { at: this.#now + delayMs, call }
    this.#delayed.push(delayed)
    return () => {
      const index = this.#delayed.indexOf(delayed)
      if (index >= 0) this.#delayed.splice(index, 1)
    }
  }

  /** Hands over a record as the engine does: the key is set before. */
  record(value: unknown, timestamp: number): void {
    if (this.#keyOf !== undefined) this.setKey(this.#keyOf(value))
    this.#operator.onRecord(value, timestamp)
  }

  /** Hands over a record of the second input; where that has no key, none is set. */
  second(value: unknown, timestamp: number): void {
    if (this.#secondKeyOf !== undefined) this.setKey(this.#secondKeyOf(value))
    this.#operator.onSecondRecord?.(value, timestamp)
  }

  /** Advances event time: timers first, then the operator itself. */
  watermark(time: number): void {
    this.#watermark = time
    this.#fire('event', time)
    const pass = (watermark: number) => this.passedWatermarks.push(watermark)
    const passes = this.#operator.onWatermark?.(time, pass) ?? true
    if (passes) this.passedWatermarks.push(time)
  }

  /** Advances the clock to a time, with everything that is due on the way. */
  clock(time: number): void {
    for (;;) {
      const next = this.#delayed.filter(({ at }) => at <= time).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#delayed.splice(this.#delayed.indexOf(next), 1)
      this.#now = Math.max(this.#now, next.at)
      this.enqueue(next.call)
      this.runMailbox()
    }
    this.#now = time
    this.#fire('processing', time)
  }

  /**
   * Lets promises settle, then runs what they put into the mailbox, until nothing comes any more.
   */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 5; idle++) {
      await Promise.resolve()
      if (this.#mailbox.length > 0) idle = 0
      this.runMailbox()
    }
  }

  /** The engine runs it when there is room. */
  runMailbox(): void {
    this.#sent = 0
    for (const call of this.#mailbox.splice(0)) call()
  }

  get timersWaiting(): number {
    return this.#timers.event.size + this.#timers.processing.size
  }

  get entriesStored(): number {
    return [...this.#states.values()].reduce((sum, entries) => sum + entries.size, 0)
  }

  get callsDelayed(): number {
    return this.#delayed.length
  }

  #setTimer(domain: Domain, time: number): void {
    const timer = { time, key: this.#key, namespace: this.#namespace }
    this.#timers[domain].set(this.#timerId(timer), timer)
  }

  #deleteTimer(domain: Domain, time: number): void {
    this.#timers[domain].delete(this.#timerId({ time, key: this.#key, namespace: this.#namespace }))
  }

  #timerId({ time, key, namespace }: FakeTimer): string {
    return JSON.stringify([time, typeof key, String(key), namespace])
  }

  #fire(domain: Domain, until: number): void {
    const timers = this.#timers[domain]
    for (;;) {
      const due = [...timers.values()].filter(({ time }) => time <= until)
      const timer = due.sort((a, b) => a.time - b.time)[0]
      if (timer === undefined) return
      timers.delete(this.#timerId(timer))
      this.#key = timer.key
      this.#namespace = timer.namespace
      const key = keyFromMapKey(timer.key)
      const { time, namespace } = timer
      if (domain === 'event') this.#operator.onEventTimer?.(time, key, namespace)
      else this.#operator.onProcessingTimer?.(time, key, namespace)
    }
  }
}
