// The committer of `commit: 'staged'`: sends what a complete checkpoint has kept, in one short
// transaction with the record of the ledger. First the id is taken over, which fences whoever may
// still be sending; then the ledger says whether it was done already.

import {
  type Committer,
  type CommitterContext,
  type NamedCommittable,
  SluiceError,
} from '@sluice/core/connector'
import type { TopicPlace } from '../../cluster/cluster-map.ts'
import type { ClusterClient } from '../../cluster/cluster-client.ts'
import { readLedgerOn } from '../../ledger/ledger-reader.ts'
import { decodeStaged, type StagedCommittable } from '../../transaction/committable.ts'
import { ledgerPartitionOf } from '../../transaction/ledger-record.ts'
import { highestCommitted } from '../../transaction/ledger-scan.ts'
import { nextStagedStep, type StagedFacts } from '../../transaction/staged-commit.ts'
import type { TransactionVersion } from '../../transaction/answers.ts'
import type { StagedSending } from './staged-sending.ts'
import { SweepingCommitter } from '../transaction/sweeping-committer.ts'
import type { TransactionSweeper } from '../transaction/transaction-sweeper.ts'

/** What is known of the ledger for one id, and up to where it was read. */
interface KnownLedger {
  readonly nextOffset: number
  readonly highest: number
}

const nothingKnown: KnownLedger = { nextOffset: 0, highest: 0 }
const waitMs = 20
const longestWaits = 500

export class StagedCommitter extends SweepingCommitter implements Committer {
  readonly #client: ClusterClient
  readonly #ledger: TopicPlace
  readonly #version: TransactionVersion
  readonly #open: (committable: StagedCommittable) => StagedSending
  /** By id: one commit at a time. */
  readonly #turns = new Map<string, Promise<void>>()
  /** By id. */
  readonly #known = new Map<string, KnownLedger>()

  constructor(
    context: CommitterContext,
    client: ClusterClient,
    ledger: TopicPlace,
    version: TransactionVersion,
    sweeper: TransactionSweeper,
    open: (committable: StagedCommittable) => StagedSending,
  ) {
    super(context, sweeper)
    this.#client = client
    this.#ledger = ledger
    this.#version = version
    this.#open = open
  }

  async commit(named: NamedCommittable): Promise<void> {
    const committable = decodeStaged(named.bytes)
    this.sweeper.uses(committable.transactionalId)
    for (let waits = 0; waits < longestWaits; waits++) {
      if (await this.#inTurn(committable, () => this.#attempt(committable, named))) return
      await this.context.timers.sleep(waitMs)
    }
    throw this.#failed(committable, 'the checkpoint before it is not committed yet')
  }

  /** False: the checkpoint before it comes first. */
  async #attempt(committable: StagedCommittable, named: NamedCommittable): Promise<boolean> {
    const sending = this.#open(committable)
    try {
      let facts: StagedFacts = {
        promise: committable,
        transactionVersion: this.#version,
        known: this.#known.get(committable.transactionalId)?.highest,
        initialized: false,
      }
      for (;;) {
        const step = nextStagedStep(facts)
        switch (step.kind) {
          case 'initialize':
            await sending.initialize()
            facts = { ...facts, initialized: true }
            break
          case 'read-ledger':
            facts = { ...facts, highest: await this.#highest(committable) }
            break
          case 'send':
            await sending.send(named, (segment) => this.context.readStaged(segment))
            facts = { ...facts, sent: true }
            break
          case 'end':
            facts = { ...facts, ended: await sending.end() }
            break
          case 'done':
            this.#learn(committable)
            return true
          case 'wait-for-previous':
            return false
          case 'begin-again':
            throw this.#failed(committable, step.because)
          case 'refused':
            throw new SluiceError('KAFKA_FORBIDDEN', `${this.#text(committable)}: ${step.because}.`)
        }
      }
    } finally {
      sending.close()
    }
  }

  /** The ledger only grows, and nothing of this id is open: what was read once stays true. */
  async #highest({ transactionalId }: StagedCommittable): Promise<number> {
    const known = this.#known.get(transactionalId) ?? nothingKnown
    const partition = ledgerPartitionOf(transactionalId)
    const read = await readLedgerOn(this.#client, this.#ledger, partition, known.nextOffset)
    const highest = Math.max(known.highest, highestCommitted(read.events, transactionalId))
    this.#known.set(transactionalId, { nextOffset: read.nextOffset, highest })
    return highest
  }

  #learn({ transactionalId, checkpoint }: StagedCommittable): void {
    const { nextOffset, highest } = this.#known.get(transactionalId) ?? nothingKnown
    this.#known.set(transactionalId, { nextOffset, highest: Math.max(highest, checkpoint) })
  }

  async #inTurn<Result>(
    { transactionalId }: StagedCommittable,
    call: () => Promise<Result>,
  ): Promise<Result> {
    const before = this.#turns.get(transactionalId) ?? Promise.resolve()
    const result = before.then(call)
    this.#turns.set(
      transactionalId,
      result.then(
        () => {},
        () => {},
      ),
    )
    return await result
  }

  #failed(committable: StagedCommittable, because: string): SluiceError {
    const { sink } = this.context
    const { checkpoint } = committable
    return new SluiceError('COMMIT_FAILED', `${this.#text(committable)}: ${because}.`, {
      where: { sink, checkpoint },
    })
  }

  #text({ transactionalId, checkpoint }: StagedCommittable): string {
    return `The records of checkpoint ${checkpoint} are not sent yet (${transactionalId})`
  }
}
