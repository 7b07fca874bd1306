// The writing of a savepoint that ends, or falls asleep, at each of its operations on the disk:
// what is there afterwards is a whole savepoint or none, and the next run clears the rest away.

import { expect, test } from 'vitest'
import { SimulatedWorld } from '@sluice/testing/simulator'
import type { FileSystem } from '@sluice/core/connector'
import { type Platform, SavepointFolder, writeSavepoint } from '@sluice/runtime/internal'
import { generation, nonce } from '../../../packages/runtime/src/checkpoint/protocol/identifiers.ts'
import type { Savepoint } from '../../../packages/runtime/src/checkpoint/savepoint/savepoint.ts'
import {
  findUnfinished,
  sweepUnfinished,
} from '../../../packages/runtime/src/checkpoint/savepoint/unfinished-savepoints.ts'
import {
  countStep,
  LOG,
  segmentOf,
} from '../../../packages/runtime/test/checkpoint/protocol/entries.ts'
import { callsAround } from '../../../packages/runtime/test/coordinator/world/calls-around.ts'

const parent = '/job/savepoints'
const folder = `${parent}/daily`
const owner = (number: number) => ({ logId: LOG, generation: generation(number) })

const contents = new Map(
  [1, 2, 3].map((number) => {
    return [`${LOG}.1.5.count.0.${number}.segment`, new Uint8Array(100 * number).fill(number)]
  }),
)

function savepoint(id: string, position = 6): Savepoint {
  const segments = Array.from(contents, ([name, bytes]) => segmentOf(name, bytes))
  return {
    id: nonce(id.padEnd(16, '0')),
    name: 'daily',
    job: 'shop',
    createdAtMs: 0,
    origin: { logId: LOG, position, checkpoint: 5, generation: 1 } as Savepoint['origin'],
    end: 'continues',
    plan: { hash: 'plan', parallelism: 1, maxParallelism: 128 },
    steps: [countStep(segments)],
    idempotentSinks: [],
  }
}

async function write(platform: Platform, by: number, wanted = savepoint(`run${by}`)) {
  return await writeSavepoint(platform, {
    folder,
    savepoint: wanted,
    readSegment: async ({ name }) => contents.get(name) ?? new Uint8Array(),
    owner: owner(by),
  })
}

/** The files of a platform with a call before each operation; opened files are counted too. */
function watched(platform: Platform, before: () => Promise<void>): Platform {
  const wrap = <Target extends object>(target: Target): Target =>
    callsAround(target, async ({ carryOut }) => {
      await before()
      const result = await carryOut()
      const isHandle = typeof result === 'object' && result !== null && 'append' in result
      return isHandle ? wrap(result) : result
    })
  return { ...platform, files: wrap(platform.files as FileSystem) }
}

async function expectWholeOrNone(platform: Platform): Promise<boolean> {
  const found = await new SavepointFolder(platform, folder).find()
  if (found === undefined) {
    expect(await platform.files.stat(folder)).toBeUndefined()
    return false
  }
  expect(await new SavepointFolder(platform, folder).verify(found)).toEqual([])
  return true
}

/** How many operations one undisturbed writing takes. */
async function operationsOfOne(): Promise<number> {
  let operations = 0
  const world = new SimulatedWorld({ seed: 1 })
  const process = world.startProcess('only')
  process.run(async (platform) => {
    await write(
      watched(platform, async () => {
        operations += 1
      }),
      1,
    )
    expect(await expectWholeOrNone(platform)).toBe(true)
  })
  await world.run()
  expect(process.exit).toEqual({ kind: 'finished' })
  return operations
}

for (const [how, end] of [
  ['the process is killed', (world) => world.processes[0]?.kill()],
  ['the machine crashes', (world) => world.crashMachine()],
] as [string, (world: SimulatedWorld) => void][]) {
  test(`${how} at each operation: a whole savepoint or none, and nothing is left`, async () => {
    const operations = await operationsOfOne()
    expect(operations).toBeGreaterThan(25)
    const outcomes = new Set<boolean>()
    for (let at = 1; at <= operations; at++) {
      for (const seed of [at, at + 1000]) {
        const world = new SimulatedWorld({ seed })
        let operation = 0
        world.startProcess('victim').run(async (platform) => {
          const fatal = watched(platform, async () => {
            if (++operation !== at) return
            // In flight: it may take effect or not.
            world.schedule(world.random.below(3) / 10, 'end', () => end(world))
          })
          await write(fatal, 1)
        })
        await world.run()
        const successor = world.startProcess('successor')
        successor.run(async (platform) => {
          await sweepUnfinished(platform, parent, owner(2))
          const stood = await expectWholeOrNone(platform)
          outcomes.add(stood)
          expect(await findUnfinished(platform, parent)).toEqual([])
          const written = await write(platform, 2)
          expect(written.id).toBe(savepoint(stood ? 'run1' : 'run2').id)
          expect(await expectWholeOrNone(platform)).toBe(true)
        })
        await world.run()
        expect(successor.exit).toEqual({ kind: 'finished' })
      }
    }
    expect(outcomes).toEqual(new Set([true, false]))
  })
}

