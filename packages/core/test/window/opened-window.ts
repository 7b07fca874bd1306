// Window operators on a fake host, as the graph would make them. An operator can be put in the
// place of another while state and timers stay, as after a restore.

import { type Aggregates, aggregationOf } from '../../src/aggregate/aggregation.ts'
import { aggregator, type MergingAggregator } from '../../src/aggregate/aggregator.ts'
import type { Key } from '../../src/key/key.ts'
import type { Operator, OperatorHost } from '../../src/operator/host.ts'
import type { StateDescriptor } from '../../src/state/descriptor.ts'
import type { RecordsFunction } from '../../src/window/contents/record-contents.ts'
import type { WindowDefinition } from '../../src/window/definition/window-definition.ts'
import { planWindow, type WindowComputation } from '../../src/window/plan-window.ts'
import { FakeHost } from '../operator/fake-host.ts'

/** A host whose operator aggregates in a window. */
export function aggregating(
  window: WindowDefinition,
  aggregates: Aggregates<never>,
  keyOf: (value: unknown) => Key,
): WindowHost {
  const aggregation = aggregationOf(aggregates, 'step')
  return new WindowHost(window, { kind: 'aggregation', aggregation }, keyOf)
}

/** A host whose operator gives all records of a window to a function. */
export function applying(
  window: WindowDefinition,
  apply: RecordsFunction,
  keyOf: (value: unknown) => Key,
): WindowHost {
  return new WindowHost(window, { kind: 'apply', apply }, keyOf)
}

export class WindowHost extends FakeHost {
  readonly #restart: (window: WindowDefinition) => void
  /** What was counted in metrics, by name. */
  readonly counted = new Map<string, number>()

  constructor(
    window: WindowDefinition,
    computation: WindowComputation,
    keyOf: (value: unknown) => Key,
  ) {
    let current: Operator
    const operator: Operator = {
      open: (host) => current.open(host),
      onRecord: (value, timestamp) => current.onRecord(value, timestamp),
      onEventTimer: (...timer) => current.onEventTimer?.(...timer),
      onProcessingTimer: (...timer) => current.onProcessingTimer?.(...timer),
    }
    super(operator, keyOf)
    const host = withStatesThatStay(this, this.counted)
    this.#restart = (next) => {
      current = planWindow(next, computation).create(keyOf, true)
      current.open(host)
    }
    this.#restart(window)
  }

  /** A new operator goes on with what the old one left. */
  restart(window: WindowDefinition): void {
    this.#restart(window)
  }
}

/** The same host with metrics; a state that is opened again is the one opened before. */
function withStatesThatStay(host: FakeHost, counted: Map<string, number>): OperatorHost {
  const opened = new Map<string, unknown>()
  const own: Pick<OperatorHost, 'state' | 'metrics'> = {
    metrics: {
      counter: (name) => ({
        add: (amount = 1) => void counted.set(name, (counted.get(name) ?? 0) + amount),
      }),
      gauge: () => ({ set() {} }),
    },
    state(descriptor: StateDescriptor) {
      if (!opened.has(descriptor.name)) opened.set(descriptor.name, host.state(descriptor))
      return opened.get(descriptor.name) as never
    },
  }
  return new Proxy(host, {
    get(target, name) {
      if (name === 'state' || name === 'metrics') return own[name]
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

/** The ids of the records of a window. */
export const ids: MergingAggregator<{ readonly id: number }, readonly number[]> = aggregator({
  create: (): readonly number[] => [],
  add: (seen: readonly number[], record: { readonly id: number }) => [...seen, record.id],
  merge: (left: readonly number[], right: readonly number[]) => [...left, ...right],
  result: (seen) => seen,
})
