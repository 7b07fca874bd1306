// The job dies at each crash point and is started again only when the broker has aborted whatever
// it had open. Staged, nothing is lost however long it takes; in transactions, what was promised
// and not committed is gone, which the job says each time it is started, and it has a way on.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JavaClient } from '../../packages/kafka/test/real/java-client.ts'
import { kafka } from '../services/kafka/kafka.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { sharedService } from '../services/shared/shared-service.ts'
import { killProcesses } from './copy/copy-process.ts'
import { CopyWorld } from './copy/copy-world.ts'
import { crashPoints, type PointName, pointNames } from './copy/crash-points.ts'
import { expectExact } from './copy/expect-exact.ts'
import { sayTally } from './copy/tally.ts'
import { isFull } from './scale.ts'

const why = await whyUnavailable(kafka)
const count = 12_000
const speed = 8
const transactionTimeoutSeconds = 5
/** The broker looks every second for transactions whose time is over. */
const pauseMs = 7_500

/** Points at which all was promised and nothing kept, and such at which nothing is owed. */
const impossible: ReadonlySet<PointName> = new Set(['after the manifest, before the commit'])
const kept: ReadonlySet<PointName> = new Set([
  'before the first checkpoint is complete',
  'after the commit, before it is noted',
  'after it is noted',
  "after recovery's own commit",
])

/** The other points leave it to the moment what is owed. */
const points: readonly PointName[] = isFull ? pointNames : ['in the middle of the commit']

beforeEach(({ skip }) => skip(why !== undefined, why))
afterEach(killProcesses)
afterAll(() => sayTally('long pauses'))

describe.each([
  ['staged', 2, 'kafka'],
  ...(isFull
    ? ([
        ['transaction', 2, 'kafka'],
        ['transaction', 1, 'kafka with transaction version 1'],
        ['staged', 1, 'kafka with transaction version 1'],
      ] as const)
    : []),
] as const)('a copy by commit: %s, transaction version %i', (commit, _version, service) => {
  let java: JavaClient
  const worlds = new Map<PointName, CopyWorld>()

  // All are killed first, and wait together.
  beforeAll(async () => {
    if (why !== undefined) return
    const url = await sharedService(service)
    java = await JavaClient.start(url)
    for (const name of points) {
      const world = await CopyWorld.make({ url, java }, commit, count)
      worlds.set(name, world)
      for (const strike of crashPoints[name]) {
        const { how, errors } = await world.start({ speed, transactionTimeoutSeconds, strike })
          .ended
        expect(how, `${name} ${JSON.stringify(strike)} ${errors}`).toBe('killed')
      }
    }
    await sleep(pauseMs)
  }, 300_000)

  afterAll(async () => {
    for (const world of worlds.values()) await world.end()
    await java?.close()
  })

  it.each(points)(
    'loses nothing silently when it is killed %s, and started after a long time',
    async (name) => {
      const world = worlds.get(name) as CopyWorld
      const end = await world.start().ended
      if (commit === 'staged' || kept.has(name) || end.how !== 'failed') {
        expect(commit === 'transaction' && impossible.has(name)).toBe(false)
        return await expectExact(world, end)
      }
      expect(end, end.errors).toMatchObject({ how: 'failed', code: 'COMMIT_IMPOSSIBLE' })
      const again = await world.start().ended
      expect(again, again.errors).toMatchObject({ how: 'failed', code: 'COMMIT_IMPOSSIBLE' })
      const onward = await world.start({ startFrom: world.lastProven() ?? 0 }).ended
      if (impossible.has(name)) return await expectExact(world, onward)
      // Part of the checkpoint had been committed, and is there once more.
      expect(onward.how, onward.errors).toBe('finished')
      expect(await world.stillOpen()).toEqual([])
      expect(await world.judge()).toMatchObject({ lost: 0, held: 0 })
    },
    150_000,
  )
})
