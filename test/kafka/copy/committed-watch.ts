// A reader of committed records that reads a topic from its beginning again and again: whatever it
// has once seen has to stay where it was, with nothing new in between. A record that is shown and
// aborted later, or that appears before one that was shown, is a change.

import type { JavaClient } from '../../../packages/kafka/test/real/java-client.ts'
import type { ReadRecord } from '../../../packages/kafka/test/real/read-record.ts'

export class CommittedWatch {
  /** How often it has read; while brokers are away it cannot. */
  looks = 0
  /** Places at which a later look did not show what an earlier one had. */
  changed = 0
  readonly #java: Pick<JavaClient, 'read'>
  readonly #topic: string
  #seen = new Map<number, readonly string[]>()

  constructor(java: Pick<JavaClient, 'read'>, topic: string) {
    this.#java = java
    this.#topic = topic
  }

  async look(): Promise<void> {
    const found = await this.#read()
    if (found === undefined) return
    for (const [partition, before] of this.#seen) {
      const now = found.get(partition) ?? []
      this.changed += before.filter((place, index) => now[index] !== place).length
    }
    this.#seen = found
    this.looks += 1
  }

  /** Each record with its offset, by partition; undefined when no broker answered in time. */
  async #read(): Promise<Map<number, readonly string[]> | undefined> {
    const places = new Map<number, string[]>()
    const records = await this.#java.read(this.#topic).then(
      (topic): readonly ReadRecord[] | undefined => topic.records,
      () => undefined,
    )
    if (records === undefined) return undefined
    for (const { partition, offset, value } of records) {
      const place = `${offset} ${value}`
      const others = places.get(partition)
      if (others === undefined) places.set(partition, [place])
      else others.push(place)
    }
    return places
  }
}
