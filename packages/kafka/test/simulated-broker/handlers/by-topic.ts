// Partitions as messages hold them.

/** From `topic/partition` to what messages hold. */
export function byTopic(partitions: Iterable<string>) {
  const topics = new Map<string, number[]>()
  for (const name of partitions) {
    const at = name.lastIndexOf('/')
    const topic = name.slice(0, at)
    topics.set(topic, [...(topics.get(topic) ?? []), Number(name.slice(at + 1))])
  }
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }))
}
