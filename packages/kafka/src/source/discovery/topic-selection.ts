// Which topics and partitions a source reads.

import { SluiceError } from '@sluice/core/connector'
import type { PartitionDirectory, TopicFacts } from './partition-directory.ts'
import type { TopicPartition } from '../partition/kafka-split.ts'

export interface TopicSelection {
  /** Names, or what names look like. */
  readonly topics: readonly string[] | RegExp
  /** Undefined: all. */
  readonly partitions: readonly number[] | undefined
}

export function selects(
  { topics, partitions }: TopicSelection,
  { topic, partition }: Omit<TopicPartition, 'topicId'>,
): boolean {
  const isNamed = topics instanceof RegExp ? matches(topics, topic) : topics.includes(topic)
  return isNamed && (partitions?.includes(partition) ?? true)
}

/** The topics of the selection that are there. */
export async function selectedTopics(
  directory: PartitionDirectory,
  { topics }: TopicSelection,
): Promise<readonly TopicFacts[]> {
  if (!(topics instanceof RegExp)) return await directory.topics(topics)
  const all = await directory.allTopics()
  return all.filter(({ topic }) => matches(topics, topic))
}

/** Each name of the selection has to be there, and each partition. */
export function checkPresent(selection: TopicSelection, found: readonly TopicFacts[]): void {
  const { topics, partitions = [] } = selection
  if (topics instanceof RegExp) return
  const missing = topics.filter((name) => !found.some(({ topic }) => topic === name))
  if (missing.length > 0) {
    const names = missing.map((name) => `'${name}'`).join(', ')
    const [noun, verb] = missing.length === 1 ? ['Topic', 'does'] : ['Topics', 'do']
    throw new SluiceError('KAFKA_TOPIC_MISSING', `${noun} ${names} ${verb} not exist.`, {
      hint: 'Create it, mend its name, or get the right to describe it, else it is hidden.',
    })
  }
  for (const { topic, partitions: count } of found) {
    const beyond = partitions.filter((partition) => partition >= count)
    if (beyond.length === 0) continue
    throw new SluiceError(
      'KAFKA_TOPIC_MISSING',
      `Topic '${topic}' has ${count} partitions, so there is no partition ${beyond.join(', ')}.`,
      { hint: 'Partitions are counted from 0.' },
    )
  }
}

function matches(pattern: RegExp, topic: string): boolean {
  // A pattern with the flag `g` or `y` remembers where it was.
  pattern.lastIndex = 0
  return pattern.test(topic)
}
