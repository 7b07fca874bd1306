// A committer's world: a simulated cluster behind a simulated network, the context of a committer,
// and a count of what the brokers are asked.

import type { CommitterContext } from '@sluice/core/connector'
import type { Platform } from '@sluice/runtime/internal'
import { SimulatedWorld } from '@sluice/testing/simulator'
import { ClusterClient } from '../../src/cluster/cluster-client.ts'
import { parseTransactionalId } from '../../src/transaction/transactional-id.ts'
import type { AnyApi } from '../../src/wire/codec/define-api.ts'
import { ServedKafka } from '../simulated/served-kafka.ts'

export const logId = '0123456789abcdef'

export class CommitterWorld {
  readonly world = new SimulatedWorld({ seed: 1 })
  readonly kafka: ServedKafka
  readonly #asked = new Map<number, number>()

  constructor(nodes: readonly number[] = [1]) {
    this.kafka = new ServedKafka(this.world, { nodes, abortSweepMs: 1_000 })
    const { cluster } = this.kafka
    const request = cluster.request.bind(cluster)
    cluster.request = (node, apiKey, version, body) => {
      this.#asked.set(apiKey, (this.#asked.get(apiKey) ?? 0) + 1)
      return request(node, apiKey, version, body)
    }
  }

  async run(main: (platform: Platform) => Promise<void>): Promise<void> {
    const process = this.world.startProcess('committer')
    let done = false
    process.run(async (platform) => {
      await main(platform)
      done = true
    })
    await this.world.run({ until: () => done || process.exit !== undefined })
    this.kafka.cluster.close()
    if (process.exit?.kind === 'failed') throw process.exit.error
  }

  client(platform: Platform): ClusterClient {
    return new ClusterClient(platform, { brokers: this.kafka.brokers, clientId: 'me' })
  }

  context(platform: Platform, change: Partial<CommitterContext> = {}): CommitterContext {
    const scope = { job: 'shop', step: 'out', sink: 'out', logId, generation: 5, promised: [] }
    return { ...platform, ...scope, ...change } as unknown as CommitterContext
  }

  /** How often the brokers were asked for it. */
  asked({ key }: AnyApi): number {
    return this.#asked.get(key) ?? 0
  }

  /** Somebody opens a transaction under an id. */
  open(transactionalId: string): void {
    if (parseTransactionalId(transactionalId) === undefined) throw new Error(transactionalId)
    const { transactions, topics } = this.kafka.cluster
    if (topics.find('out') === undefined) topics.create('out', 1)
    const made = transactions.initProducer(transactionalId, 900_000, undefined)
    if (!('producerId' in made)) throw new Error(`not opened: ${made.error}`)
    transactions.addPartitions(transactionalId, made.producerId, made.epoch, ['out/0'])
  }

  /** The open transaction ends. */
  end(transactionalId: string, type: 'commit' | 'abort'): void {
    const { transactions } = this.kafka.cluster
    const { producerId, epoch } = transactions.find(transactionalId) ?? { producerId: 0, epoch: 0 }
    transactions.endOne(transactionalId, producerId, epoch, type)
  }

  stateOf(transactionalId: string): string | undefined {
    return this.kafka.cluster.transactions.find(transactionalId)?.state
  }
}
