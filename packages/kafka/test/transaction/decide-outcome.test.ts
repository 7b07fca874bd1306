import { describe, expect, test } from 'vitest'
import { type EndAnswer, knownAnswers } from '../../src/transaction/answers.ts'
import {
  decideOutcome,
  type DescribedTransaction,
  type LedgerFinding,
  type OutcomeFacts,
  transactionStates,
} from '../../src/transaction/decide-outcome.ts'

const producerId = 42
const epoch = 7
const of = (transactionVersion: 1 | 2) => ({ producerId, epoch, transactionVersion })
const findings: readonly LedgerFinding[] = [
  'committed',
  'aborted',
  'open',
  'superseded',
  'absent',
  'unavailable',
]
const answers: readonly EndAnswer[] = [...knownAnswers, 9_999, 'lost']
const described: readonly DescribedTransaction[] = [
  { kind: 'not-found' },
  { kind: 'unavailable' },
  ...transactionStates.flatMap((state) =>
    [producerId, producerId + 1].flatMap((id) =>
      [0, epoch - 1, epoch, epoch + 1, epoch + 2].map(
        (known) => ({ kind: 'known', state, producerId: id, epoch: known }) as const,
      ),
    ),
  ),
]

/** All facts that can be gathered, in each stage of the gathering. */
function* allFacts(): Generator<OutcomeFacts> {
  for (const version of [1, 2] as const) {
    for (const answer of answers) {
      const transaction = of(version)
      yield { transaction, answer }
      for (const state of described) {
        yield { transaction, answer, described: state }
        for (const ledger of findings) yield { transaction, answer, described: state, ledger }
      }
      for (const ledger of findings) yield { transaction, answer, ledger }
    }
  }
}

describe('over all facts that can be gathered', () => {
  test('a promise is given up only on the word of the ledger', () => {
    for (const facts of allFacts()) {
      const decision = decideOutcome(facts)
      if (decision.kind !== 'impossible') continue
      expect(['aborted', 'absent']).toContain(facts.ledger)
    }
  })

  test('nothing counts as committed against the word of the ledger', () => {
    for (const facts of allFacts()) {
      const decision = decideOutcome(facts)
      if (decision.kind === 'committed' && facts.ledger !== undefined && facts.answer !== 0) {
        expect(['committed', 'superseded']).toContain(facts.ledger)
      }
    }
  })

  test('gathering ends: with the ledger there is nothing left to ask', () => {
    for (const facts of allFacts()) {
      if (facts.ledger === undefined) continue
      expect(decideOutcome(facts).kind).not.toMatch(/^ask/)
    }
  })

  test('the state is asked before the ledger, and each only once', () => {
    for (const facts of allFacts()) {
      if (facts.described === undefined) continue
      expect(decideOutcome(facts).kind).not.toBe('ask-state')
    }
  })
})

test('version 1: the state proves under the epoch of the transaction itself', () => {
  const known = { kind: 'known', state: 'CompleteCommit', producerId } as const
  const facts = { transaction: of(1), answer: 90 }
  expect(decideOutcome({ ...facts, described: { ...known, epoch } })).toEqual({
    kind: 'committed',
    by: 'state',
  })
  expect(decideOutcome({ ...facts, described: { ...known, epoch: epoch + 1 } }).kind).toBe(
    'ask-ledger',
  )
})

test('version 2: the state proves under the next epoch; under its own it is the one before', () => {
  const known = { kind: 'known', state: 'CompleteCommit', producerId } as const
  const facts = { transaction: of(2), answer: 90 }
  expect(decideOutcome({ ...facts, described: { ...known, epoch: epoch + 1 } }).kind).toBe(
    'committed',
  )
  expect(decideOutcome({ ...facts, described: { ...known, epoch } }).kind).toBe('ask-ledger')
})

test('the state of another producer proves nothing', () => {
  const state = { kind: 'known', state: 'CompleteCommit', producerId: 43, epoch } as const
  expect(decideOutcome({ transaction: of(1), answer: 49, described: state }).kind).toBe(
    'ask-ledger',
  )
})

test('an open transaction is committed by trying again, not by asking on', () => {
  const state = { kind: 'known', state: 'Ongoing', producerId, epoch } as const
  expect(decideOutcome({ transaction: of(2), answer: 120, described: state }).kind).toBe(
    'try-again',
  )
})

test('not even the certain answer is believed without the ledger', () => {
  const facts = { transaction: of(2), answer: 48 }
  expect(decideOutcome(facts)).toEqual({ kind: 'ask-ledger' })
  expect(decideOutcome({ ...facts, ledger: 'aborted' })).toEqual({
    kind: 'impossible',
    reason: 'aborted',
  })
  expect(decideOutcome({ ...facts, ledger: 'committed' }).kind).toBe('committed')
})
