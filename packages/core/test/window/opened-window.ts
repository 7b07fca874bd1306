// Window operators on a fake host, as the graph would make them.

import { type Aggregates, aggregationOf } from '../../src/aggregate/aggregation.ts'
import type { Key } from '../../src/key/key.ts'
import type { RecordsFunction } from '../../src/window/contents/record-contents.ts'
import type { WindowDefinition } from '../../src/window/definition/window-definition.ts'
import { planWindow, type WindowComputation } from '../../src/window/plan-window.ts'
import { FakeHost } from '../operator/fake-host.ts'

/** A host whose operator aggregates in a window. */
export function aggregating(
  window: WindowDefinition,
  aggregates: Aggregates<never>,
  keyOf: (value: unknown) => Key,
): FakeHost {
  const aggregation = aggregationOf(aggregates, 'step')
  return computing(window, { kind: 'aggregation', aggregation }, keyOf)
}

/** A host whose operator gives all records of a window to a function. */
export function applying(
  window: WindowDefinition,
  apply: RecordsFunction,
  keyOf: (value: unknown) => Key,
): FakeHost {
  return computing(window, { kind: 'apply', apply }, keyOf)
}

/** A host whose operator computes something of a window. */
export function computing(
  window: WindowDefinition,
  computation: WindowComputation,
  keyOf: (value: unknown) => Key,
): FakeHost {
  const operator = planWindow(window, computation).create(keyOf, true)
  const host = new FakeHost(operator, keyOf)
  operator.open(host)
  return host
}
