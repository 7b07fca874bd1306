// What a writer of transactions asks of the cluster, asked of a real one. Batches, and what
// concerns the transaction, have connections of their own.

import { SluiceError } from '@sluice/core/connector'
import { BrokerRefusal, requestFailure } from '../../cluster/broker-refusal.ts'
import { ClusterClient, type ClusterContext } from '../../cluster/cluster-client.ts'
import type { ClusterOptions } from '../../cluster/cluster-options.ts'
import type { TransactionVersion } from '../../transaction/answers.ts'
import { connectTimeoutWithin } from '../../transaction/transaction-time.ts'
import type { RequestInput, ResponseOf } from '../../wire/codec/define-api.ts'
import type { BrokerSession } from '../../wire/connection/broker-session.ts'
import { errorOf } from '../../wire/error-codes.ts'
import { produce, produceSizeBytes } from '../../wire/message/produce.ts'
import { addPartitionsToTxn, initProducerId } from '../../wire/message/transactions.ts'
import { longestTransactionMs } from './cluster-limits.ts'
import type { PartitionQueue } from '../writing/partition-queue.ts'
import type { Producer } from '../writing/producer.ts'
import { type TransactionClient, UnansweredProducer } from './transaction-client.ts'

/** The newest Produce with which partitions are added beforehand, and EndTxn names an epoch. */
const produceOfVersion1 = 11
/** The one with which the broker adds partitions, and EndTxn makes the next epoch. */
const produceOfVersion2 = 12
const feature = 'transaction.version'
/** OPERATION_NOT_ATTEMPTED: another partition of the request is the reason. */
const notAttempted = 55

/** Which behaviour all brokers of the cluster have agreed on. */
export async function transactionVersionOf(client: ClusterClient): Promise<TransactionVersion> {
  const session = await client.session({ kind: 'any' }, 'control')
  return session.versions.featureLevel(feature) >= 2 ? 2 : 1
}

export class ClusterTransactions implements TransactionClient {
  readonly version: TransactionVersion
  readonly #client: ClusterClient
  /** Topics that are written, by name. */
  readonly #topics = new Set<string>()
  /** By broker, the last request that looks for its connection: the next one waits for it. */
  readonly #turns = new Map<number, Promise<unknown>>()
  /** Longest wait for a connection while a transaction is open. */
  #connectTimeoutMs: number | undefined

  constructor(client: ClusterClient, version: TransactionVersion) {
    this.#client = client
    this.version = version
  }

  static async open(context: ClusterContext, options: ClusterOptions) {
    const client = new ClusterClient(context, options)
    try {
      // Asking for topics tries again while no broker can be reached.
      await client.topics([])
      return new ClusterTransactions(client, await transactionVersionOf(client))
    } catch (error) {
      client.close()
      throw requestFailure('Connecting to the cluster', error)
    }
  }

  /** Undefined where the job has no right to read it. */
  longestTimeoutMs(): Promise<number | undefined> {
    return longestTransactionMs(this.#client)
  }

  async partitionCountOf(topic: string): Promise<number> {
    this.#topics.add(topic)
    const found = (await this.#client.topics([topic])).get(topic)
    if (found !== undefined) return found.partitions.length
    throw new SluiceError('KAFKA_TOPIC_MISSING', `Topic '${topic}' does not exist.`, {
      hint: 'Create it, mend its name, or get the right to describe it, else it is hidden.',
    })
  }

  knownPartitionCountOf(topic: string): number | undefined {
    return this.#client.map.topics.get(topic)?.partitions.length
  }

  leaderOf(topic: string, partition: number): number | undefined {
    this.#topics.add(topic)
    const leader = this.#client.map.topics.get(topic)?.partitions[partition]?.leader
    return leader === undefined || leader < 0 ? undefined : leader
  }

  async refreshLeaders(): Promise<void> {
    await this.#client.topics([...this.#topics])
  }

  async produce(
    node: number,
    request: RequestInput<typeof produce>,
  ): Promise<ResponseOf<typeof produce>> {
    const session = await this.#sessionInTurn(node)
    const atMost = this.version === 1 ? produceOfVersion1 : produceOfVersion2
    return await session.send(produce, request, { atMost, sizeBytes: produceSizeBytes(request) })
  }

  /** Looking for a connection may take one request longer than the next: none overtakes another. */
  #sessionInTurn(node: number): Promise<BrokerSession> {
    const before = this.#turns.get(node) ?? Promise.resolve()
    const open = (): Promise<BrokerSession> =>
      this.#client.session({ kind: 'broker', nodeId: node }, 'produce', this.#connectTimeoutMs)
    const session = before.then(open, open)
    this.#turns.set(node, session)
    return session
  }

  async initialize(transactionalId: string | null, timeoutMs: number) {
    if (transactionalId !== null) this.#connectTimeoutMs = connectTimeoutWithin(timeoutMs)
    try {
      const { producerId, producerEpoch } = await this.#client.ask(
        transactionalId === null ? { kind: 'any' } : { kind: 'transaction', id: transactionalId },
        initProducerId,
        { transactionalId, transactionTimeoutMs: timeoutMs },
        {
          what: `Opening transactional id ${transactionalId}`,
          codeOf: ({ errorCode }) => errorCode,
          purpose: 'transaction',
          // A late one aborts what is prepared meanwhile; an error code says that nothing was done.
          repeatable: false,
        },
      )
      return { producerId, epoch: producerEpoch }
    } catch (error) {
      if (mayBeDone(error)) throw new UnansweredProducer(error)
      throw error
    }
  }

  async addPartitions(producer: Producer, queues: readonly PartitionQueue[]): Promise<void> {
    const { transactionalId, producerId, epoch } = producer
    if (transactionalId === undefined) return
    const byTopic = Map.groupBy(queues, ({ topic }) => topic)
    await this.#client.ask(
      { kind: 'transaction', id: transactionalId },
      addPartitionsToTxn,
      {
        transactionalId,
        producerId,
        producerEpoch: epoch,
        topics: [...byTopic].map(([name, own]) => ({
          name,
          partitions: own.map(({ partition }) => partition),
        })),
      },
      {
        what: `Adding partitions to transaction ${transactionalId}`,
        codeOf: ({ results }) =>
          decidingCode(
            results.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
          ),
        purpose: 'transaction',
        ...(this.#connectTimeoutMs === undefined
          ? {}
          : { connectTimeoutMs: this.#connectTimeoutMs }),
      },
    )
  }

  close(): void {
    this.#client.close()
  }
}

/** Of the answers for several partitions: what one lacks keeps the others from being tried. */
function decidingCode(codes: readonly number[]): number {
  const failed = codes.filter((code) => code !== 0 && code !== notAttempted)
  const hopeless = failed.find((code) => !['retriable', 'refresh'].includes(errorOf(code).class))
  return hopeless ?? failed[0] ?? codes.find((code) => code !== 0) ?? 0
}

/** The request went out, and nobody said what became of it. */
function mayBeDone(error: unknown): boolean {
  const cause = error instanceof SluiceError ? error.cause : error
  if (cause instanceof BrokerRefusal) return cause.error.mayBeDone
  return cause instanceof Error && 'sent' in cause && cause.sent === true
}
