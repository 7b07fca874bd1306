// What can become of a partition that is read, said so that an operator can decide.

import { SluiceError } from '@sluice/core/connector'
import { partitionText, type TopicPartition } from './partition/kafka-split.ts'

/** The topic has the name of another one that was read up to here. */
export function topicMadeAnew({ topic }: Pick<TopicPartition, 'topic'>): SluiceError {
  return new SluiceError(
    'KAFKA_TOPIC_CHANGED',
    `Topic '${topic}' was deleted and made anew: what the job has read of it is gone.`,
    {
      hint: 'Start the job with another checkpoint folder, or restore a savepoint from before.',
    },
  )
}

export function topicGone(topic: string): SluiceError {
  return new SluiceError(
    'KAFKA_TOPIC_CHANGED',
    `Topic '${topic}' was deleted, or the right to describe it was taken away.`,
    { hint: 'Take it out of the job if it is not needed any more.' },
  )
}

/** Records between the position and the earliest offset were deleted before they were read. */
export function offsetOutOfRange(
  partition: TopicPartition,
  wanted: number,
  earliest: number,
  latest: number,
): SluiceError {
  const where = wanted < earliest ? 'were deleted before they were read' : 'are not there'
  return new SluiceError(
    'KAFKA_OFFSET_OUT_OF_RANGE',
    `Partition ${partitionText(partition)}: records from offset ${wanted} on ${where}. ` +
      `The earliest offset is ${earliest}, the latest ${latest}.`,
    {
      hint:
        'Keep records longer (retention.ms, retention.bytes). To go on with what is left, set ' +
        "onOffsetLost: 'earliest' or 'latest': that leaves a gap.",
    },
  )
}

/** The log was cut below the position: records that were counted are gone. */
export function logTruncated(
  partition: TopicPartition,
  read: number,
  endOffset: number,
): SluiceError {
  return new SluiceError(
    'KAFKA_LOG_TRUNCATED',
    `Partition ${partitionText(partition)} was read up to offset ${read}, and after a change of ` +
      `leader it holds what was read only up to ${endOffset}: the cluster has lost records that ` +
      'the job has counted.',
    {
      hint:
        'An unclean election of a leader does that. Restore a savepoint from before, or set ' +
        "onOffsetLost: 'earliest' or 'latest' to go on with what is there.",
    },
  )
}
