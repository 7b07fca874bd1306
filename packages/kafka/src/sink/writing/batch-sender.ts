// Sends the batches of all partitions of one writer. Requests to a broker are pipelined; per
// partition batches stay in order, whatever fails: a batch without an acknowledgement is sent again
// with the same sequence number, and the broker drops what it has already. What cannot be written
// is an error of the writer, which ends the attempt: nothing of it was promised.

import { type ConnectorContext, SluiceError } from '@sluice/core/connector'
import type { BufferPool } from '../../records/buffer-pool.ts'
import type { ResponseOf } from '../../wire/codec/define-api.ts'
import { errorOf } from '../../wire/error-codes.ts'
import { remedyFor, requestFailure } from '../../cluster/broker-refusal.ts'
import type { produce } from '../../wire/message/produce.ts'
import type { PartitionQueue, SealedBatch } from './partition-queue.ts'
import type { Producer } from './producer.ts'
import type { ProduceTransport } from './produce-transport.ts'
import { notWritten } from '../sink-errors.ts'

export interface BatchSenderOptions {
  readonly transport: ProduceTransport
  /** Before the first batch of a partition, where the broker does not do that itself. */
  readonly addPartitions:
    | ((producer: Producer, queues: readonly PartitionQueue[]) => Promise<void>)
    | undefined
  readonly pool: BufferPool
  /** Kept by the broker before it answers that it is too late. */
  readonly requestTimeoutMs: number
  /** How long one batch may be tried. */
  readonly deliveryTimeoutMs: number
  /** Called when something was acknowledged, or sending has failed. */
  readonly moved: () => void
}

interface SentBatch {
  readonly queue: PartitionQueue
  readonly batch: SealedBatch
}

type PartitionAnswer = ResponseOf<typeof produce>['responses'][number]['partitionResponses'][number]

const requestsPerBroker = 5
const firstPauseMs = 20
const longestPauseMs = 1_000
/** All replicas in sync have it before it is acknowledged. */
const allReplicas = -1
const DUPLICATE_SEQUENCE_NUMBER = 46
const OUT_OF_ORDER_SEQUENCE_NUMBER = 45

export class BatchSender {
  readonly #context: ConnectorContext
  readonly #options: BatchSenderOptions
  readonly #queues = new Set<PartitionQueue>()
  /** Requests that are out, by broker. */
  readonly #out = new Map<number, number>()
  #producer: Producer | undefined
  #failure: SluiceError | undefined
  #refreshing = false
  #cancelTimer: (() => void) | undefined
  #pumpsAtMs = Number.POSITIVE_INFINITY
  #adding = false
  #closed = false
  /** What waits and what is out. */
  bytes = 0

  constructor(context: ConnectorContext, options: BatchSenderOptions) {
    this.#context = context
    this.#options = options
  }

  get failure(): SluiceError | undefined {
    return this.#failure
  }

