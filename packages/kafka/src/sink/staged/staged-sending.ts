// One attempt to send the staged records of a checkpoint, under one id: takes the id over, sends
// batches and the ledger record, ends the transaction.

import type { CommitterContext, NamedCommittable, StagedSegment } from '@sluice/core/connector'
import type { ClusterClient } from '../../cluster/cluster-client.ts'
import { BufferPool } from '../../records/buffer-pool.ts'
import { RecordBatchBuilder } from '../../records/record-batch-builder.ts'
import type { EndAnswer } from '../../transaction/answers.ts'
import type { StagedCommittable } from '../../transaction/committable.ts'
import {
  encodeLedgerRecord,
  ledgerKey,
  ledgerPartitionOf,
  ledgerTopic,
} from '../../transaction/ledger-record.ts'
import { BatchSender } from '../writing/batch-sender.ts'
import { PartitionQueue } from '../writing/partition-queue.ts'
import type { Producer } from '../writing/producer.ts'
import { stagedBatches } from './staged-batches.ts'
import { endTransaction } from '../transaction/end-transaction.ts'
import type { ClusterTransactions } from '../transaction/cluster-transactions.ts'

export interface StagedSendingOptions {
  readonly timeoutMs: number
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  /** What may be on its way. */
  readonly bufferBytes: number
}

const small = { batchBytes: 1 << 16, recordBytes: 1 << 16, messageBytes: 1 << 16 }

export class StagedSending {
  readonly #context: CommitterContext
  readonly #committable: StagedCommittable
  readonly #client: ClusterClient
  readonly #transactions: ClusterTransactions
  readonly #options: StagedSendingOptions
  readonly #sender: BatchSender
  readonly #queues = new Map<string, PartitionQueue>()
  #producer: Producer | undefined
  #waiting: (() => void)[] = []

  constructor(
    context: CommitterContext,
    committable: StagedCommittable,
    client: ClusterClient,
    transactions: ClusterTransactions,
    options: StagedSendingOptions,
  ) {
    this.#context = context
    this.#committable = committable
    this.#client = client
    this.#transactions = transactions
    this.#options = options
    this.#sender = new BatchSender(context, {
      transport: transactions,
      addPartitions:
        transactions.version === 1
          ? (producer, queues) => transactions.addPartitions(producer, queues)
          : undefined,
      pool: new BufferPool(0),
      requestTimeoutMs: options.requestTimeoutMs,
      deliveryTimeoutMs: options.deliveryTimeoutMs,
      moved: () => this.#wake(),
    })
  }

  async initialize(): Promise<void> {
    const { transactionalId } = this.#committable
    const producer = await this.#transactions.initialize(transactionalId, this.#options.timeoutMs)
    this.#producer = { ...producer, transactionalId }
    this.#sender.begin(this.#producer)
  }

  /** Every record, and the ledger record behind them, acknowledged. */
  async send(
    { name, staged = [] }: NamedCommittable,
    read: (segment: StagedSegment) => Promise<Uint8Array>,
  ): Promise<void> {
    const producer = this.#producer as Producer
    for (const segment of staged) {
      const bytes = await read(segment)
      for (const { topic, partition, batch } of stagedBatches(bytes)) {
        this.#sender.sealed(this.#queueOf(topic, partition).enqueue(batch, producer))
      }
      this.#sender.pump()
      await this.#until(() => this.#sender.bytes < this.#options.bufferBytes)
    }
    await this.#until(() => this.#sender.settled)
    const { transactionalId, checkpoint, records } = this.#committable
    const { logId, sink, generation } = name
    const { epoch } = producer
    const ledger = this.#queueOf(ledgerTopic, ledgerPartitionOf(transactionalId))
    ledger.builder.append(
      ledgerKey(transactionalId),
      encodeLedgerRecord({ logId, sink, generation, checkpoint, records, epoch }),
      undefined,
      this.#context.clock.now(),
    )
    this.#sender.sealed(ledger.seal(producer, 'none'))
    this.#sender.pump()
    await this.#until(() => this.#sender.settled)
  }

  async end(): Promise<EndAnswer> {
    const { transactionalId } = this.#committable
    const { producerId, epoch } = this.#producer as Producer
    const triple = { producerId, epoch, transactionVersion: this.#transactions.version }
    try {
      return await endTransaction(this.#client, transactionalId, triple, 'commit')
    } catch (error) {
      this.#context.log.debug(`A commit was not answered: ${String(error)}`, { transactionalId })
      return 'lost'
    }
  }

  close(): void {
    this.#sender.close()
    this.#wake()
  }

  #queueOf(topic: string, partition: number): PartitionQueue {
    const key = `${topic}/${partition}`
    const known = this.#queues.get(key)
    if (known !== undefined) return known
    const builder = new RecordBatchBuilder(small, new BufferPool(0))
    const queue = new PartitionQueue(topic, partition, builder)
    this.#queues.set(key, queue)
    this.#sender.add(queue)
    return queue
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#sender.failure !== undefined) throw this.#sender.failure
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    if (this.#sender.failure !== undefined) throw this.#sender.failure
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
