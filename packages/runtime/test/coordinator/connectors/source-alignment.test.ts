// Who waits for whom: the lowest watermark of each group, told when it has changed.

import { expect, test } from 'vitest'
import type { Step } from '@sluice/core/internal'
import { SourceAlignment } from '../../../src/coordinator/connectors/source-alignment.ts'
import type { ToWorker } from '../../../src/worker/messages.ts'

function source(id: string, alignment?: { readonly maxDriftMs: number; readonly group?: string }) {
  const watermarks = { maxOutOfOrdernessMs: 0, ...(alignment === undefined ? {} : { alignment }) }
  return { id, kind: 'source', source: { watermarks } } as unknown as Step
}

function aligned(...steps: Step[]) {
  const told: [string, number][] = []
  const alignment = new SourceAlignment(steps, (message: ToWorker) => {
    if (message.type === 'align') told.push([message.step, message.lowest])
  })
  return { alignment, told: () => told.splice(0) }
}

test('sources of a group hear of the slowest, each once, and only when that has moved', () => {
  const { alignment, told } = aligned(
    source('bids', { maxDriftMs: 1, group: 'auctions' }),
    source('people', { maxDriftMs: 2, group: 'auctions' }),
  )
  alignment.report('bids', 0, 100)
  expect(told()).toEqual([
    ['bids', 100],
    ['people', 100],
  ])
  alignment.report('people', 0, 50)
  expect(told()).toEqual([
    ['bids', 50],
    ['people', 50],
  ])
  alignment.report('bids', 0, 120)
  expect(told()).toEqual([])
  alignment.report('people', 0, 300)
  expect(told()).toEqual([
    ['bids', 120],
    ['people', 120],
  ])
})

test('without a group the subtasks of a source wait for each other alone', () => {
  const { alignment, told } = aligned(
    source('a', { maxDriftMs: 1 }),
    source('b', { maxDriftMs: 1 }),
    source('c'),
  )
  alignment.report('a', 0, 10)
  alignment.report('a', 1, 5)
  alignment.report('b', 0, 1)
  alignment.report('c', 0, 0)
  expect(told()).toEqual([
    ['a', 10],
    ['a', 5],
    ['b', 1],
  ])
})

test('a group whose name is that of a source is another one', () => {
  const { alignment, told } = aligned(
    source('a', { maxDriftMs: 1 }),
    source('b', { maxDriftMs: 1, group: 'a' }),
  )
  alignment.report('b', 0, 1)
  expect(told()).toEqual([['b', 1]])
})

test('who has ended or is idle holds nobody up', () => {
  const { alignment, told } = aligned(source('a', { maxDriftMs: 1 }))
  alignment.report('a', 0, 10)
  alignment.report('a', 1, 20)
  told()
  alignment.report('a', 0, Number.POSITIVE_INFINITY)
  expect(told()).toEqual([['a', 20]])
  alignment.report('a', 1, Number.POSITIVE_INFINITY)
  expect(told()).toEqual([['a', Number.POSITIVE_INFINITY]])
})
