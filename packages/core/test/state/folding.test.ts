import { expect, test } from 'vitest'
import { aggregator, count, mean } from '../../src/aggregate/aggregator.ts'
import {
  describeStates,
  openStates,
  type StateDeclarations,
} from '../../src/state/declared-states.ts'
import { aggregating, reducing } from '../../src/state/folding.ts'
import type { Operator } from '../../src/operator/host.ts'
import { FakeHost } from '../operator/fake-host.ts'

function opened<D extends StateDeclarations>(declarations: D) {
  const operator: Operator = { open() {}, onRecord() {} }
  const host = new FakeHost(operator)
  const handles = openStates(host, describeStates(declarations, 'step'), declarations)
  return { host, handles: handles as { [Name in keyof D]: NonNullable<D[Name]['~handle']> } }
}

test('a reducing state keeps what the function makes of all that was added, by key', () => {
  const { host, handles } = opened({ sum: reducing<number>((left, right) => left + right) })
  host.setKey('a')
  expect(handles.sum.get()).toBeUndefined()
  for (const n of [1, 2, 3]) handles.sum.add(n)
  host.setKey('b')
  handles.sum.add(10)
  expect(handles.sum.get()).toBe(10)
  host.setKey('a')
  expect(handles.sum.get()).toBe(6)
  handles.sum.clear()
  expect(handles.sum.get()).toBeUndefined()
})

test('an aggregating state gives the result of its aggregator', () => {
  const { host, handles } = opened({
    mean: aggregating(mean((order: { cents: number }) => order.cents)),
    words: aggregating(
      aggregator({
        create: () => null as string | null,
        add: (words, word: string) => (words === null ? word : `${words} ${word}`),
        result: (words) => words ?? 'nothing',
      }),
    ),
    orders: aggregating(count()),
  })
  host.setKey('a')
  expect(handles.mean.get()).toBeUndefined()
  for (const cents of [100, 300]) {
    handles.mean.add({ cents })
    handles.orders.add({ cents })
  }
  handles.words.add('a')
  handles.words.add('b')
  expect([handles.mean.get(), handles.orders.get(), handles.words.get()]).toEqual([200, 2, 'a b'])
})

test('what is no function or aggregator is refused', () => {
  expect(() => reducing(1 as never)).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }))
  expect(() => aggregating(undefined as never)).toThrow(/needs an aggregator/)
})