  get settled(): boolean {
    for (const queue of this.#queues) if (!queue.settled) return false
    return true
  }

  add(queue: PartitionQueue): void {
    this.#queues.add(queue)
  }

  /** For whom batches are sent from here on. */
  begin(producer: Producer): void {
    this.#producer = producer
  }

  /** A batch waits to be sent. */
  sealed(batch: SealedBatch): void {
    this.bytes += batch.sizeBytes
  }

  /** Sends what can be sent now. */
  pump(): void {
    if (this.#closed || this.#failure !== undefined || this.#producer === undefined) return
    const nowMs = this.#nowMs()
    const byNode = new Map<number, SentBatch[]>()
    let nextMs = Number.POSITIVE_INFINITY
    let lacksLeader = false
    const unadded: PartitionQueue[] = []
    for (const queue of this.#queues) {
      if (!queue.mayBeSent) continue
      if (queue.notBeforeMs > nowMs) {
        nextMs = Math.min(nextMs, queue.notBeforeMs)
        continue
      }
      if (!queue.added && this.#options.addPartitions !== undefined) {
        unadded.push(queue)
        continue
      }
      const node = this.#options.transport.leaderOf(queue.topic, queue.partition)
      if (node === undefined) {
        lacksLeader = true
        this.#later(queue, nowMs, 'nobody leads it')
        nextMs = Math.min(nextMs, queue.notBeforeMs)
        continue
      }
      // Its leader has moved: what the old one has of it is answered, or given up, first.
      if (!queue.mayBeSentTo(node)) continue
      if ((this.#out.get(node) ?? 0) >= requestsPerBroker) continue
      const sent = { queue, batch: queue.send(node) }
      const others = byNode.get(node)
      if (others === undefined) byNode.set(node, [sent])
      else others.push(sent)
    }
    for (const [node, sent] of byNode) void this.#send(node, sent, this.#producer)
    if (unadded.length > 0) void this.#add(unadded, this.#producer)
    if (lacksLeader) this.#refresh()
    this.#pumpAt(nextMs)
    // Partitions with several batches fill the requests that are still allowed.
    if (byNode.size > 0) this.pump()
  }

  fail(error: SluiceError): void {
    if (this.#closed) return
    this.#failure ??= error
    this.#options.moved()
  }

  close(): void {
    this.#closed = true
    this.#cancelTimer?.()
  }

  async #send(node: number, sent: readonly SentBatch[], producer: Producer): Promise<void> {
    this.#out.set(node, (this.#out.get(node) ?? 0) + 1)
    try {
      const byTopic = Map.groupBy(sent, ({ queue }) => queue.topic)
      const answer = await this.#options.transport.produce(node, {
        transactionalId: producer.transactionalId ?? null,
        acks: allReplicas,
        timeoutMs: this.#options.requestTimeoutMs,
        topicData: [...byTopic].map(([name, own]) => ({
          name,
          partitionData: own.map(({ queue, batch }) => ({
            index: queue.partition,
            records: batch.bytes,
          })),
        })),
      })
      this.#take(sent, answer.responses)
    } catch (error) {
      this.#requestFailed(sent, error)
    } finally {
      this.#out.set(node, (this.#out.get(node) ?? 1) - 1)
    }
    this.#options.moved()
    this.pump()
  }

  /** One request for all new partitions: they are part of the transaction before a batch. */
  async #add(queues: readonly PartitionQueue[], producer: Producer): Promise<void> {
    if (this.#adding) return
    this.#adding = true
    try {
      await this.#options.addPartitions?.(producer, queues)
      for (const queue of queues) queue.added = true
    } catch (error) {
      this.fail(
        SluiceError.from(error, 'SINK_FAILED', 'Partitions could not be added to a transaction'),
      )
    } finally {
      this.#adding = false
    }
    this.pump()
  }

  #take(sent: readonly SentBatch[], responses: ResponseOf<typeof produce>['responses']): void {
    const answers = new Map<string, PartitionAnswer>()
    for (const { name, partitionResponses } of responses) {
      for (const answer of partitionResponses) answers.set(`${name}/${answer.index}`, answer)
    }
    for (const each of sent) {
      const answer = answers.get(`${each.queue.topic}/${each.queue.partition}`)
      if (answer === undefined) this.#again(each, true)
      else this.#takeOne(each, answer)
    }
  }

  #takeOne(sent: SentBatch, { errorCode, baseOffset, errorMessage }: PartitionAnswer): void {
    const { queue, batch } = sent
    if (errorCode === 0 || errorCode === DUPLICATE_SEQUENCE_NUMBER) {
      queue.acknowledged(batch)
      if (queue.firstOffset < 0) queue.firstOffset = baseOffset
      this.bytes -= batch.sizeBytes
      this.#options.pool.give(batch.bytes)
      return
    }
    const error = errorOf(errorCode)
    const behindAnother = errorCode === OUT_OF_ORDER_SEQUENCE_NUMBER && !queue.isFirst(batch)
    if (behindAnother || error.class === 'retriable' || error.class === 'refresh') {
      if (error.class === 'refresh') this.#refresh()
      return this.#again(sent, !behindAnother, error.reason)
    }
    queue.failed(batch)
    this.fail(notWritten(this.#context.step, queue, error, batch.sizeBytes, errorMessage))
  }

  /** Whether the broker has it is not known; with its sequence number it is written once. */
  #requestFailed(sent: readonly SentBatch[], error: unknown): void {
    if (this.#closed) return
    if (remedyFor(error, true) === 'give-up') {
      for (const { queue, batch } of sent) queue.failed(batch)
      return this.fail(requestFailure('Writing', error))
    }
    const reason = error instanceof Error ? error.message : String(error)
    for (const each of sent) this.#again(each, true, reason)
    this.#refresh()
  }

  #again({ queue, batch }: SentBatch, counts: boolean, reason = 'there was no answer'): void {
    queue.failed(batch)
    if (counts) this.#later(queue, this.#nowMs(), reason)
  }

  /** A pause before the next try, and an end of trying. */
  #later(queue: PartitionQueue, nowMs: number, reason: string): void {
    const pauseMs = Math.min(firstPauseMs * 2 ** queue.failures, longestPauseMs)
    queue.failures += 1
    queue.notBeforeMs = nowMs + pauseMs * (0.5 + this.#context.random.fraction() / 2)
    queue.troubleSinceMs ??= nowMs
    const triedMs = nowMs - queue.troubleSinceMs
    if (triedMs < this.#options.deliveryTimeoutMs) return
    const { topic, partition } = queue
    this.fail(
      new SluiceError(
        'SINK_FAILED',
        `Partition ${topic}-${partition} could not be written for ` +
          `${Math.round(triedMs / 1000)} s: ${reason}.`,
        { where: { step: this.#context.step }, hint: 'Look whether its brokers are there.' },
      ),
    )
  }

  #refresh(): void {
    if (this.#refreshing || this.#closed) return
    this.#refreshing = true
    void this.#lookAgain()
  }

  async #lookAgain(): Promise<void> {
    try {
      await this.#options.transport.refreshLeaders()
    } catch (error) {
      this.#context.log.debug(`Leaders cannot be found: ${String(error)}`)
    } finally {
      this.#refreshing = false
      this.#pumpAt(this.#nowMs() + firstPauseMs)
    }
  }

  #pumpAt(atMs: number): void {
    if (atMs >= this.#pumpsAtMs || this.#closed) return
    this.#cancelTimer?.()
    this.#pumpsAtMs = atMs
    const delayMs = Math.max(1, Math.ceil(atMs - this.#nowMs()))
    this.#cancelTimer = this.#context.timers.after(delayMs, () => {
      this.#pumpsAtMs = Number.POSITIVE_INFINITY
      this.pump()
    })
  }

  #nowMs(): number {
    return this.#context.clock.monotonic()
  }
}
