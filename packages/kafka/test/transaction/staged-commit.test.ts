import { expect, test } from 'vitest'
import { knownAnswers } from '../../src/transaction/answers.ts'
import { nextStagedStep, type StagedFacts } from '../../src/transaction/staged-commit.ts'

const begun: StagedFacts = {
  promise: { checkpoint: 5, previous: 0 },
  transactionVersion: 2,
  initialized: false,
}

test('the steps come in their order', () => {
  expect(nextStagedStep(begun)).toEqual({ kind: 'initialize' })
  const initialized = { ...begun, initialized: true }
  expect(nextStagedStep(initialized)).toEqual({ kind: 'read-ledger' })
  const read = { ...initialized, highest: 4 }
  expect(nextStagedStep(read)).toEqual({ kind: 'send' })
  const sent = { ...read, sent: true }
  expect(nextStagedStep(sent)).toEqual({ kind: 'end' })
  expect(nextStagedStep({ ...sent, ended: 0 })).toEqual({ kind: 'done', by: 'answer' })
})

test('what was read before InitProducerId counts for nothing', () => {
  expect(nextStagedStep({ ...begun, highest: 9, sent: true, ended: 0 })).toEqual({
    kind: 'initialize',
  })
})

test('at or below the floor nothing is sent', () => {
  for (const highest of [5, 6, 70]) {
    expect(nextStagedStep({ ...begun, initialized: true, highest })).toEqual({
      kind: 'done',
      by: 'ledger',
    })
  }
})

test('a checkpoint waits for the one before it, which would else count as done', () => {
  const facts = { ...begun, initialized: true, promise: { checkpoint: 5, previous: 4 } }
  expect(nextStagedStep({ ...facts, highest: 3 })).toEqual({ kind: 'wait-for-previous' })
  expect(nextStagedStep({ ...facts, highest: 4 })).toEqual({ kind: 'send' })
})

test('what is known to be missing before it is waited for without a new epoch', () => {
  const facts = { ...begun, promise: { checkpoint: 5, previous: 4 } }
  expect(nextStagedStep({ ...facts, known: 3 })).toEqual({ kind: 'wait-for-previous' })
  for (const known of [undefined, 4, 5]) {
    expect(nextStagedStep({ ...facts, known })).toEqual({ kind: 'initialize' })
  }
})

test('after EndTxn every doubt begins with InitProducerId again', () => {
  const sent = { ...begun, initialized: true, highest: 0, sent: true }
  for (const ended of [48, 90, 47, 49, 105, 120, 9_999, 'lost'] as const) {
    expect(nextStagedStep({ ...sent, ended }).kind, `${ended}`).toBe('begin-again')
  }
  for (const ended of [14, 15, 16, 51]) expect(nextStagedStep({ ...sent, ended }).kind).toBe('end')
  for (const ended of [53, 58]) expect(nextStagedStep({ ...sent, ended }).kind).toBe('refused')
})

test('only the answer 0 and the ledger make it done', () => {
  const sent = { ...begun, initialized: true, highest: 0, sent: true }
  const done = knownAnswers.filter((ended) => nextStagedStep({ ...sent, ended }).kind === 'done')
  expect(done).toEqual([0])
})
