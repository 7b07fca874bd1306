// `testJob`: runs a user's job whole, on the real engine, in a simulated machine under virtual
// time. Everything that happens follows from the seed. No environment is read, nothing outside is
// reached.

import type { JobDefinition } from '@sluice/core'
import { type CheckpointSettings, SluiceError } from '@sluice/core/internal'
import { type JobResult, registerJob, runJob } from '@sluice/runtime'
import { type LoadedJob, runWorker } from '@sluice/runtime/internal'
import { SimulatedWorld } from '../simulator/platform/simulated-world.ts'
import { CrashPoint } from './feed-source.ts'
import { Observations } from './observations.ts'
import { lateName, observedJob, type Replacements } from './observed-job.ts'

/** What stands in for the world, and what goes wrong. */
export interface TestOptions {
  /**
   * The records of each source, in order; between two of them the watermark rises. All sources of
   * the job must be given.
   */
  readonly sources: Readonly<Record<string, readonly unknown[]>>
  /** Parameters of the job, as texts; the environment is not read. */
  readonly params?: Readonly<Record<string, string>>
  /** Stand-ins for mapAsync steps, by name. All of them must be given. */
  readonly steps?: Readonly<Record<string, (value: never, signal: AbortSignal) => unknown>>
  /** Subtasks per step; 2 unless set. */
  readonly parallelism?: number
  /** A worker dies after this many records have left the sources; never unless set. */
  readonly crashAfter?: number
  /** Decides the order of everything that happens; 1 unless set. */
  readonly seed?: number
}

/** What came out. */
export interface TestRun {
  /**
   * What a sink received, exactly once: keys in the order of their first event times (then by their
   * text), the records of a key in the order of emission; without keys, in the order of emission.
   */
  sink<T = unknown>(name: string): readonly T[]
  /** Records that came too late for a window, by the name of the window step. */
  late<T = unknown>(name: string): readonly T[]
  /** How often the tasks were started again. */
  readonly restarts: number
}

const checkpoints: CheckpointSettings = {
  everyMs: 50,
  minPauseMs: 10,
  timeoutMs: 60_000,
  maxConcurrent: 1,
  keep: 3,
  tolerableFailures: 0,
  mode: 'exactly-once',
  storage: '/checkpoints',
}

const longestVirtualMs = 30 * 24 * 60 * 60 * 1000
/** A worker dies at a moment that the seed draws: before, in or after a checkpoint. */
const latestCrashMs = 150

let runs = 0

/**
 * Runs a job over given records and returns what came out. Rejects with the job's error if it
 * fails.
 *
 * @example
 * const run = await testJob(job, { sources: { orders: [{ id: 'a', cents: 500 }] }, crashAfter: 1 })
 * deepEqual(run.sink('revenue'), [{ cents: 500 }])
 */
export async function testJob<Parameters>(
  job: JobDefinition<Parameters>,
  options: TestOptions,
): Promise<TestRun> {
  const observations = new Observations()
  const world = new SimulatedWorld({ seed: options.seed ?? 1, runWorker })
  const crash = crashPoint(world, options)
  const replacements: Replacements = {
    sources: options.sources,
    steps: options.steps ?? {},
    crash,
    observations,
  }
  const key = `test-job-${++runs}`
  const unregister = registerJob(key, job as JobDefinition, (built) =>
    forTest(observedJob(built, replacements), options.parallelism ?? 2),
  )
  try {
    const result = await runIn(world, key, options.params ?? {})
    if (crash !== undefined && !crash.wasReached) throw crashNotReached(options)
    return testRun(observations, result.restarts)
  } finally {
    unregister()
  }
}

function forTest(job: LoadedJob, parallelism: number): LoadedJob {
  return { ...job, settings: { ...job.settings, parallelism, checkpoint: checkpoints } }
}

async function runIn(
  world: SimulatedWorld,
  key: string,
  parameters: Readonly<Record<string, string>>,
): Promise<JobResult> {
  let result: JobResult | undefined
  const process = world.startProcess('test')
  process.run(async (platform) => {
    const run = runJob(platform, {
      origin: { kind: 'registered', key },
      parameters,
      freezes: true,
    })
    result = await run.done
  })
  const limits = { until: () => process.exit !== undefined, untilMs: longestVirtualMs }
  const end = await world.run(limits)
  if (process.exit?.error !== undefined) throw process.exit.error
  if (result?.error !== undefined) throw result.error
  if (result?.outcome !== 'finished') throw neverEnded(end, result)
  return result
}

function crashPoint(world: SimulatedWorld, options: TestOptions): CrashPoint | undefined {
  const { crashAfter } = options
  if (crashAfter === undefined) return undefined
  if (!Number.isSafeInteger(crashAfter) || crashAfter < 1) {
    throw new SluiceError('USAGE', `crashAfter is a number of records, not ${crashAfter}.`)
  }
  const random = world.random.fork('crash')
  const crash = new CrashPoint(crashAfter, () => {
    world.schedule(random.between(0, latestCrashMs), 'a worker dies', () => {
      crash.pass()
      const [process] = world.processes
      process?.workers.at(-1 - random.below(options.parallelism ?? 2))?.kill()
    })
  })
  return crash
}

function testRun(observations: Observations, restarts: number): TestRun {
  const known = observations.names()
  const read = <T>(name: string, what: string): readonly T[] => {
    if (known.includes(name)) return observations.records(name) as readonly T[]
    const names = known.map((each) => `'${each}'`).join(', ')
    throw new SluiceError('USAGE', `The job has no ${what} '${name}'.`, {
      hint: `It has ${names}.`,
    })
  }
  return {
    restarts,
    sink: (name) => read(name, 'sink'),
    late: (name) => read(lateName(name), 'late stream'),
  }
}

function crashNotReached(options: TestOptions): SluiceError {
  const records = Object.values(options.sources).reduce((sum, feed) => sum + feed.length, 0)
  return new SluiceError(
    'USAGE',
    `crashAfter is ${options.crashAfter}, but only ${records} records left the sources.`,
  )
}

function neverEnded(end: string, result: JobResult | undefined): SluiceError {
  return new SluiceError(
    'JOB_INVALID',
    `The job did not finish (${result?.outcome ?? `the simulated machine ended with '${end}'`}).`,
    { hint: 'A job under test ends with its input: look for timers that set themselves again.' },
  )
}
