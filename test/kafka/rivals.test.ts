// Two processes that take themselves for the same job: only one of them publishes.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JavaClient } from '../../packages/kafka/test/real/java-client.ts'
import { kafka } from '../services/kafka/kafka.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { sharedService } from '../services/shared/shared-service.ts'
import { killProcesses, type Strike } from './copy/copy-process.ts'
import { CopyWorld, exact } from './copy/copy-world.ts'
import { expectExact } from './copy/expect-exact.ts'
import { sayTally } from './copy/tally.ts'
import { isFull } from './scale.ts'

const why = await whyUnavailable(kafka)
const count = 12_000
const speed = 8

/** Where a sleeper may be while its successor does its work. */
const sleeps: readonly Strike['at'][] = isFull
  ? ['triggered', 'before-manifest', 'after-manifest', 'before-commit', 'in-commit', 'after-commit']
  : ['before-commit']

beforeEach(({ skip }) => skip(why !== undefined, why))
afterEach(killProcesses)
afterAll(() => sayTally('rivals'))

describe.each([
  ['transaction', 2, 'kafka'],
  ['staged', 2, 'kafka'],
  ...(isFull
    ? ([
        ['transaction', 1, 'kafka with transaction version 1'],
        ['staged', 1, 'kafka with transaction version 1'],
      ] as const)
    : []),
] as const)('a copy by commit: %s, transaction version %i', (commit, _version, service) => {
  let url: string
  let java: JavaClient
  let world: CopyWorld

  beforeAll(async () => {
    if (why !== undefined) return
    url = await sharedService(service)
    java = await JavaClient.start(url)
  }, 120_000)

  afterAll(() => java?.close())

  beforeEach(async () => {
    world = await CopyWorld.make({ url, java }, commit, count)
    return () => world.end()
  }, 60_000)

  if (isFull || commit === 'transaction')
    it('is exact when it is started twice: the first is fenced', async () => {
      const first = world.start({ speed })
      await first.until('committed')
      const second = world.start()
      expect(await first.ended).toMatchObject({ how: 'fenced' })
      await expectExact(world, await second.ended)
    }, 90_000)

  it.each(sleeps)(
    'is exact when a sleeper (%s) wakes after its successor',
    async (at) => {
      const sleeper = world.start({ speed, strike: { at, nth: 2, signal: 'SIGSTOP' } })
      await sleeper.until('struck')
      const successor = await world.start().ended
      sleeper.signal('SIGCONT')
      const { how, errors } = await sleeper.ended
      expect(how, errors).toBe('fenced')
      await expectExact(world, successor)
    },
    90_000,
  )

  if (isFull)
    it.each(sleeps)(
      'is exact when a sleeper (%s) wakes while its successor works',
      async (at) => {
        const sleeper = world.start({ speed, strike: { at, nth: 2, signal: 'SIGSTOP' } })
        await sleeper.until('struck')
        const successor = world.start({ speed, parallelism: 3 })
        await successor.until('committed', 2)
        sleeper.signal('SIGCONT')
        const { how, errors } = await sleeper.ended
        expect(how, errors).toBe('fenced')
        await expectExact(world, await successor.ended)
      },
      90_000,
    )

  if (isFull)
    it('leaves alone what a job has open whose name begins with its own', async () => {
      const other = await CopyWorld.make({ url, java }, commit, count, `${world.job}-too`)
      try {
        const strike = { at: 'before-manifest', nth: 2, signal: 'SIGSTOP' } as const
        const sleeper = other.start({ speed, strike })
        await sleeper.until('struck')
        const open = await other.open()
        expect(open.length > 0).toBe(commit === 'transaction')
        await expectExact(world, await world.start().ended)
        expect(await other.open()).toEqual(open)
        sleeper.signal('SIGCONT')
        const { how, errors, lines } = await sleeper.ended
        expect(how, errors).toBe('finished')
        expect(lines.map(({ says }) => says)).not.toContain('restarting')
        await expectExact(other, { how, errors })
      } finally {
        await other.end()
      }
    }, 90_000)

  if (isFull || commit === 'staged')
    it('is refused a second history under its name, unless it starts over', async () => {
      await expectExact(world, await world.start().ended)
      const storage = world.storage('elsewhere')
      const refused = await world.start({ storage }).ended
      expect(refused, refused.errors).toMatchObject({ how: 'failed', code: 'SINK_FOREIGN_HISTORY' })
      expect(await world.judge()).toEqual(exact)
      const anew = await world.start({ storage, startOver: true }).ended
      expect(anew.how, anew.errors).toBe('finished')
      expect(await world.stillOpen()).toEqual([])
      expect(await world.judge()).toMatchObject({ lost: 0, doubled: count })
    }, 90_000)
})
