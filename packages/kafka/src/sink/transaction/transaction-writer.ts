// The writer of `commit: 'transaction'`, one per subtask: a transaction for each checkpoint. What
// it wrote is in the log of its partitions at once, and nobody who reads committed records sees it.
// At the barrier everything is acknowledged, then the record of the ledger, then the transaction is
// named; from there on only its committer touches it.

import {
  type Committable,
  type SinkWriter,
  SluiceError,
  type WriterContext,
} from '@sluice/core/connector'
import { encodeTransaction, type PartitionCount } from '../../transaction/committable.ts'
import {
  encodeLedgerRecord,
  ledgerKey,
  ledgerPartitionOf,
  ledgerTopic,
} from '../../transaction/ledger-record.ts'
import { SlotPool, type TakenSlot } from '../../transaction/slot-pool.ts'
import {
  decideTime,
  elapsedMs,
  headroomMs,
  type Moment,
  momentOf,
} from '../../transaction/transaction-time.ts'
import { formatTransactionalId } from '../../transaction/transactional-id.ts'
import { RecordBatchBuilder } from '../../records/record-batch-builder.ts'
import { PartitionQueue } from '../writing/partition-queue.ts'
import type { Producer } from '../writing/producer.ts'
import { SendingOutput } from '../writing/sending-output.ts'
import { shortOfTime } from '../sink-errors.ts'
import type { WritingOptions } from '../writing/writing-options.ts'
import { type TransactionClient, UnansweredProducer } from './transaction-client.ts'

/** What a transaction is written under. */
interface OpenTransaction extends Producer {
  readonly transactionalId: string
  readonly slot: number
  /** When the broker began to count; undefined: not yet. */
  began: Moment | undefined
}

/** Transactions that are prepared, and what time is left to them. */
interface PreparedTransaction {
  readonly checkpoint: number
  readonly began: Moment
}

const timeLookMs = 500
/** Share of the time-out after which a checkpoint that has not come is asked for again. */
const askedShare = 1 / 15
const reopenPauseMs = 50

export class TransactionWriter<T> implements SinkWriter<T> {
  readonly #context: WriterContext
  readonly #options: WritingOptions<T>
  readonly #client: TransactionClient
  readonly #slots: SlotPool
  readonly #output: SendingOutput<T>
  /** By ledger partition. */
  readonly #ledgers = new Map<number, PartitionQueue>()
  #open: OpenTransaction | undefined
  #opening = false
  #prepared: PreparedTransaction[] = []
  #failure: SluiceError | undefined
  /** Since when InitProducerId goes unanswered, whatever the id. */
  #unansweredSinceMs: number | undefined
  /** When a checkpoint was asked for that has not come to this writer yet. */
  #askedAtMs = Number.NEGATIVE_INFINITY
  /** The oldest that was prepared and is not promised yet. */
  #unpromised: { readonly checkpoint: number; readonly atMs: number } | undefined
  #lastedMs = 0