test('a savepoint that was answered for survives a crash of the machine', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const world = new SimulatedWorld({ seed })
    world.startProcess('writer').run(async (platform) => {
      await write(platform, 1)
      world.schedule(0, 'crash', () => world.crashMachine())
    })
    await world.run()
    const judge = world.startProcess('judge')
    judge.run(async (platform) => {
      expect(await expectWholeOrNone(platform)).toBe(true)
    })
    await world.run()
    expect(judge.exit).toEqual({ kind: 'finished' })
  }
})

test('a sleeper whose folder is taken away makes no savepoint of what is left', async () => {
  const operations = await operationsOfOne()
  const outcomes = new Set<string>()
  for (let at = 1; at <= operations; at++) {
    // From its first operation to long after its last one.
    for (let wakesAt = 1; wakesAt <= 24; wakesAt++) {
      const world = new SimulatedWorld({ seed: at * 100 + wakesAt })
      const wakes = Promise.withResolvers<void>()
      const sleeps = Promise.withResolvers<void>()
      let operation = 0
      let sweeping = 0
      let outcome = 'none'
      world.startProcess('sleeper').run(async (platform) => {
        const asleep = watched(platform, async () => {
          if (++operation !== at) return
          sleeps.resolve()
          await wakes.promise
        })
        await write(asleep, 1).then(
          () => {
            outcome = 'written'
          },
          () => {
            outcome = 'failed'
          },
        )
      })
      world.startProcess('successor').run(async (platform) => {
        await sleeps.promise
        const waking = watched(platform, async () => {
          if (++sweeping === wakesAt) wakes.resolve()
        })
        await sweepUnfinished(waking, parent, owner(2))
        wakes.resolve()
      })
      await world.run()
      const judge = world.startProcess('judge')
      judge.run(async (platform) => {
        const stands = await expectWholeOrNone(platform)
        expect({ at, wakesAt, stands }).toEqual({ at, wakesAt, stands: outcome === 'written' })
      })
      await world.run()
      expect(judge.exit).toEqual({ kind: 'finished' })
      outcomes.add(outcome)
    }
  }
  expect(outcomes).toEqual(new Set(['written', 'failed']))
})

test('of two writers of one name one wins, whatever fails, and it is whole', async () => {
  const faultRates = {
    'rename-failed': 0.1,
    'rename-unsure': 0.2,
    'syncDirectory-failed': 0.05,
    'sync-failed': 0.02,
    'makeDirectory-unsure': 0.05,
  }
  let both = 0
  for (let seed = 1; seed <= 200; seed++) {
    const world = new SimulatedWorld({ seed, faultRates })
    const ends: string[] = []
    for (const by of [1, 2]) {
      world.startProcess(`writer ${by}`).run(async (platform) => {
        // Of different checkpoints: what the other has written is not what this one means.
        await write(platform, by, savepoint(`run${by}`, 5 + by)).then(
          ({ id }) => ends.push(id),
          () => undefined,
        )
      })
    }
    await world.run()
    world.faults.stop()
    if (ends.length > 1) both += 1
    const judge = world.startProcess('judge')
    judge.run(async (platform) => {
      const stands = await expectWholeOrNone(platform)
      if (ends.length > 0) expect(stands).toBe(true)
      const found = await new SavepointFolder(platform, folder).find()
      for (const id of ends) expect(found?.id).toBe(id)
      await sweepUnfinished(platform, parent, owner(3))
      expect(await findUnfinished(platform, parent)).toEqual([])
    })
    await world.run()
    expect(judge.exit).toEqual({ kind: 'finished' })
  }
  expect(both).toBe(0)
})
