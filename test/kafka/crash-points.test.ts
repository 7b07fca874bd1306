// kill -9 at each point of the protocol where something can be half done, with another parallelism
// after it. In a reduced run the points share a few copies; in full each has copies of its own.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JavaClient } from '../../packages/kafka/test/real/java-client.ts'
import { kafka } from '../services/kafka/kafka.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { sharedService } from '../services/shared/shared-service.ts'
import { type CommitMode, killProcesses, type Strike } from './copy/copy-process.ts'
import { CopyWorld, exact } from './copy/copy-world.ts'
import { isFull } from './scale.ts'

const why = await whyUnavailable(kafka)
const count = 16_000
const speed = 8

/** One kill after the other; the first strikes of a run are those of its recovery. */
const crashPoints: Readonly<Record<string, readonly Strike[]>> = {
  'before the barrier': [{ at: 'triggered', nth: 2 }],
  'between snapshot and acknowledgement': [{ at: 'prepared', nth: 2 }],
  'after some acknowledgements': [{ at: 'aligning', nth: 2 }],
  'after acknowledgement, before the manifest': [{ at: 'before-manifest', nth: 2 }],
  'after the manifest, before the commit': [{ at: 'after-manifest', nth: 2 }],
  'in the middle of the commit': [{ at: 'in-commit', nth: 2 }],
  'after the commit, before it is noted': [{ at: 'after-commit', nth: 2 }],
  'after it is noted': [{ at: 'noted', nth: 2 }],
  "during recovery's own commit": [
    { at: 'after-manifest', nth: 2 },
    { at: 'in-commit', nth: 1 },
  ],
  "after recovery's own commit": [
    { at: 'in-commit', nth: 2 },
    { at: 'after-commit', nth: 1 },
  ],
  'twice in a row': [
    { at: 'in-commit', nth: 2 },
    { at: 'recovering', nth: 1 },
  ],
}
type PointName = keyof typeof crashPoints

/** Which points a reduced run takes where, so that each is taken. */
const shares = {
  'transaction 2': ['between snapshot and acknowledgement', "during recovery's own commit"],
  'transaction 1': ['before the barrier', 'in the middle of the commit', 'after it is noted'],
  'staged 2': ['after the manifest, before the commit', 'twice in a row'],
  'staged 1': [
    'after acknowledgement, before the manifest',
    'after the commit, before it is noted',
  ],
} as const satisfies Readonly<Record<string, readonly PointName[]>>

interface Copy {
  readonly name: string
  readonly strikes: readonly Strike[]
  /** Of the runs in turn; the last one is kept. */
  readonly parallelism: readonly number[]
}

function copiesOf(mode: keyof typeof shares): readonly Copy[] {
  if (!isFull) {
    const strikes = shares[mode].flatMap((name) => crashPoints[name] ?? [])
    return [{ name: shares[mode].join(', then '), strikes, parallelism: [2, 4, 1, 2] }]
  }
  return Object.entries(crashPoints).flatMap(([name, strikes]) =>
    [
      { width: 'the same', after: 2 },
      { width: 'a higher', after: 4 },
      { width: 'a lower', after: 1 },
    ].map(({ width, after }) => ({
      name: `${name}, then at ${width} parallelism`,
      strikes,
      parallelism: [2, after],
    })),
  )
}

beforeEach(({ skip }) => skip(why !== undefined, why))
afterEach(killProcesses)

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

    beforeAll(async () => {
      if (why !== undefined) return
      url = await sharedService(service)
      java = await JavaClient.start(url)
    }, 120_000)

    afterAll(() => java?.close())

    it.each([...copiesOf(`${commit} ${version}`)])(
      'is exact when it is killed $name',
      async ({ strikes, parallelism }) => {
        const world = await CopyWorld.make({ url, java }, commit, count)
        try {
          let runs = 0
          const next = () => ({ parallelism: parallelism[runs++] ?? parallelism.at(-1) ?? 1 })
          for (const strike of strikes) {
            const { how, errors } = await world.start({ ...next(), strike, speed }).ended
            expect(how, `${JSON.stringify(strike)} ${errors}`).toBe('killed')
          }
          const { how, errors } = await world.start(next()).ended
          // Killed when all was committed, it has nothing more to do.
          expect(how, errors).toMatch(/^finished(-before)?$/)
          expect(await world.stillOpen()).toEqual([])
          expect(await world.judge()).toEqual(exact)
        } finally {
          await world.end()
        }
      },
      180_000,
    )
  },
)
