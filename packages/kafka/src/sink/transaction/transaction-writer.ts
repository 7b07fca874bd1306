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
import { BufferPool } from '../../records/buffer-pool.ts'
import { encodeTransaction, type PartitionCount } from '../../transaction/committable.ts'
import {
  encodeLedgerRecord,
  ledgerKey,
  ledgerPartitionOf,
  ledgerTopic,
} from '../../transaction/ledger-record.ts'
import { SlotPool, type TakenSlot } from '../../transaction/slot-pool.ts'
import { decideTime, headroomMs } from '../../transaction/transaction-time.ts'
import { formatTransactionalId } from '../../transaction/transactional-id.ts'
import { BatchSender } from '../writing/batch-sender.ts'
import { RecordBatchBuilder } from '../../records/record-batch-builder.ts'
import { PartitionQueue } from '../writing/partition-queue.ts'
import type { Producer } from '../writing/producer.ts'
import { RecordOutput } from '../writing/record-output.ts'
import { shortOfTime } from '../sink-errors.ts'
import type { WritingOptions } from '../writing/writing-options.ts'
import { type TransactionClient, UnansweredProducer } from './transaction-client.ts'

/** What a transaction is written under. */
interface OpenTransaction extends Producer {
  readonly transactionalId: string
  readonly slot: number
  /** When the broker began to count, by the clock that never goes back; undefined: not yet. */
  beganAtMs: number | undefined
}

/** Transactions that are prepared, and what time is left to them. */
interface PreparedTransaction {
  readonly checkpoint: number
  readonly beganAtMs: number
}

const timeLookMs = 500
/** Share of the time-out after which a checkpoint that has not come is asked for again. */
const askedShare = 1 / 15
const reopenPauseMs = 50

export class TransactionWriter<T> implements SinkWriter<T> {
  readonly #context: WriterContext
  readonly #options: WritingOptions<T>
  readonly #client: TransactionClient
  readonly #pool: BufferPool
  readonly #slots: SlotPool
  readonly #sender: BatchSender
  readonly #output: RecordOutput<T>
  readonly #queues: PartitionQueue[] = []
  /** By ledger partition. */
  readonly #ledgers = new Map<number, PartitionQueue>()
  #open: OpenTransaction | undefined
  #opening = false
  #prepared: PreparedTransaction[] = []
  #failure: SluiceError | undefined
  #waiting: (() => void)[] = []
  #cancelTimers: (() => void)[] = []
  /** When a checkpoint was asked for that has not come to this writer yet. */
  #askedAtMs = Number.NEGATIVE_INFINITY
  /** The oldest that was prepared and is not promised yet. */
  #unpromised: { readonly checkpoint: number; readonly atMs: number } | undefined
  #lastedMs = 0
  #closed = false

