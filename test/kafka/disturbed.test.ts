// The broker dies or stands still under a running copy, and the copy stands still, or is dead, for
// longer than its transactions may stay open.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JavaClient } from '../../packages/kafka/test/real/java-client.ts'
import { kafka, startKafka } from '../services/kafka/kafka.ts'
import type { KafkaCluster } from '../services/kafka/kafka-cluster.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { type CopyEnd, killProcesses, type Strike } from './copy/copy-process.ts'
import { CopyWorld } from './copy/copy-world.ts'
import { expectExact } from './copy/expect-exact.ts'
import { sayTally } from './copy/tally.ts'
import { isFull } from './scale.ts'

const why = await whyUnavailable(kafka)
const count = 12_000
const speed = 8
const shortTimeout = { transactionTimeoutSeconds: 5 }
/** The broker looks every second for transactions whose time is over. */
const longSleepMs = 7_500

beforeEach(({ skip }) => skip(why !== undefined, why))
afterEach(killProcesses)
afterAll(() => sayTally('disturbed'))

describe.each([
  ['transaction', 2],
  ['staged', 1],
  ...(isFull
    ? ([
        ['transaction', 1],
        ['staged', 2],
      ] as const)
    : []),
] as const)('a copy by commit: %s, transaction version %i', (commit, transactionVersion) => {
  let cluster: KafkaCluster
  let java: JavaClient
  let world: CopyWorld

  beforeAll(async () => {
    if (why !== undefined) return
    cluster = await startKafka({ transactionVersion })
    java = await JavaClient.start(cluster.url)
  }, 120_000)

  afterAll(async () => {
    await java?.close()
    await cluster?.stop()
  }, 60_000)

  beforeEach(async () => {
    world = await CopyWorld.make({ url: cluster.url, java }, commit, count)
    return () => world.end()
  }, 60_000)

  /** A run that stops at this point, and goes on after a long time. */
  async function sleepAt(strike: Omit<Strike, 'signal'>): Promise<CopyEnd> {
    const signal = 'SIGSTOP'
    const sleeper = world.start({ speed, ...shortTimeout, strike: { ...strike, signal } })
    await sleeper.until('struck')
    await sleep(longSleepMs)
    sleeper.signal('SIGCONT')
    return await sleeper.ended
  }

  /** Staged, it goes on as if nothing had been; else it says so, each time, and has a way on. */
  async function expectNothingLostSilently(end: CopyEnd): Promise<void> {
    if (commit === 'staged') return await expectExact(world, end)
    expect(end, end.errors).toMatchObject({ how: 'failed', code: 'COMMIT_IMPOSSIBLE' })
    // A start as if nothing had been would say the same; what is proven is the way on.
    const again = await world.start().ended
    expect(again, again.errors).toMatchObject({ how: 'failed', code: 'COMMIT_IMPOSSIBLE' })
    const proven = world.lastProven()
    expect(proven).toBeTypeOf('number')
    await expectExact(world, await world.start({ startFrom: proven ?? 0 }).ended)
  }

  if (isFull || commit === 'transaction')
    it('is exact when the broker is killed and started again', async () => {
      const copy = world.start({ speed })
      await copy.until('committed', 2)
      await cluster.kill()
      await cluster.restart()
      await expectExact(world, await copy.ended)
    }, 150_000)

  if (isFull || commit === 'staged')
    it('is exact when the broker is stopped cleanly and started again', async () => {
      const copy = world.start({ speed })
      await copy.until('committed', 2)
      await cluster.broker(1).stop()
      await cluster.restart()
      await expectExact(world, await copy.ended)
    }, 150_000)

  if (isFull)
    it('is exact when the broker stands still for a while', async () => {
      const copy = world.start({ speed })
      await copy.until('committed', 2)
      cluster.pause()
      await sleep(3_000)
      cluster.resume()
      await expectExact(world, await copy.ended)
    }, 150_000)

  if (isFull)
    it('loses nothing silently when the broker sleeps longer than transactions may', async () => {
      const copy = world.start({ speed, ...shortTimeout })
      await copy.until('committed', 2)
      cluster.pause()
      await sleep(longSleepMs)
      cluster.resume()
      const end = await copy.ended
      // The moment decides whether something was promised when the broker fell asleep.
      if (end.how === 'finished') await expectExact(world, end)
      else await expectNothingLostSilently(end)
    }, 150_000)

  if (isFull)
    it('loses nothing silently when the broker sleeps so between promise and commit', async () => {
      const signal = 'SIGSTOP'
      const strike = { at: 'before-commit', nth: 2, signal } as const
      const copy = world.start({ speed, ...shortTimeout, strike })
      await copy.until('struck')
      cluster.pause()
      await sleep(longSleepMs)
      cluster.resume()
      // The broker is the first to see that the time is over.
      await sleep(2_000)
      copy.signal('SIGCONT')
      await expectNothingLostSilently(await copy.ended)
    }, 150_000)

  if (isFull)
    it('is exact when it sleeps longer than transactions may, with nothing promised', async () => {
      await expectExact(world, await sleepAt({ at: 'triggered', nth: 2 }))
    }, 150_000)

  it('loses nothing silently when it sleeps so with a promise that it has not kept', async () => {
    await expectNothingLostSilently(await sleepAt({ at: 'before-commit', nth: 2 }))
  }, 150_000)
})
