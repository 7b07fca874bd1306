import { expect, test } from 'vitest'
import { transactionStates } from '../../src/transaction/decide-outcome.ts'
import {
  decideSweep,
  idOfOrphan,
  orphanName,
  type SweepScope,
} from '../../src/transaction/decide-sweep.ts'
import { formatTransactionalId } from '../../src/transaction/transactional-id.ts'

const log = '0123456789abcdef'
const otherLog = 'fedcba9876543210'
const scope: SweepScope = {
  job: 'shop',
  logId: log,
  generation: 5,
  promised: new Set([`sluice/shop/${log}/3/out/0/1`]),
}

function verdict(transactionalId: string, change: Partial<SweepScope> = {}) {
  return decideSweep({ transactionalId, state: 'Ongoing' }, { ...scope, ...change })
}

test('what lower generations left open is ended, whatever the parallelism was', () => {
  expect(verdict(`sluice/shop/${log}/3/out/0/0`)).toBe('abort')
  expect(verdict(`sluice/shop/${log}/4/out/77/12`)).toBe('abort')
  expect(verdict(`sluice/shop/${log}/1/removed-sink/0/0`)).toBe('abort')
})

test('what the newest entry below the fence names is left alone', () => {
  expect(verdict(`sluice/shop/${log}/3/out/0/1`)).toBe('promised')
  expect(verdict(`sluice/shop/${log}/3/out/0/10`)).toBe('abort')
})

test('own transactions and those of a successor are left alone', () => {
  expect(verdict(`sluice/shop/${log}/5/out/0/0`)).toBe('not-older')
  expect(verdict(`sluice/shop/${log}/6/out/0/0`)).toBe('not-older')
  expect(verdict(`sluice/shop/${log}/50/out/0/0`)).toBe('not-older')
})

test('another job is never touched, though its name begins with ours', () => {
  for (const id of [
    `sluice/shop-2/${log}/3/out/0/0`,
    `sluice/sho/${log}/3/out/0/0`,
    `other/shop/${log}/3/out/0/0`,
    'my-application-7',
    '',
  ]) {
    expect(verdict(id), id).toBe('foreign')
  }
})

test('another log of this job is not touched', () => {
  expect(verdict(`sluice/shop/${otherLog}/1/out/0/0`)).toBe('other-log')
  expect(verdict(`sluice/shop/${otherLog}/9/out/0/0`)).toBe('other-log')
})

test('where nothing is open nothing is ended, and what ends by itself is not hurried', () => {
  const transactionalId = `sluice/shop/${log}/3/out/0/0`
  const verdicts = transactionStates.map((state) => decideSweep({ transactionalId, state }, scope))
  const open = transactionStates.filter((_, index) => verdicts[index] === 'abort')
  expect(open).toEqual(['Ongoing', 'PrepareEpochFence'])
  expect(new Set(verdicts)).toEqual(new Set(['abort', 'closed']))
})

test('an id that generations share is ended only while it is open', () => {
  const transactionalId = `sluice/shop/${log}/staged/out/0`
  expect(decideSweep({ transactionalId, state: 'Ongoing' }, scope)).toBe('abort')
  expect(decideSweep({ transactionalId, state: 'CompleteCommit' }, scope)).toBe('closed')
  expect(decideSweep({ transactionalId, state: 'Empty' }, scope)).toBe('closed')
})

test('the engine hears of an orphan by a name that leads back to its id', () => {
  const slot = {
    kind: 'slot',
    job: 'shop',
    logId: log,
    generation: 3,
    sink: 'out',
    subtask: 4,
    slot: 2,
  } as const
  const staged = { kind: 'staged', job: 'shop', logId: log, sink: 'out', subtask: 4 } as const
  for (const id of [slot, staged]) {
    const name = orphanName(id)
    expect(idOfOrphan('shop', name)).toEqual(id)
    expect(formatTransactionalId(idOfOrphan('shop', name) ?? slot)).toBe(formatTransactionalId(id))
  }
  expect(orphanName(staged).generation).toBe(0)
})

test('a name that was not made for an orphan leads nowhere', () => {
  const name = orphanName({
    kind: 'slot',
    job: 'shop',
    logId: log,
    generation: 3,
    sink: 'out',
    subtask: 4,
    slot: 2,
  })
  expect(idOfOrphan('shop', { ...name, checkpoint: 9 })).toBeUndefined()
  for (const part of ['', '4/2/1', 'x', '4/x', '4', '4/', '/2', '04/2']) {
    expect(idOfOrphan('shop', { ...name, part }), part).toBeUndefined()
  }
})
