// From where to where new partitions are read: options and the answers of brokers become splits.

import { SluiceError } from '@sluice/core/connector'
import {
  type KafkaSplit,
  partitionText,
  splitIdOf,
  type TopicPartition,
} from '../partition/kafka-split.ts'
import type { FoundOffset, OffsetQuery, PartitionDirectory } from './partition-directory.ts'
import { type OffsetsByTopic, type StartFrom, type StopAt, timestampOf } from './start-position.ts'

export interface ReadingRange {
  readonly startFrom: StartFrom
  readonly stopAt: StopAt | undefined
}

/** A partition that was not known. */
export interface NewPartition extends TopicPartition {
  /** It was made after the job began, so it is read from its beginning. */
  readonly grown: boolean
}

/** What is known already, or what is to be asked. */
type Position = FoundOffset | OffsetQuery

/** Splits of new partitions, without those in which there is nothing to read up to the end. */
export async function newSplits(
  directory: PartitionDirectory,
  { startFrom, stopAt }: ReadingRange,
  partitions: readonly NewPartition[],
): Promise<KafkaSplit[]> {
  // The end is looked up first: what comes meanwhile is not promised to be read.
  const ends =
    stopAt === undefined
      ? undefined
      : await resolved(
          directory,
          partitions,
          partitions.map((partition) => endOf(stopAt, partition)),
        )
  const starts = await resolved(
    directory,
    partitions,
    await startsOf(directory, startFrom, partitions),
  )
  return partitions.flatMap(({ topic, topicId, partition }, index): KafkaSplit[] => {
    const place = { topic, topicId, partition }
    const { offset, leaderEpoch } = starts[index] as FoundOffset
    const split = { id: splitIdOf(place), ...place, offset, leaderEpoch }
    const end = ends?.[index]?.offset
    if (end === undefined) return [split]
    return end > offset ? [{ ...split, stopAt: end }] : []
  })
}

async function startsOf(
  directory: PartitionDirectory,
  startFrom: StartFrom,
  partitions: readonly NewPartition[],
): Promise<Position[]> {
  if (startFrom === 'earliest' || startFrom === 'latest') {
    return partitions.map(({ grown }) => (grown ? 'earliest' : startFrom))
  }
  if ('timestamp' in startFrom) {
    const at = { timestamp: timestampOf(startFrom) }
    return partitions.map(({ grown }) => (grown ? 'earliest' : at))
  }
  const { otherwise = 'fail' } = startFrom
  const committed =
    'committedBy' in startFrom
      ? await directory.committed(startFrom.committedBy, partitions)
      : partitions.map((partition) => givenOffset(startFrom.offsets, partition))
  return partitions.map((partition, index) => {
    if (partition.grown) return 'earliest'
    const known = committed[index]
    if (known !== undefined) return known
    if (otherwise === 'fail') throw withoutStart(startFrom, partition)
    return otherwise
  })
}

function endOf(stopAt: StopAt, partition: TopicPartition): Position {
  if (stopAt === 'latest') return 'latest'
  if ('timestamp' in stopAt) return { timestamp: timestampOf(stopAt) }
  const given = givenOffset(stopAt.offsets, partition)
  if (given !== undefined) return given
  throw new SluiceError(
    'SETTING_INVALID',
    `kafkaSource: stopAt names no offset for partition ${partitionText(partition)}.`,
    { hint: 'Name one for each partition that is read, or stop at a time.' },
  )
}

/** Asks for what is not known; where no record is as young as a time, the partition's end. */
async function resolved(
  directory: PartitionDirectory,
  partitions: readonly TopicPartition[],
  positions: readonly Position[],
): Promise<FoundOffset[]> {
  const found = new Map<number, FoundOffset>()
  const ask = async (queries: readonly (readonly [number, OffsetQuery])[]): Promise<void> => {
    if (queries.length === 0) return
    const asked = queries.map(([index, at]) => ({
      ...(partitions[index] as TopicPartition),
      at,
    }))
    const answers = await directory.offsets(asked)
    for (const [nth, [index]] of queries.entries()) {
      const answer = answers[nth]
      if (answer !== undefined) found.set(index, answer)
    }
  }
  const open: (readonly [number, OffsetQuery])[] = []
  for (const [index, position] of positions.entries()) {
    if (isFound(position)) found.set(index, position)
    else open.push([index, position])
  }
  await ask(open)
  const silent = open.filter(([index]) => !found.has(index))
  await ask(silent.map(([index]) => [index, 'latest']))
  return partitions.map((partition, index) => {
    const offset = found.get(index)
    if (offset !== undefined) return offset
    throw new SluiceError('SOURCE_UNREADABLE', `Partition ${partitionText(partition)} has no end.`)
  })
}

function isFound(position: Position): position is FoundOffset {
  return typeof position === 'object' && 'offset' in position
}

function givenOffset(
  offsets: OffsetsByTopic,
  { topic, partition }: TopicPartition,
): FoundOffset | undefined {
  const offset = offsets[topic]?.[partition]
  return offset === undefined ? undefined : { offset, leaderEpoch: -1 }
}

function withoutStart(
  startFrom: Extract<StartFrom, { otherwise?: unknown }>,
  partition: TopicPartition,
): SluiceError {
  const who =
    'committedBy' in startFrom
      ? `group '${startFrom.committedBy}' has committed no offset`
      : 'startFrom names no offset'
  return new SluiceError(
    'KAFKA_OFFSET_MISSING',
    `It is not said where partition ${partitionText(partition)} begins: ${who} for it.`,
    { hint: "Say where such partitions begin: otherwise: 'earliest', or 'latest'." },
  )
}
