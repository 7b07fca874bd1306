import type { Committer, NamedCommittable } from '@sluice/core/connector'
import { SluiceError } from '@sluice/core'
import { expect, test } from 'vitest'
import { Pauses } from '../../src/checkpoint/backoff.ts'
import { type CommitEnds, CommitRunner } from '../../src/checkpoint/commit-runner.ts'
import { checkpointId } from '../../src/checkpoint/protocol/identifiers.ts'
import type { CommitPermit } from '../../src/checkpoint/protocol/log/append.ts'
import { instantPlatform } from './instant-platform.ts'

function owed(count: number, sink = 'out'): NamedCommittable[] {
  return Array.from({ length: count }, (_, part) => ({
    name: { logId: 'log', sink, generation: 1, checkpoint: 3, part: String(part) },
    bytes: new Uint8Array(),
  }))
}

function permit(owes: readonly NamedCommittable[]): CommitPermit {
  // The runner only reads what a permit owes; how permits come about is the protocol's own test.
  return { owes } as CommitPermit
}

function committer(commit: (part: string) => Promise<void>, told: number[] = []): Committer {
  return {
    commit: ({ name }) => commit(name.part),
    checkpointCommitted: async (_, committables) => {
      told.push(committables.length)
    },
    findOrphans: async () => [],
    abort: async () => {},
    close: async () => {},
  }
}

function runner(committers: Record<string, Committer>, ends: Partial<CommitEnds> = {}) {
  const platform = instantPlatform()
  const pauses = new Pauses(platform.timers)
  const options = {
    committers: new Map(Object.entries(committers)),
    pauses,
    random: platform.random,
    timers: platform.timers,
    ends: {
      judge: async () => {},
      retried: () => {},
      silent: () => {},
      proven: () => {},
      inCommit: () => {},
      ...ends,
    },
  }
  return { runner: new CommitRunner(options), pauses }
}

const three = checkpointId(3)

test('several commits are under way at once, and no more than eight', async () => {
  let running = 0
  let most = 0
  const { runner: commits } = runner({
    out: committer(async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
    }),
  })
  await commits.commit(permit(owed(40)), three)
  expect(most).toBe(8)
})

test('every sink is told of the whole, also one that is owed nothing', async () => {
  const told: number[] = []
  const other: number[] = []
  const { runner: commits } = runner({
    out: committer(async () => {}, told),
    late: committer(async () => {}, other),
  })
  await commits.commit(permit(owed(2)), three)
  expect([told, other]).toEqual([[2], [0]])
})

test('the middle of a commit is told once, with one committable and with many', async () => {
  for (const count of [1, 2, 20]) {
    let told = 0
    let done = 0
    let doneWhenTold = -1
    const { runner: commits } = runner(
      {
        out: committer(async () => {
          await new Promise((resolve) => setImmediate(resolve))
          done++
        }),
      },
      {
        inCommit: () => {
          told++
          doneWhenTold = done
        },
      },
    )
    await commits.commit(permit(owed(count)), three)
    expect(told).toBe(1)
    expect(doneWhenTold).toBeLessThan(count)
  }
})

test('an error is judged before it is believed, and after it nothing more is begun', async () => {
  const begun: string[] = []
  const { runner: commits, pauses } = runner(
    {
      out: committer(async (part) => {
        begun.push(part)
        if (part === '0') throw new SluiceError('COMMIT_IMPOSSIBLE', 'aborted by the broker')
        await new Promise((resolve) => setImmediate(resolve))
      }),
    },
    {
      judge: async (error) => {
        pauses.end(error)
        throw error
      },
    },
  )
  await expect(commits.commit(permit(owed(100)), three)).rejects.toMatchObject({
    code: 'COMMIT_IMPOSSIBLE',
    where: { sink: 'out', checkpoint: 3 },
  })
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(begun.length).toBe(8)
})

test('a commit that does not answer is told of, with its sink, and waited for', async () => {
  const silent: string[] = []
  const answer = Promise.withResolvers<void>()
  const { runner: commits } = runner(
    { out: committer(() => answer.promise) },
    {
      silent: (sink, checkpoint, waitedMs) => {
        silent.push(`${sink} ${checkpoint} ${waitedMs}`)
        if (silent.length === 2) answer.resolve()
      },
    },
  )
  await commits.commit(permit(owed(1)), three)
  expect(silent.slice(0, 2)).toEqual(['out 3 30000', 'out 3 60000'])
})
