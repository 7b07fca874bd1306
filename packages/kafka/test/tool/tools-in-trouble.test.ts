import type { Platform } from '@sluice/runtime/internal'
import { SimulatedWorld, type WorldOptions } from '@sluice/testing/simulator'
import { describe, expect, test } from 'vitest'
import { BufferPool } from '../../src/records/buffer-pool.ts'
import { RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import { openKafkaTools } from '../../src/tool/index.ts'
import type { JobCheckpoints } from '../../src/tool/job-checkpoints.ts'
import type { KafkaTools } from '../../src/tool/kafka-tools.ts'
import { encodeTransaction } from '../../src/transaction/committable.ts'
import { ServedKafka } from '../simulated/served-kafka.ts'

const logId = '0123456789abcdef'
const idOf = (slot: number): string => `sluice/shop/${logId}/3/out/0/${slot}`

class Scene {
  readonly world: SimulatedWorld
  readonly kafka: ServedKafka

  constructor(faultRates: WorldOptions['faultRates'] = {}, seed = 1) {
    this.world = new SimulatedWorld({ seed, faultRates })
    this.kafka = new ServedKafka(this.world, { nodes: [1, 2, 3] })
    this.kafka.cluster.topics.create('orders', 3)
  }

  /** One record in one partition, and nobody who ends it. */
  open(transactionalId: string, partition: number): { producerId: number; epoch: number } {
    const { transactions, topics } = this.kafka.cluster
    const made = transactions.initProducer(transactionalId, 300_000, undefined)
    if ('error' in made) throw new Error(`error ${made.error}`)
    transactions.addPartitions(transactionalId, made.producerId, made.epoch, [
      `orders/${partition}`,
    ])
    const limits = { batchBytes: 1e4, recordBytes: 1e4, messageBytes: 1e4 }
    const builder = new RecordBatchBuilder(limits, new BufferPool(0))
    builder.append(undefined, Buffer.from('a'), undefined, 0)
    const batch = builder.finish({
      producerId: made.producerId,
      producerEpoch: made.epoch,
      baseSequence: 0,
      isTransactional: true,
      compression: 'none',
    })
    topics.log('orders', partition).append(batch.slice(), 1e4)
    return made
  }

  async run(main: (tools: KafkaTools, platform: Platform) => Promise<void>): Promise<void> {
    const process = this.world.startProcess('tools')
    process.run(async (platform) => {
      const tools = openKafkaTools(platform, { brokers: this.kafka.brokers }, 3_000)
      try {
        await main(tools, platform)
      } finally {
        tools.close()
        this.kafka.cluster.close()
      }
    })
    await this.world.run()
    if (process.exit?.kind === 'failed') throw process.exit.error
    expect(process.exit).toEqual({ kind: 'finished' })
  }
}

describe('The tools', () => {
  test('show what the others coordinate when a broker is silent, and say so', async () => {
    const scene = new Scene()
    const { cluster } = scene.kafka
    const ids = Array.from({ length: 12 }, (_, slot) => idOf(slot))
    for (const id of ids) scene.open(id, 0)
    // One that leads the partition must stay, or there is nothing to show.
    const silent = 3
    const others = ids.filter((id) => cluster.coordinatorOf(id) !== silent)
    expect(others.length).toBeLessThan(ids.length)
    await scene.run(async (tools) => {
      await tools.listTransactions()
      scene.kafka.sleep(silent)
      const listing = await tools.listTransactions()
      expect(listing.silent.map(({ nodeId }) => nodeId)).toEqual([silent])
      const shown = listing.transactions.map(({ transactionalId }) => transactionalId)
      expect(shown.toSorted()).toEqual(others.toSorted())
      scene.kafka.wake(silent)
    })
  })

  test('find a transaction of which no coordinator knows', async () => {
    const scene = new Scene()
    const { producerId } = scene.open(idOf(0), 1)
    scene.kafka.cluster.transactions.expire(idOf(0))
    await scene.run(async (tools) => {
      const { held } = await tools.explainHold('orders')
      expect(held).toMatchObject([
        { partition: 1, heldOffsets: 1, transactions: [{ producerId, isHanging: true }] },
      ])
      expect((await tools.planEnd(idOf(0), 'abort')).verdict.kind).toBe('nothing-to-do')
    })
  })

  test('take a topic for a topic, whatever number is at its end', async () => {
    const scene = new Scene()
    scene.kafka.cluster.topics.create('orders-2', 5)
    await scene.run(async (tools) => {
      expect(await tools.explainHold('orders-2')).toMatchObject({
        topic: 'orders-2',
        partitions: 5,
      })
      expect(await tools.explainHold('orders-1')).toMatchObject({ topic: 'orders', partitions: 1 })
      await expect(tools.explainHold('orders-3')).rejects.toMatchObject({
        message: "Topic 'orders' has no partition 3: it has 3.",
      })
    })
  })

  test.each([1, 2, 3, 4, 5, 6])('prove a commit when answers are lost, seed %i', async (seed) => {
    const scene = new Scene({ 'answer-lost-EndTxn': 0.6 }, seed)
    const { producerId, epoch } = scene.open(idOf(0), 0)
    const bytes = encodeTransaction({
      transactionalId: idOf(0),
      producerId,
      epoch,
      transactionVersion: 2,
      checkpoint: 7,
      records: 1,
      partitions: [],
      ledgerPartition: 0,
      ledgerOffset: 0,
      abortsAtMs: undefined,
    })
    const name = { logId, sink: 'out', generation: 3, checkpoint: 7, part: '0/0' }
    const newest = { checkpoint: 7, owes: [{ name, bytes }], proven: false }
    const log: JobCheckpoints = { job: 'shop', logId, generation: 5, newest }
    await scene.run(async (tools) => {
      const plan = await tools.planEnd(idOf(0), 'commit', [log])
      expect(plan.verdict.kind).toBe('allowed')
      // It may give up in time; asked again it goes on where it was.
      let result: unknown
      for (let attempt = 0; attempt < 20 && result === undefined; attempt++) {
        result = await tools.carryOut(plan).catch(() => undefined)
      }
      expect(result).toMatchObject({ outcome: 'committed' })
      expect(scene.kafka.cluster.transactions.find(idOf(0))?.state).toBe('CompleteCommit')
    })
  })

  test('find the ledger right where it is, and where it may be made', async () => {
    const scene = new Scene()
    const wanted = { job: 'shop', transactionTimeoutMs: 60_000, topics: ['orders', 'lacking'] }
    await scene.run(async (tools) => {
      const before = await tools.examine(wanted)
      const about = 'topic sluice-ledger'
      expect(before.findings).toContainEqual(
        expect.objectContaining({
          about,
          level: 'right',
          message: expect.stringMatching('not there yet'),
        }),
      )
      expect(before.findings).toContainEqual(
        expect.objectContaining({ about: 'topic lacking', level: 'wrong' }),
      )
      scene.kafka.cluster.topics.create('sluice-ledger', 4, [['cleanup.policy', 'delete']])
      const after = await tools.examine(wanted)
      const wrong = after.findings.filter((each) => each.about === about && each.level === 'wrong')
      expect(wrong.map(({ message }) => message)).toEqual([
        'has 4 partitions; 16 are used',
        "is cleaned up by 'delete': proofs of commits are deleted when they are old",
      ])
    })
  })
})
