// Kafka's own test of transactions, with a copy in place of its clients: brokers or clients go,
// hard or cleanly, one after the other, while the copy runs and somebody reads what is committed.
// What went in comes out, and what a reader has seen does not change.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JavaClient } from '../../packages/kafka/test/real/java-client.ts'
import { kafka, startKafka } from '../services/kafka/kafka.ts'
import type { KafkaBroker } from '../services/kafka/kafka-broker.ts'
import type { KafkaCluster } from '../services/kafka/kafka-cluster.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { sharedService } from '../services/shared/shared-service.ts'
import { type CopyProcess, killProcesses } from './copy/copy-process.ts'
import { CopyWorld } from './copy/copy-world.ts'
import { expectExact } from './copy/expect-exact.ts'
import { sayTally } from './copy/tally.ts'
import { isFull } from './scale.ts'

type Way = 'hard' | 'clean'

const why = await whyUnavailable(kafka)
const parallelisms = [2, 3, 1] as const

beforeEach(({ skip }) => skip(why !== undefined, why))
afterEach(killProcesses)
afterAll(() => sayTally('bounces'))

/** The copy ends, and is started again, as often as there are other parallelisms. */
async function bounceClient(world: CopyWorld, way: Way, speed: number): Promise<CopyProcess> {
  const [first, ...others] = parallelisms
  let copy = world.start({ speed, parallelism: first })
  for (const parallelism of others) {
    await copy.until('committed', 2)
    if (way === 'hard') copy.kill()
    else copy.signal('SIGTERM')
    const { how, errors } = await copy.ended
    expect(how, errors).toBe(way === 'hard' ? 'killed' : 'stopped')
    copy = world.start({ speed, parallelism })
  }
  return copy
}

async function bounceBroker(broker: KafkaBroker, way: Way): Promise<void> {
  await (way === 'hard' ? broker.kill() : broker.stop())
  await broker.restart()
}

/** Judges while and after it happens. */
async function expectExactWhile(
  world: CopyWorld,
  happens: () => Promise<CopyProcess>,
): Promise<void> {
  let copy: CopyProcess | undefined
  const { looks, changed } = await world.watchedWhile(async () => {
    copy = await happens()
    await copy.ended
  })
  expect(changed).toBe(0)
  expect(looks).toBeGreaterThan(2)
  if (copy !== undefined) await expectExact(world, await copy.ended)
}

const clients = isFull
  ? ([
      ['hard', 'transaction', 2, 'kafka'],
      ['hard', 'transaction', 1, 'kafka with transaction version 1'],
      ['hard', 'staged', 2, 'kafka'],
      ['hard', 'staged', 1, 'kafka with transaction version 1'],
      ['clean', 'transaction', 2, 'kafka'],
      ['clean', 'transaction', 1, 'kafka with transaction version 1'],
      ['clean', 'staged', 2, 'kafka'],
      ['clean', 'staged', 1, 'kafka with transaction version 1'],
    ] as const)
  : ([['clean', 'transaction', 2, 'kafka']] as const)

it.each(clients)(
  'what readers see is exact over a %s end of the copy, by commit: %s, transaction version %i',
  async (way, commit, _version, service) => {
    const url = await sharedService(service)
    const java = await JavaClient.start(url)
    const world = await CopyWorld.make({ url, java }, commit, 12_000)
    try {
      await expectExactWhile(world, () => bounceClient(world, way, 8))
    } finally {
      await world.end()
      await java.close()
    }
  },
  120_000,
)

if (isFull)
  describe.each([
    ['transaction', 2],
    ['staged', 2],
    ['transaction', 1],
    ['staged', 1],
  ] as const)('three brokers, commit: %s, transaction version %i', (commit, transactionVersion) => {
    let cluster: KafkaCluster
    let java: JavaClient
    let world: CopyWorld

    beforeAll(async () => {
      if (why !== undefined) return
      cluster = await startKafka({ transactionVersion, brokers: 3 })
      java = await JavaClient.start(cluster.url)
    }, 180_000)

    afterAll(async () => {
      await java?.close()
      await cluster?.stop()
    }, 60_000)

    beforeEach(async () => {
      world = await CopyWorld.make({ url: cluster.url, java, replicas: 3 }, commit, 60_000)
      return () => world.end()
    }, 60_000)

    it.each(['hard', 'clean'] as const)(
      'what readers see is exact over a %s end of each broker in turn',
      async (way) => {
        await expectExactWhile(world, async () => {
          const copy = world.start({ speed: 2 })
          for (const broker of cluster.brokers) {
            await copy.until('committed', copy.times('committed') + 2)
            await bounceBroker(broker, way)
          }
          expect(copy.times('ended'), 'it ended before the last broker was back').toBe(0)
          return copy
        })
      },
      240_000,
    )

    it.each(['hard', 'clean'] as const)(
      'what readers see is exact over a %s end of brokers and of the copy at once',
      async (way) => {
        await expectExactWhile(world, async () => {
          const [first, ...others] = cluster.brokers
          if (first === undefined) throw new Error('There is no broker.')
          const bouncing = (async () => {
            for (const broker of [first, ...others]) await bounceBroker(broker, way)
          })()
          const copy = await bounceClient(world, way, 2)
          await bouncing
          return copy
        })
      },
      240_000,
    )
  })
