// Which transactions are open, whose they are, how long they have left, and whose readers wait for
// them.

import type { ClusterClient } from '../cluster/cluster-client.ts'
import type { TopicPartition } from '../source/partition/kafka-split.ts'
import { parseTransactionalId, type TransactionalId } from '../transaction/transactional-id.ts'
import { type JobCheckpoints, type PromiseState, promiseOf } from './job-checkpoints.ts'
import {
  describeOne,
  type DescribedTransaction,
  isOpenState,
  listEverywhere,
  type SilentBroker,
} from './listed-transactions.ts'
import { holdOf } from './partition-hold.ts'

/** What a transaction does to the readers of one of its partitions. */
export interface HeldPartition {
  readonly topic: string
  readonly partition: number
  /** Undefined: the partition is gone, or may not be looked at. */
  readonly lastStableOffset: number | undefined
  readonly highWatermark: number | undefined
  /** What readers of committed records do not see yet, of whomever; undefined as above. */
  readonly heldOffsets: number | undefined
  /** It is this one that they wait for, and no older one. Undefined: no right to ask. */
  readonly isFirst: boolean | undefined
}

/** A transaction with all that is known of it. */
export interface OpenTransaction extends Omit<DescribedTransaction, 'partitions'> {
  /** What the id says, where it is one of ours. */
  readonly origin: TransactionalId | undefined
  readonly ageMs: number | undefined
  /** Until the broker may abort it; negative where it is about to. Undefined where none is open. */
  readonly leftMs: number | undefined
  readonly promise: PromiseState
  readonly partitions: readonly HeldPartition[]
}

export interface TransactionListing {
  readonly transactions: readonly OpenTransaction[]
  /** Brokers that did not answer: transactions that they coordinate are missing. */
  readonly silent: readonly SilentBroker[]
}

export interface ListingOptions {
  /** Also those that have ended, as long as the brokers remember them. */
  readonly all?: boolean
  /** Only those of this job. */
  readonly job?: string
  readonly checkpoints?: readonly JobCheckpoints[]
}

/** Oldest first. */
export async function listOpenTransactions(
  client: ClusterClient,
  nowMs: () => number,
  { all = false, job, checkpoints = [] }: ListingOptions,
): Promise<TransactionListing> {
  const { listed, silent } = await listEverywhere(client)
  const wanted = listed.filter(
    ({ state, transactionalId }) =>
      (all || isOpenState(state)) &&
      (job === undefined || parseTransactionalId(transactionalId)?.job === job),
  )
  const described = await Promise.all(
    wanted.map(({ transactionalId }) => describeOne(client, transactionalId)),
  )
  const holds = new Holds(client)
  const found = await Promise.all(
    described
      .filter((each) => each !== undefined)
      // It may have ended since it was listed.
      .filter(({ state }) => all || isOpenState(state))
      .map((each) => withHolds(each, nowMs(), holds, checkpoints)),
  )
  const beganAt = ({ beganAtMs }: OpenTransaction): number => beganAtMs ?? Number.MAX_SAFE_INTEGER
  return {
    transactions: found.toSorted((left, right) => beganAt(left) - beganAt(right)),
    silent,
  }
}

async function withHolds(
  described: DescribedTransaction,
  nowMs: number,
  holds: Holds,
  checkpoints: readonly JobCheckpoints[],
): Promise<OpenTransaction> {
  const { transactionalId, producerId, beganAtMs, timeoutMs, state } = described
  const origin = parseTransactionalId(transactionalId)
  const isOpen = isOpenState(state)
  const ageMs = beganAtMs === undefined ? undefined : Math.max(0, nowMs - beganAtMs)
  const partitions = await Promise.all(
    described.partitions.map(({ topic, partition }) => holds.of(topic, partition, producerId)),
  )
  return {
    ...described,
    origin,
    ageMs,
    leftMs: isOpen && ageMs !== undefined ? timeoutMs - ageMs : undefined,
    promise: promiseOf(transactionalId, origin, checkpoints),
    partitions,
  }
}

/** Partitions that several transactions write are asked after once. */
class Holds {
  readonly #client: ClusterClient
  readonly #topics = new Map<string, Promise<string | undefined>>()
  readonly #holds = new Map<string, ReturnType<typeof holdOf>>()

  constructor(client: ClusterClient) {
    this.#client = client
  }

  async of(topic: string, partition: number, producerId: number): Promise<HeldPartition> {
    const topicId = await this.#topicId(topic)
    const unknown = { topic, partition, lastStableOffset: undefined, highWatermark: undefined }
    if (topicId === undefined) return { ...unknown, heldOffsets: undefined, isFirst: undefined }
    const { producers, lastStableOffset, highWatermark, heldOffsets } = await this.#hold({
      topic,
      topicId,
      partition,
    })
    const isFirst = producers && producers[0]?.producerId === producerId
    return { topic, partition, lastStableOffset, highWatermark, heldOffsets, isFirst }
  }

  #topicId(topic: string): Promise<string | undefined> {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    const asked = this.#client.topics([topic]).then((found) => found.get(topic)?.topicId)
    this.#topics.set(topic, asked)
    return asked
  }

  #hold(place: TopicPartition): ReturnType<typeof holdOf> {
    const key = `${place.topicId}/${place.partition}`
    const known = this.#holds.get(key)
    if (known !== undefined) return known
    const asked = holdOf(this.#client, place)
    this.#holds.set(key, asked)
    return asked
  }
}
