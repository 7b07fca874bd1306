// The broker dies or stands still under a running copy, and the copy stands still for longer than
// its transactions may stay open.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JavaClient } from '../../packages/kafka/test/real/java-client.ts'
import { kafka, startKafka } from '../services/kafka/kafka.ts'
import type { KafkaCluster } from '../services/kafka/kafka-cluster.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { type CopyEnd, killProcesses, type Strike } from './copy/copy-process.ts'
import { CopyWorld, exact } from './copy/copy-world.ts'
import { isFull } from './scale.ts'

const why = await whyUnavailable(kafka)
const count = 12_000
const speed = 8
const shortTimeout = { transactionTimeoutSeconds: 5 }
/** The broker looks every second for transactions whose time is over. */
const longSleepMs = 7_500

beforeEach(({ skip }) => skip(why !== undefined, why))
afterEach(killProcesses)

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

  async function expectExact({ how, errors }: CopyEnd): Promise<void> {
    expect(how, errors).toBe('finished')
    expect(await world.stillOpen()).toEqual([])
    expect(await world.judge()).toEqual(exact)
  }

  /** A run that stops at this point, and goes on after a long time. */
  async function sleepAt(strike: Omit<Strike, 'signal'>): Promise<CopyEnd> {
    const signal = 'SIGSTOP'
    const sleeper = world.start({ speed, ...shortTimeout, strike: { ...strike, signal } })
    await sleeper.until('struck')
    await sleep(longSleepMs)
    sleeper.signal('SIGCONT')
    return await sleeper.ended
  }

  if (isFull || commit === 'transaction')
    it('is exact when the broker is killed and started again', async () => {
      const copy = world.start({ speed })
      await copy.until('committed', 2)
      await cluster.kill()
      await cluster.restart()
      await expectExact(await copy.ended)
    }, 150_000)

  if (isFull || commit === 'staged')
    it('is exact when the broker stands still for a while', async () => {
      const copy = world.start({ speed })
      await copy.until('committed', 2)
      cluster.pause()
      await sleep(3_000)
      cluster.resume()
      await expectExact(await copy.ended)
    }, 150_000)

  if (isFull)
    it('is exact when it sleeps longer than transactions may, with nothing promised', async () => {
      await expectExact(await sleepAt({ at: 'triggered', nth: 2 }))
    }, 150_000)

  it('loses nothing silently when it sleeps so with a promise that it has not kept', async () => {
    const end = await sleepAt({ at: 'before-commit', nth: 2 })
    if (commit === 'staged') return await expectExact(end)
    expect(end, end.errors).toMatchObject({ how: 'failed', code: 'COMMIT_IMPOSSIBLE' })
    // A start as if nothing had been would say the same; what is proven is the way on.
    const again = await world.start().ended
    expect(again, again.errors).toMatchObject({ how: 'failed', code: 'COMMIT_IMPOSSIBLE' })
    const proven = end.lines.findLast(({ says }) => says === 'committed')?.checkpoint
    expect(proven).toBeTypeOf('number')
    await expectExact(await world.start({ startFrom: proven ?? 0 }).ended)
  }, 150_000)
})
