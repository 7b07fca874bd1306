// A Kafka cluster inside the process, with the real rules as far as a client of transactions,
// offsets and topics can tell: every request is decoded from its bytes and answered with bytes.
// What it has acknowledged it never loses; which broker leads or answers is the test's to change.

import type { Clock, Timers } from '@sluice/core/connector'
import { requestHandlers } from './request-handlers.ts'
import { TopicRegistry } from './topic-registry.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'
import { Growth } from './growth.ts'

export interface SimulatedKafkaOptions {
  readonly clock: Clock
  readonly timers: Timers
  /** Numbers of the brokers; one, unless set. */
  readonly nodes?: readonly number[]
  /** The level that the cluster says; it does not enforce it. 2 unless set. */
  readonly transactionVersion?: 1 | 2
  readonly maxTransactionTimeoutMs?: number
  /** How often transactions are looked at that have been open for too long. */
  readonly abortSweepMs?: number
  /** How long the markers of an ended transaction take. */
  readonly markerDelayMs?: () => number
  readonly messageMaxBytes?: number
  /** Where a broker is reached. */
  readonly addressOf?: (node: number) => { readonly host: string; readonly port: number }
}

interface GroupPosition {
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}

export class SimulatedKafka {
  readonly clock: Clock
  readonly timers: Timers
  readonly nodes: readonly number[]
  readonly transactionVersion: 1 | 2
  readonly maxTransactionTimeoutMs: number
  readonly messageMaxBytes: number
  readonly topics: TopicRegistry
  readonly transactions: TransactionCoordinator
  readonly growth: Growth
  /** By group and `topic/partition`. */
  readonly groups = new Map<string, Map<string, GroupPosition>>()
  readonly #addressOf: (node: number) => { readonly host: string; readonly port: number }
  readonly #down = new Set<number>()
  #cancelSweep: (() => void) | undefined

  constructor(options: SimulatedKafkaOptions) {
    const { clock, timers, nodes = [1], transactionVersion = 2 } = options
    this.clock = clock
    this.timers = timers
    this.nodes = nodes
    this.transactionVersion = transactionVersion
    this.maxTransactionTimeoutMs = options.maxTransactionTimeoutMs ?? 900_000
    this.messageMaxBytes = options.messageMaxBytes ?? 1_048_588
    this.#addressOf = options.addressOf ?? ((node) => ({ host: 'kafka', port: 9_000 + node }))
    this.growth = new Growth(timers)
    this.topics = new TopicRegistry(nodes, () => this.growth.grown())
    const { markerDelayMs } = options
    this.transactions = new TransactionCoordinator({
      maxTimeoutMs: this.maxTransactionTimeoutMs,
      now: () => clock.now(),
      later: (call) => {
        const delayMs = markerDelayMs?.() ?? 0
        if (delayMs === 0) call()
        else timers.after(delayMs, call)
      },
      mark: (partition, type, producerId, epoch) => {
        const [topic, index] = splitPartition(partition)
        // The topic may have been deleted meanwhile.
        const found = this.topics.find(topic)?.partitions[index]
        found?.log.appendMarker(type, producerId, epoch, 0, clock.now())
      },
    })
    this.#sweepEvery(options.abortSweepMs ?? 10_000)
  }

  /** Ends its timers. */
  close(): void {
    this.#cancelSweep?.()
  }

  address(node: number): { readonly host: string; readonly port: number } {
    return this.#addressOf(node)
  }

  isUp(node: number): boolean {
    return this.nodes.includes(node) && !this.#down.has(node)
  }

  get liveNodes(): readonly number[] {
    return this.nodes.filter((node) => this.isUp(node))
  }

  /** The broker is gone: what it led is led by another one, if there is any. */
  stopNode(node: number): void {
    this.#down.add(node)
    const [next] = this.liveNodes
    if (next === undefined) return
    for (const { partitions } of this.topics.all) {
      for (const partition of partitions) {
        if (partition.leader !== node) continue
        partition.leader = next
        partition.log.newLeader()
      }
    }
  }

  startNode(node: number): void {
    this.#down.delete(node)
  }

  moveLeader(topic: string, partition: number, node: number): void {
    const moved = this.topics.get(topic).partitions[partition]
    if (moved === undefined) throw new Error(`topic '${topic}' has no partition ${partition}`)
    moved.leader = node
    moved.log.newLeader()
  }

  /** The broker that coordinates a group or a transactional id. */
  coordinatorOf(key: string): number | undefined {
    const { liveNodes } = this
    let hash = 0
    for (const character of key) hash = (hash * 31 + character.charCodeAt(0)) >>> 0
    return liveNodes[hash % liveNodes.length]
  }

  /** Answers one request; the body is without size and header, and so is the answer. */
  async request(
    node: number,
    apiKey: number,
    version: number,
    body: Uint8Array,
  ): Promise<Uint8Array> {
    const found = requestHandlers.get(apiKey)
    if (found === undefined) throw new Error(`the simulated cluster does not know API ${apiKey}`)
    return await found.answer(this, node, version, body)
  }

  #sweepEvery(everyMs: number): void {
    this.#cancelSweep = this.timers.after(everyMs, () => {
      this.transactions.abortTimedOut()
      this.#sweepEvery(everyMs)
    })
  }
}

/** `topic/partition`. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

function splitPartition(name: string): readonly [string, number] {
  const at = name.lastIndexOf('/')
  return [name.slice(0, at), Number(name.slice(at + 1))]
}
