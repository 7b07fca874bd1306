import { expect, test } from 'vitest'
import type { TransactionCommittable } from '../../src/transaction/committable.ts'
import { impossibleCommit } from '../../src/transaction/impossible-commit.ts'

function committable(partitions: number): TransactionCommittable {
  return {
    transactionalId: 'sluice/shop/0123456789abcdef/3/out/0/1',
    producerId: 4_242,
    epoch: 7,
    transactionVersion: 2,
    checkpoint: 12,
    records: 5 * partitions,
    partitions: Array.from({ length: partitions }, (_, partition) => ({
      topic: 'orders',
      partition,
      records: 5,
    })),
    ledgerPartition: 9,
    ledgerOffset: 77,
    abortsAtMs: 1_700_000_000_000,
  }
}

test('it says checkpoint, sink, how many records of which partitions, and what to do', () => {
  const error = impossibleCommit('out', committable(2), 'aborted')
  expect(error).toMatchObject({
    code: 'COMMIT_IMPOSSIBLE',
    retry: 'never',
    where: { sink: 'out', checkpoint: 12 },
  })
  expect(error.message).toContain('Checkpoint 12 promised 10 records')
  expect(error.message).toContain('orders-0 (5), orders-1 (5)')
  expect(error.hint).toContain('--from ID --accept-duplicates')
})

test('of many partitions the first are listed and the others counted', () => {
  const { message } = impossibleCommit('out', committable(33), 'never-recorded')
  expect(message).toContain('orders-19 (5), 13 more.')
  expect(message).not.toContain('orders-20')
})
