// Deliberate defects of the sink, each at one of its seams, put in and taken out again by tests:
// what simulated copies that find nothing would have to find. The sink knows nothing of them.

import { RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import { ClusterClient } from '../../src/cluster/cluster-client.ts'
import { StagedCommitter } from '../../src/sink/staged/staged-committer.ts'
import { endTransaction } from '../../src/sink/transaction/end-transaction.ts'
import { TransactionWriter } from '../../src/sink/transaction/transaction-writer.ts'
import { PartitionQueue } from '../../src/sink/writing/partition-queue.ts'
import { decodeStaged, decodeTransaction, encodeStaged } from '../../src/transaction/committable.ts'
import { SlotPool } from '../../src/transaction/slot-pool.ts'
import { BrokerSession } from '../../src/wire/connection/broker-session.ts'
import { endTxn } from '../../src/wire/message/transactions.ts'

export interface Plant {
  readonly what: string
  /** The way of committing that it concerns. */
  readonly commit: 'transaction' | 'staged'
  /** Puts the defect in; the returned function takes it out. */
  install(): () => void
}

/** The writer ends its transaction itself, at the barrier. */
const hastyCommit: Plant = {
  what: 'a transaction is committed before its checkpoint is complete',
  commit: 'transaction',
  install() {
    const { ask } = ClusterClient.prototype
    const { prepareCommit } = TransactionWriter.prototype
    const clients = new Map<string, ClusterClient>()
    ClusterClient.prototype.ask = function look(this: ClusterClient, ...given) {
      const [target] = given
      if (target.kind === 'transaction') clients.set(target.id, this)
      return Reflect.apply(ask, this, given) as never
    }
    TransactionWriter.prototype.prepareCommit = async function end(checkpoint) {
      const committables = await prepareCommit.call(this, checkpoint)
      for (const { bytes } of committables) {
        const prepared = decodeTransaction(bytes)
        const client = clients.get(prepared.transactionalId)
        if (client === undefined) continue
        await endTransaction(client, prepared.transactionalId, prepared, 'commit')
      }
      return committables
    }
    return () => {
      ClusterClient.prototype.ask = ask
      TransactionWriter.prototype.prepareCommit = prepareCommit
    }
  },
}

/** The slot is free when its own entry stands, not when a later one does. */
const hastyReuse: Plant = {
  what: 'an id is used again while it is not known whether its last transaction is committed',
  commit: 'transaction',
  install() {
    const pool = SlotPool.prototype
    const { completed } = pool
    pool.completed = function free(this: SlotPool, checkpoint) {
      completed.call(this, checkpoint)
      completed.call(this, checkpoint + 0.5)
    }
    return () => {
      pool.completed = completed
    }
  },
}

const errorsForCommits: Plant = {
  what: 'a commit that fails is taken for one that is done',
  commit: 'transaction',
  install() {
    const session = BrokerSession.prototype
    const { send } = session
    session.send = async function believe(this: BrokerSession, ...given) {
      const [api] = given
      const answer: Promise<unknown> = Reflect.apply(send, this, given)
      const done = { errorCode: 0, producerId: -1, producerEpoch: -1 }
      return (await (api.key === endTxn.key ? answer.catch(() => done) : answer)) as never
    }
    return () => {
      session.send = send
    }
  },
}

/** What stands in the ledger in its place is nobody's. */
const forgottenLedger: Plant = {
  what: 'the record of the ledger is left out of the transaction that it proves',
  commit: 'staged',
  install() {
    const builder = RecordBatchBuilder.prototype
    const { append } = builder
    const nobody = new TextEncoder().encode('nobody')
    builder.append = function forget(this: RecordBatchBuilder, key, ...rest) {
      const isLedger = key !== undefined && Buffer.from(key).toString().startsWith('sluice/')
      return append.call(this, isLedger ? nobody : key, ...rest)
    }
    return () => {
      builder.append = append
    }
  },
}

const sentTwice: Plant = {
  what: 'staged records are sent again under another id when a commit has failed',
  commit: 'staged',
  install() {
    const committer = StagedCommitter.prototype
    const { commit } = committer
    committer.commit = async function repeat(this: StagedCommitter, named) {
      await commit.call(this, named).catch(async () => {
        const staged = decodeStaged(named.bytes)
        const transactionalId = staged.transactionalId.replace(/[0-9]+$/, '9$&')
        const bytes = encodeStaged({ ...staged, transactionalId, previous: 0 })
        await commit.call(this, { ...named, bytes })
      })
    }
    return () => {
      committer.commit = commit
    }
  },
}

const unansweredForWritten: Plant = {
  what: 'a batch without an answer counts as written',
  commit: 'transaction',
  install() {
    const queue = PartitionQueue.prototype
    const { failed, acknowledged } = queue
    queue.failed = acknowledged
    return () => {
      queue.failed = failed
    }
  },
}

export const plants: readonly Plant[] = [
  hastyCommit,
  hastyReuse,
  errorsForCommits,
  forgottenLedger,
  sentTwice,
  unansweredForWritten,
]