  constructor(context: WriterContext, options: WritingOptions<T>, client: TransactionClient) {
    this.#context = context
    this.#options = options
    this.#client = client
    this.#slots = new SlotPool(client.version)
    this.#pool = new BufferPool(options.bufferBytes)
    this.#sender = new BatchSender(context, {
      transport: client,
      addPartitions:
        client.version === 1
          ? (producer, queues) => client.addPartitions(producer, queues)
          : undefined,
      pool: this.#pool,
      requestTimeoutMs: options.requestTimeoutMs,
      deliveryTimeoutMs: options.deliveryTimeoutMs,
      moved: () => this.#wake(),
    })
    this.#output = new RecordOutput(context, {
      shape: options.shape,
      limits: options.limits,
      compression: options.compression,
      pool: this.#pool,
      partitionCountOf: (topic) => client.partitionCountOf(topic),
      opened: (queue) => this.#added(queue),
      moved: () => this.#wake(),
      full: (queue) => this.#seal(queue),
    })
    this.#every(options.lingerMs, () => this.#sealOld())
    this.#every(timeLookMs, () => this.#lookAtTime())
    void this.#begin()
  }

  write(records: readonly T[], timestamps: Float64Array, from: number, length: number): number {
    this.#throwFailure()
    const open = this.#open
    if (open === undefined) return 0
    open.beganAtMs ??= this.#nowMs()
    let index = from
    while (index < length && !this.#isFull) {
      if (!this.#output.write(records[index] as T, timestamps[index] as number)) break
      index++
    }
    this.#sender.pump()
    return index - from
  }

  async ready(): Promise<void> {
    while (!this.#failed && (this.#open === undefined || this.#isFull || this.#output.opening)) {
      await this.#turn()
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
      if (open !== undefined) open.beganAtMs = undefined
      return []
    }
    const records = partitions.reduce((sum, { records: count }) => sum + count, 0)
    const ledger = await this.#writeLedger(open, checkpoint, records)
    const { transactionalId, producerId, epoch, beganAtMs = this.#nowMs() } = open
    const { timeoutMs } = this.#options
    const leftMs = headroomMs({ nowMs: this.#nowMs(), timeoutMs, oldestBeganAtMs: beganAtMs })
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
      abortsAtMs: Math.floor(this.#context.clock.now() + leftMs),
    })
    this.#slots.prepared(open.slot, checkpoint)
    this.#prepared.push({ checkpoint, beganAtMs })
    this.#unpromised ??= { checkpoint, atMs: this.#nowMs() }
    this.#open = undefined
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
    this.#closed = true
    for (const cancel of this.#cancelTimers) cancel()
    this.#sender.close()
    this.#output.close()
    this.#client.close()
    this.#wake()
  }

  get #isFull(): boolean {
    return this.#sender.bytes >= this.#options.bufferBytes
  }

  get #failed(): boolean {
    return this.#closed || this.#failure !== undefined || this.#sender.failure !== undefined
  }

  /** Everything that was taken is acknowledged by the brokers. */
  async #flush(): Promise<void> {
    for (const queue of this.#queues) {
      if (queue.builder.recordCount > 0) this.#seal(queue)
    }
    this.#sender.pump()
    while (!this.#sender.settled) {
      this.#throwFailure()
      await this.#turn()
    }
    this.#throwFailure()
  }

  #written(): PartitionCount[] {
    return this.#queues
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
    this.#seal(queue)
    await this.#flush()
    return queue
  }

  #ledgerOf(partition: number): PartitionQueue {
    const known = this.#ledgers.get(partition)
    if (known !== undefined) return known
    const builder = new RecordBatchBuilder(this.#options.limits, this.#pool)
    const queue = new PartitionQueue(ledgerTopic, partition, builder)
    this.#ledgers.set(partition, queue)
    this.#sender.add(queue)
    return queue
  }

  #added(queue: PartitionQueue): void {
    this.#queues.push(queue)
    this.#sender.add(queue)
  }

  /** Takes a slot for the next transaction; asks for its producer where it has none. */
  async #begin(): Promise<void> {
    if (this.#opening || this.#failed) return
    this.#opening = true
    try {
      const taken = this.#slots.take()
      const transactionalId = this.#idOf(taken.slot)
      const producer = await this.#producerOf(taken, transactionalId)
      if (producer === undefined || this.#closed) return
      for (const queue of [...this.#queues, ...this.#ledgers.values()]) queue.begin()
      this.#open = { ...producer, transactionalId, slot: taken.slot, beganAtMs: undefined }
      this.#sender.begin(this.#open)
    } catch (error) {
      this.#failure ??= SluiceError.from(error, 'SINK_FAILED', 'No transaction could be opened', {
        step: this.#context.step,
      })
    } finally {
      this.#opening = false
      this.#wake()
    }
  }

  async #producerOf(
    taken: TakenSlot,
    transactionalId: string,
  ): Promise<Omit<Producer, 'transactionalId'> | undefined> {
    if (taken.begin === 'continue') return taken
    try {
      const producer = await this.#client.initialize(transactionalId, this.#options.timeoutMs)
      this.#slots.opened(taken.slot, producer.producerId, producer.epoch)
      return producer
    } catch (error) {
      if (!(error instanceof UnansweredProducer)) throw error
      // A late request would abort what is prepared under this id meanwhile.
      this.#slots.unanswered(taken.slot)
      this.#context.log.warn(`A transactional id is given up: ${String(error.cause)}`, {
        transactionalId,
      })
      this.#after(reopenPauseMs, () => void this.#begin())
      return undefined
    }
  }

  #idOf(slot: number): string {
    const { job, logId, generation, sink, subtask } = this.#context
    return formatTransactionalId({ kind: 'slot', job, logId, generation, sink, subtask, slot })
  }

  #seal(queue: PartitionQueue): void {
    const open = this.#open
    if (open === undefined) return
    this.#sender.sealed(queue.seal(open, this.#options.compression))
  }

  #sealOld(): void {
    if (this.#open === undefined || this.#failed) return
    const before = this.#nowMs() - this.#options.lingerMs
    for (const queue of this.#queues) {
      if (queue.builder.recordCount > 0 && queue.openedAtMs <= before) this.#seal(queue)
    }
    this.#sender.pump()
  }

  /** Stops in time rather than let the broker break a promise. */
  #lookAtTime(): void {
    const began = [...this.#prepared.map((each) => each.beganAtMs), this.#open?.beganAtMs]
    const known = began.filter((atMs) => atMs !== undefined)
    const { timeoutMs } = this.#options
    const nowMs = this.#nowMs()
    const facts = {
      nowMs,
      timeoutMs,
      oldestBeganAtMs: known.length === 0 ? undefined : Math.min(...known),
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
      this.#wake()
    }
  }

  #throwFailure(): void {
    this.#output.throwFailure()
    const failure = this.#failure ?? this.#sender.failure
    if (failure !== undefined) throw failure
  }

  #every(everyMs: number, call: () => void): void {
    this.#after(Math.max(1, everyMs), () => {
      call()
      this.#every(everyMs, call)
    })
  }

  #after(delayMs: number, call: () => void): void {
    if (this.#closed) return
    const cancel = this.#context.timers.after(delayMs, () => {
      this.#cancelTimers = this.#cancelTimers.filter((each) => each !== cancel)
      if (!this.#closed) call()
    })
    this.#cancelTimers.push(cancel)
  }

  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #nowMs(): number {
    return this.#context.clock.monotonic()
  }
}
