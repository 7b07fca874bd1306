import type { NamedCommittable } from '@sluice/core/connector'
import { expect, test } from 'vitest'
import { StagedCommitter } from '../../src/sink/staged/staged-committer.ts'
import { StagedSending } from '../../src/sink/staged/staged-sending.ts'
import { ClusterTransactions } from '../../src/sink/transaction/cluster-transactions.ts'
import { TransactionSweeper } from '../../src/sink/transaction/transaction-sweeper.ts'
import { ensureLedger } from '../../src/ledger/ledger-topic.ts'
import { encodeStaged } from '../../src/transaction/committable.ts'
import { initProducerId } from '../../src/wire/message/transactions.ts'
import { CommitterWorld, logId } from './committer-world.ts'

const transactionalId = `sluice/shop/${logId}/staged/out/0`

/** A checkpoint of which the ledger record is all that there is. */
function staged(checkpoint: number, previous: number): NamedCommittable {
  const name = { logId, sink: 'out', generation: 5, checkpoint, part: '0' }
  const bytes = encodeStaged({ transactionalId, checkpoint, previous, records: 0, partitions: [] })
  return { name, bytes, staged: [] }
}

test('who waits for the checkpoint before makes no new epoch with each look', async () => {
  const under = new CommitterWorld()
  await under.run(async (platform) => {
    const client = under.client(platform)
    const context = under.context(platform)
    const ledger = await ensureLedger(client, platform.timers)
    const transactions = new ClusterTransactions(client, 2)
    const sweeper = new TransactionSweeper(context, client)
    const limits = { timeoutMs: 60_000, requestTimeoutMs: 30_000, deliveryTimeoutMs: 60_000 }
    const committer = new StagedCommitter(
      context,
      client,
      ledger,
      2,
      sweeper,
      (committable) =>
        new StagedSending(context, committable, client, transactions, {
          ...limits,
          bufferBytes: 1 << 20,
        }),
    )
    const early = committer.commit(staged(2, 1))
    await expect(early).rejects.toMatchObject({ code: 'COMMIT_FAILED' })
    expect(under.asked(initProducerId)).toBe(1)
    const again = committer.commit(staged(2, 1))
    await committer.commit(staged(1, 0))
    await again
    expect(under.asked(initProducerId)).toBe(3)
    // It is committed, so it is done, whoever asks.
    await committer.commit(staged(1, 0))
    await committer.close()
  })
})
