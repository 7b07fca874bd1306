// Topics of a simulated cluster: ids, partitions, who leads them.

import { PartitionLog } from './partition-log.ts'

export interface SimulatedPartition {
  readonly log: PartitionLog
  /** The broker that leads it. */
  leader: number
}

export interface SimulatedTopic {
  readonly name: string
  readonly id: string
  readonly partitions: SimulatedPartition[]
  readonly configs: Map<string, string>
}

export class TopicRegistry {
  readonly #topics = new Map<string, SimulatedTopic>()
  readonly #nodes: readonly number[]
  readonly #grown: () => void
  #made = 0

  constructor(nodes: readonly number[], grown: () => void) {
    this.#nodes = nodes
    this.#grown = grown
  }

  get all(): readonly SimulatedTopic[] {
    return [...this.#topics.values()]
  }

  /** A topic that is made anew has another id. */
  create(name: string, partitions: number, configs: Iterable<[string, string]> = []) {
    const id = Buffer.alloc(16)
    id.writeUInt32BE(++this.#made, 12)
    id.write('simulated')
    const topic: SimulatedTopic = {
      name,
      id: id.toString('base64url'),
      partitions: [],
      configs: new Map(configs),
    }
    this.#topics.set(name, topic)
    this.grow(name, partitions)
    return topic
  }

  delete(name: string): boolean {
    return this.#topics.delete(name)
  }

  grow(name: string, partitions: number): void {
    const topic = this.get(name)
    while (topic.partitions.length < partitions) {
      const leader = this.#nodes[topic.partitions.length % this.#nodes.length] as number
      topic.partitions.push({ log: new PartitionLog(this.#grown), leader })
    }
  }

  find(name: string): SimulatedTopic | undefined {
    return this.#topics.get(name)
  }

  findById(id: string): SimulatedTopic | undefined {
    return this.all.find((topic) => topic.id === id)
  }

  get(name: string): SimulatedTopic {
    const topic = this.#topics.get(name)
    if (topic === undefined) throw new Error(`the simulated cluster has no topic '${name}'`)
    return topic
  }

  log(name: string, partition: number): PartitionLog {
    const found = this.get(name).partitions[partition]
    if (found === undefined) throw new Error(`topic '${name}' has no partition ${partition}`)
    return found.log
  }
}