  constructor(context: WriterContext, options: WritingOptions<T>, client: TransactionClient) {
    this.#context = context
    this.#options = options
    this.#client = client
    this.#slots = new SlotPool(client.version)
    this.#output = new SendingOutput(
      context,
      options,
      client,
      client.version === 1
        ? (producer, queues) => client.addPartitions(producer, queues)
        : undefined,
    )
    this.#output.every(timeLookMs, () => this.#lookAtTime())
    void this.#begin()
  }

  write(records: readonly T[], timestamps: Float64Array, from: number, length: number): number {
    this.#throwFailure()
    const open = this.#open
    if (open === undefined) return 0
    open.began ??= momentOf(this.#context.clock)
    return this.#output.take(records, timestamps, from, length)
  }

  async ready(): Promise<void> {
    while (!this.#failed && (this.#open === undefined || this.#output.busy)) {
      await this.#output.turn()
    }
  }

  async prepareCommit(checkpoint: number): Promise<readonly Committable[]> {
    this.#throwFailure()
    this.#askedAtMs = Number.NEGATIVE_INFINITY
    await this.#flush()
    const open = this.#open
    const partitions = this.#written()
    if (open === undefined || partitions.length === 0) {
      // The broker knows of no transaction as long as nothing is written.
      if (open !== undefined) open.began = undefined
      this.#output.grow()
      return []
    }
    const records = partitions.reduce((sum, { records: count }) => sum + count, 0)
    const ledger = await this.#writeLedger(open, checkpoint, records)
    const now = momentOf(this.#context.clock)
    const { transactionalId, producerId, epoch, began = now } = open
    const { timeoutMs } = this.#options
    const leftMs = headroomMs({ timeoutMs, oldestAgeMs: elapsedMs(began, now) })
    const bytes = encodeTransaction({
      transactionalId,
      producerId,
      epoch,
      transactionVersion: this.#client.version,
      checkpoint,
      records,
      partitions,
      ledgerPartition: ledger.partition,
      ledgerOffset: Math.max(0, ledger.firstOffset),
      abortsAtMs: Math.floor(now.wallMs + leftMs),
    })
    this.#slots.prepared(open.slot, checkpoint)
    this.#prepared.push({ checkpoint, began })
    this.#unpromised ??= { checkpoint, atMs: this.#nowMs() }
    this.#open = undefined
    this.#output.grow()
    void this.#begin()
    return [{ part: `${this.#context.subtask}/${open.slot}`, bytes }]
  }

  checkpointCompleted(checkpoint: number): void {
    this.#slots.completed(checkpoint)
    const waited = this.#unpromised
    // Only what was prepared has waited: of an idle writer, checkpoints say nothing.
    if (waited !== undefined && waited.checkpoint <= checkpoint) {
      this.#lastedMs = Math.max(this.#nowMs() - waited.atMs, this.#lastedMs / 2)
      this.#unpromised = undefined
    }
    // Commits of what came before it are proven; its own are under way.
    this.#prepared = this.#prepared.filter((each) => each.checkpoint >= checkpoint)
  }

  async close(): Promise<void> {
    this.#output.close()
  }

  get #failed(): boolean {
    return this.#failure !== undefined || this.#output.failed
  }

  /** Everything that was taken is acknowledged by the brokers. */
  async #flush(): Promise<void> {
    this.#output.sealOlderThan(Number.POSITIVE_INFINITY)
    while (!this.#output.sender.settled) {
      this.#throwFailure()
      await this.#output.turn()
    }
    this.#throwFailure()
  }

  #written(): PartitionCount[] {
    return this.#output.queues
      .filter(({ recordCount }) => recordCount > 0)
      .map(({ topic, partition, recordCount: records }) => ({ topic, partition, records }))
  }

  /** The last record of the transaction. */
  async #writeLedger(
    { transactionalId, epoch }: OpenTransaction,
    checkpoint: number,
    records: number,
  ): Promise<PartitionQueue> {
    const { logId, sink, generation, clock } = this.#context
    const queue = this.#ledgerOf(ledgerPartitionOf(transactionalId))
    queue.builder.append(
      ledgerKey(transactionalId),
      encodeLedgerRecord({ logId, sink, generation, checkpoint, records, epoch }),
      undefined,
      clock.now(),
    )
    this.#output.seal(queue)
    await this.#flush()
    return queue
  }

  #ledgerOf(partition: number): PartitionQueue {
    const known = this.#ledgers.get(partition)
    if (known !== undefined) return known
    const builder = new RecordBatchBuilder(this.#options.limits, this.#output.pool)
    const queue = new PartitionQueue(ledgerTopic, partition, builder)
    this.#ledgers.set(partition, queue)
    this.#output.sender.add(queue)
    return queue
  }

  /** Takes a slot for the next transaction; asks for its producer where it has none. */
  async #begin(): Promise<void> {
    if (this.#opening || this.#failed) return
    this.#opening = true
    try {
      const taken = this.#slots.take()
      const transactionalId = this.#idOf(taken.slot)
      const producer = await this.#producerOf(taken, transactionalId)
      if (producer === undefined || this.#output.closed) return
      for (const queue of [...this.#output.queues, ...this.#ledgers.values()]) queue.begin()
      this.#open = { ...producer, transactionalId, slot: taken.slot, began: undefined }
      this.#output.begin(this.#open)
    } catch (error) {
      this.#failure ??= SluiceError.from(error, 'SINK_FAILED', 'No transaction could be opened', {
        step: this.#context.step,
      })
    } finally {
      this.#opening = false
      this.#output.wake()
    }
  }

  async #producerOf(
    taken: TakenSlot,
    transactionalId: string,
  ): Promise<Omit<Producer, 'transactionalId'> | undefined> {
    if (taken.begin === 'continue') return taken
    const sinceMs = this.#unansweredSinceMs ?? this.#nowMs()
    try {
      const producer = await this.#client.initialize(transactionalId, this.#options.timeoutMs)
      this.#slots.opened(taken.slot, producer.producerId, producer.epoch)
      this.#unansweredSinceMs = undefined
      return producer
    } catch (error) {
      if (!(error instanceof UnansweredProducer)) throw error
      // A late request would abort what is prepared under this id meanwhile.
      this.#slots.unanswered(taken.slot)
      this.#context.log.warn(`A transactional id is given up: ${String(error.cause)}`, {
        transactionalId,
      })
      this.#unansweredSinceMs = sinceMs
      const triedMs = this.#nowMs() - sinceMs
      if (triedMs >= this.#options.deliveryTimeoutMs) throw unopened(error, triedMs)
      this.#output.after(reopenPauseMs, () => void this.#begin())
      return undefined
    }
  }

  #idOf(slot: number): string {
    const { job, logId, generation, sink, subtask } = this.#context
    return formatTransactionalId({ kind: 'slot', job, logId, generation, sink, subtask, slot })
  }

  /** Stops in time rather than let the broker break a promise. */
  #lookAtTime(): void {
    const began = [...this.#prepared.map((each) => each.began), this.#open?.began]
    const now = momentOf(this.#context.clock)
    const ages = began.flatMap((each) => (each === undefined ? [] : [elapsedMs(each, now)]))
    const { timeoutMs } = this.#options
    const nowMs = now.monotonicMs
    const facts = {
      timeoutMs,
      oldestAgeMs: ages.length === 0 ? undefined : Math.max(...ages),
      lastedMs: this.#lastedMs,
      // One that failed on its way here is not taken for one that comes.
      underWay: nowMs - this.#askedAtMs < timeoutMs * askedShare,
    }
    this.#context.metrics.gauge('transaction-headroom-ms').set(headroomMs(facts))
    const decision = decideTime(facts)
    if (decision.kind === 'checkpoint') {
      this.#askedAtMs = nowMs
      this.#context.requestCheckpoint()
    } else if (decision.kind === 'stop') {
      this.#failure ??= shortOfTime(this.#context.sink, decision.headroomMs, timeoutMs)
      this.#output.wake()
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
    this.#output.throwFailure()
  }

  #nowMs(): number {
    return this.#context.clock.monotonic()
  }
}

/** Nothing is lost: no record was written under what could not be opened. */
function unopened({ cause }: UnansweredProducer, triedMs: number): SluiceError {
  const code = cause instanceof SluiceError ? cause.code : 'KAFKA_UNREACHABLE'
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new SluiceError(
    code,
    `No transaction could be opened for ${Math.round(triedMs / 1000)} s: ${reason}`,
    {
      hint: 'Look whether the coordinator of transactions is there, and what its log says.',
      cause,
    },
  )
}
