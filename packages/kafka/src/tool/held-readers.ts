// What holds up the readers of committed records of a topic: which producers have transactions open
// there, by what the leaders of its partitions say, and under which ids, by what the coordinators
// say. A transaction that the partition has and no coordinator is hanging: nothing will end it but
// an administrator.

import { SluiceError } from '@sluice/core/connector'
import type { ClusterClient } from '../cluster/cluster-client.ts'
import type { TopicPlace } from '../cluster/cluster-map.ts'
import { parseTransactionalId, type TransactionalId } from '../transaction/transactional-id.ts'
import { type JobCheckpoints, type PromiseState, promiseOf } from './job-checkpoints.ts'
import {
  describeOne,
  type DescribedTransaction,
  isOpenState,
  listEverywhere,
  type SilentBroker,
} from './listed-transactions.ts'
import { holdOf, type OpenProducer, type PartitionHold } from './partition-hold.ts'

/** A transaction that is open in a partition. */
export interface HoldingTransaction extends OpenProducer {
  /** Undefined: no coordinator that answered knows an id of this producer. */
  readonly transactionalId: string | undefined
  readonly origin: TransactionalId | undefined
  /** As the coordinator sees it. */
  readonly state: string | undefined
  readonly ageMs: number | undefined
  readonly leftMs: number | undefined
  readonly promise: PromiseState
  /** All coordinators answered, and none has it open: its end never reached this partition. */
  readonly isHanging: boolean
}

export interface HeldReaders extends Omit<PartitionHold, 'producers'> {
  /** Oldest first: readers wait for the first one. Undefined: no right to ask. */
  readonly transactions: readonly HoldingTransaction[] | undefined
}

export interface HoldReport {
  readonly topic: string
  /** Those with readers that wait. */
  readonly held: readonly HeldReaders[]
  /** How many partitions were looked at. */
  readonly partitions: number
  readonly silent: readonly SilentBroker[]
}

/** `orders` or `orders-3`. Throws KAFKA_TOPIC_MISSING. */
export async function explainHold(
  client: ClusterClient,
  nowMs: () => number,
  target: string,
  checkpoints: readonly JobCheckpoints[],
): Promise<HoldReport> {
  const { place, partitions } = await findTarget(client, target)
  const { topic, topicId } = place
  const holds = await Promise.all(
    partitions.map((partition) => holdOf(client, { topic, topicId, partition })),
  )
  const held = holds.filter(({ heldOffsets }) => heldOffsets > 0)
  const producerIds = held.flatMap(({ producers = [] }) => producers.map((each) => each.producerId))
  const { byProducer, silent } = await whoAre(client, [...new Set(producerIds)])
  const explained = (producer: OpenProducer): HoldingTransaction =>
    holding(producer, byProducer.get(producer.producerId), {
      nowMs: nowMs(),
      checkpoints,
      allAnswered: silent.length === 0,
    })
  const found = held.map(({ producers, ...hold }) => ({
    ...hold,
    transactions: producers?.map(explained),
  }))
  const confirmed = found.map((each) => withoutEnded(client, topicId, each))
  return { topic, held: await Promise.all(confirmed), partitions: partitions.length, silent }
}

/** One that ended between the two questions only seems to hang: the partition is asked again. */
async function withoutEnded(
  client: ClusterClient,
  topicId: string,
  held: HeldReaders,
): Promise<HeldReaders> {
  const { topic, partition, transactions } = held
  if (transactions?.some(({ isHanging }) => isHanging) !== true) return held
  const { producers = [], ...hold } = await holdOf(client, { topic, topicId, partition })
  const isThere = ({ producerId, firstOffset }: HoldingTransaction): boolean =>
    producers.some((each) => each.producerId === producerId && each.firstOffset === firstOffset)
  return { ...hold, transactions: transactions.filter((each) => !each.isHanging || isThere(each)) }
}

/** A topic may be called `orders-3`; only where there is none it is partition 3 of `orders`. */
async function findTarget(
  client: ClusterClient,
  target: string,
): Promise<{ readonly place: TopicPlace; readonly partitions: readonly number[] }> {
  const [, name, digits] = /^(.+)-(\d{1,9})$/.exec(target) ?? []
  const names = name === undefined ? [target] : [target, name]
  const topics = await client.topics(names)
  const whole = topics.get(target)
  if (whole !== undefined) {
    return { place: whole, partitions: whole.partitions.map(({ partition }) => partition) }
  }
  const place = name === undefined ? undefined : topics.get(name)
  if (place === undefined) {
    throw new SluiceError('KAFKA_TOPIC_MISSING', `There is no topic '${name ?? target}'.`, {
      hint: 'Give a topic, or a topic and a partition: orders-3.',
    })
  }
  const partition = Number(digits)
  if (partition < place.partitions.length) return { place, partitions: [partition] }
  throw new SluiceError(
    'KAFKA_TOPIC_MISSING',
    `Topic '${place.topic}' has no partition ${partition}: it has ${place.partitions.length}.`,
  )
}

/** The ids behind producers, with what their coordinators say. */
async function whoAre(
  client: ClusterClient,
  producerIds: readonly number[],
): Promise<{
  readonly byProducer: ReadonlyMap<number, DescribedTransaction>
  readonly silent: readonly SilentBroker[]
}> {
  if (producerIds.length === 0) return { byProducer: new Map(), silent: [] }
  const { listed, silent } = await listEverywhere(client, producerIds)
  const described = await Promise.all(
    listed.map(({ transactionalId }) => describeOne(client, transactionalId)),
  )
  const known = described.filter((each) => each !== undefined)
  return { byProducer: new Map(known.map((each) => [each.producerId, each])), silent }
}

function holding(
  producer: OpenProducer,
  described: DescribedTransaction | undefined,
  facts: {
    readonly nowMs: number
    readonly checkpoints: readonly JobCheckpoints[]
    readonly allAnswered: boolean
  },
): HoldingTransaction {
  if (described === undefined) {
    return {
      ...producer,
      transactionalId: undefined,
      origin: undefined,
      state: undefined,
      ageMs: undefined,
      leftMs: undefined,
      promise: { kind: 'unknown' },
      isHanging: facts.allAnswered,
    }
  }
  const { transactionalId, state, beganAtMs, timeoutMs } = described
  const origin = parseTransactionalId(transactionalId)
  const isOpen = isOpenState(state)
  const ageMs = beganAtMs === undefined ? undefined : Math.max(0, facts.nowMs - beganAtMs)
  return {
    ...producer,
    transactionalId,
    origin,
    state,
    ageMs,
    leftMs: isOpen && ageMs !== undefined ? timeoutMs - ageMs : undefined,
    promise: promiseOf(transactionalId, origin, facts.checkpoints),
    isHanging: !isOpen,
  }
}
