// kill -9 at each point of the protocol where something can be half done, with another parallelism
// after it. In a reduced run the points share a few copies; in full each has copies of its own.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JavaClient } from '../../packages/kafka/test/real/java-client.ts'
import { kafka } from '../services/kafka/kafka.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { sharedService } from '../services/shared/shared-service.ts'
import { type CommitMode, killProcesses, type Strike } from './copy/copy-process.ts'
import { CopyWorld } from './copy/copy-world.ts'
import { crashPoints, type PointName, pointNames } from './copy/crash-points.ts'
import { expectExact } from './copy/expect-exact.ts'
import { rescalings, rescalingsIn } from './copy/rescalings.ts'
import { sayTally } from './copy/tally.ts'
import { isFull } from './scale.ts'

const why = await whyUnavailable(kafka)
const count = 16_000
const speed = 8

interface Share {
  readonly points: readonly PointName[]
  /** Of its runs in turn. */
  readonly parallelism: readonly number[]
}

/** A reduced run takes each point and each change of parallelism, in one of four copies. */
const shares = {
  'transaction 2': {
    points: [
      'between snapshot and acknowledgement',
      "during recovery's own commit",
      "after recovery's own commit",
    ],
    parallelism: [1, 2, 5, 2, 3, 5],
  },
  'transaction 1': {
    points: ['before the barrier', 'in the middle of the commit', 'after it is noted'],
    parallelism: [5, 6, 5, 3],
  },
  'staged 2': {
    points: ['after the manifest, before the commit', 'twice in a row'],
    parallelism: [3, 2, 1, 4],
  },
  'staged 1': {
    points: [
      'before the first checkpoint is complete',
      'after some acknowledgements',
      'after acknowledgement, before the manifest',
      'after the commit, before it is noted',
    ],
    parallelism: [4, 2, 2, 1, 2],
  },
} as const satisfies Readonly<Record<string, Share>>

interface Copy {
  readonly name: string
  readonly strikes: readonly Strike[]
  /** Of the runs in turn; the last one is kept. */
  readonly parallelism: readonly number[]
}

function copiesOf(mode: keyof typeof shares): readonly Copy[] {
  if (!isFull) {
    const { points, parallelism } = shares[mode]
    const strikes = points.flatMap((name) => crashPoints[name])
    return [{ name: points.join(', then '), strikes, parallelism }]
  }
  const each = pointNames.flatMap((name) =>
    [
      { width: 'the same', after: 2 },
      { width: 'a higher', after: 4 },
      { width: 'a lower', after: 1 },
    ].map(({ width, after }) => ({
      name: `${name}, then at ${width} parallelism`,
      strikes: crashPoints[name],
      parallelism: [2, after],
    })),
  )
  return [...each, ...rescaledCopies()]
}

/** Each change of parallelism with transactions left open, and with commits that are owed. */
function rescaledCopies(): readonly Copy[] {
  return (['before-manifest', 'after-manifest'] as const).map((at) => ({
    name: `${at} at each parallelism of the path ${rescalings.join('-')}`,
    strikes: rescalings.slice(1).map(() => ({ at, nth: 1 })),
    parallelism: rescalings,
  }))
}

it('a reduced run takes each point and each change of parallelism', () => {
  const all = Object.values(shares)
  expect(new Set(all.flatMap(({ points }) => points))).toEqual(new Set(pointNames))
  const taken = all.flatMap(({ parallelism }) => rescalingsIn(parallelism))
  expect(new Set(taken)).toEqual(new Set([...taken, ...rescalingsIn(rescalings)]))
  for (const { points, parallelism } of all) {
    const strikes = points.flatMap((name) => crashPoints[name])
    expect(parallelism).toHaveLength(strikes.length + 1)
  }
})

describe.each([
  ['transaction', 2, 'kafka'],
  ['transaction', 1, 'kafka with transaction version 1'],
  ['staged', 2, 'kafka'],
  ['staged', 1, 'kafka with transaction version 1'],
] as const)(
  'a copy by commit: %s, transaction version %i',
  (commit: CommitMode, version, service) => {
    let url: string
    let java: JavaClient

    beforeEach(({ skip }) => skip(why !== undefined, why))
    afterEach(killProcesses)

    beforeAll(async () => {
      if (why !== undefined) return
      url = await sharedService(service)
      java = await JavaClient.start(url)
    }, 120_000)

    afterAll(() => java?.close())

    // As texts, for names that vitest takes out of objects are cut off.
    it.each(copiesOf(`${commit} ${version}`).map((copy) => [copy.name, copy] as const))(
      'is exact when it is killed %s',
      async (_name, { strikes, parallelism }) => {
        const world = await CopyWorld.make({ url, java }, commit, count)
        try {
          let runs = 0
          const next = () => ({ parallelism: parallelism[runs++] ?? parallelism.at(-1) ?? 1 })
          for (const strike of strikes) {
            const { how, errors } = await world.start({ ...next(), strike, speed }).ended
            expect(how, `${JSON.stringify(strike)} ${errors}`).toBe('killed')
          }
          await expectExact(world, await world.start(next()).ended)
        } finally {
          await world.end()
        }
      },
      180_000,
    )
  },
)

afterAll(() => sayTally('crash points'))
