import { expect, test } from 'vitest'
import {
  type AnswerMeaning,
  type EndOperation,
  judgeAnswer,
  knownAnswers,
  type TransactionVersion,
} from '../../src/transaction/answers.ts'

type Measured = readonly [
  state: string,
  version: TransactionVersion,
  operation: EndOperation,
  code: number,
  truth: 'committed' | 'not-committed' | 'unknown',
]

/** What real brokers answered (4.4.0 and 4.2.0), and what had become of the transaction. */
const measured: readonly Measured[] = [
  ['open', 1, 'commit', 0, 'committed'],
  ['open', 2, 'commit', 0, 'committed'],
  ['committed, asked again', 1, 'commit', 0, 'committed'],
  ['committed, asked again', 2, 'commit', 0, 'committed'],
  ['aborted, asked again', 1, 'commit', 48, 'not-committed'],
  ['aborted, asked again', 2, 'commit', 48, 'not-committed'],
  ['aborted on time-out', 1, 'commit', 90, 'not-committed'],
  ['aborted on time-out', 2, 'commit', 48, 'not-committed'],
  ['committed, then InitProducerId', 1, 'commit', 90, 'committed'],
  ['committed, then InitProducerId', 2, 'commit', 90, 'committed'],
  ['aborted by InitProducerId', 1, 'commit', 90, 'not-committed'],
  ['aborted by InitProducerId', 2, 'commit', 90, 'not-committed'],
  ['committed, the next one is open', 2, 'commit', 90, 'committed'],
  ['nothing was ever produced', 1, 'commit', 48, 'not-committed'],
  ['nothing was ever produced', 2, 'commit', 48, 'not-committed'],
  ['expired id', 1, 'commit', 49, 'unknown'],
  ['expired id', 2, 'commit', 49, 'unknown'],
]

test('no answer to a commit is taken for more than it says', () => {
  for (const [state, version, operation, code, truth] of measured) {
    const { meaning } = judgeAnswer(version, operation, code)
    const allowed: Record<typeof truth, AnswerMeaning[]> = {
      committed: ['done', 'ask'],
      'not-committed': ['not-committed', 'ask'],
      unknown: ['ask'],
    }
    expect(allowed[truth], `${state}, version ${version}`).toContain(meaning)
  }
})

test('an answer that two truths share is asked about', () => {
  const truths = new Map<string, Set<string>>()
  for (const [, version, operation, code, truth] of measured) {
    const key = `${version} ${operation} ${code}`
    truths.set(key, (truths.get(key) ?? new Set()).add(truth))
  }
  for (const [key, possible] of truths) {
    const [version, operation, code] = key.split(' ') as [string, EndOperation, string]
    const { meaning } = judgeAnswer(Number(version) as TransactionVersion, operation, Number(code))
    if (possible.size > 1) expect(meaning, key).toBe('ask')
  }
})

test('every code and every lost answer means something, with a reason', () => {
  for (const version of [1, 2] as const) {
    for (const operation of ['commit', 'abort'] as const) {
      for (const answer of [...knownAnswers, -7, 300, 'lost' as const]) {
        const { meaning, because } = judgeAnswer(version, operation, answer)
        expect(because.length).toBeGreaterThan(10)
        if (operation === 'abort') expect(['done', 'retry', 'fatal']).toContain(meaning)
      }
    }
  }
})

test('an abort is done when nothing of the transaction can be open', () => {
  for (const code of [0, 48, 47, 90, 49, 105]) {
    expect(judgeAnswer(1, 'abort', code).meaning).toBe('done')
    expect(judgeAnswer(2, 'abort', code).meaning).toBe('done')
  }
})

test('what passes by itself is tried again, what a person has to mend is not', () => {
  for (const code of [7, 13, 14, 15, 16, 51, 56, -1, 'lost'] as const) {
    expect(judgeAnswer(2, 'commit', code).meaning).toBe('retry')
  }
  for (const code of [29, 31, 35, 53, 58])
    expect(judgeAnswer(2, 'commit', code).meaning).toBe('fatal')
})

test('a code that the table does not hold is never believed', () => {
  expect(judgeAnswer(1, 'commit', 9_999).meaning).toBe('ask')
  expect(judgeAnswer(2, 'commit', -2).meaning).toBe('ask')
  expect(judgeAnswer(2, 'abort', 9_999).meaning).toBe('retry')
})
