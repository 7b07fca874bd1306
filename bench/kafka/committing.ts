// How long it takes from the making of a record until it is copied and visible to readers of
// committed records, by checkpoint interval; and from `kill -9` of the copying job until a record
// is visible that was made after the kill, the start of the next process included.

import { join } from 'node:path'
import { scaled } from '../harness/benchmark.ts'
import { type Program, startProgram, withFolder } from '../harness/child.ts'
import { summary } from '../harness/statistics.ts'
import type { StampedLine, StampedOrder } from '../programs/kafka/stamped-records.ts'
import type { JobOrder } from '../programs/silent-run.ts'
import type { KafkaPart, Measuring } from './figures.ts'

interface Case {
  readonly label: string
  readonly everyMs: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Most that the median may be, in milliseconds. */
  readonly mostMs?: number
  /** A run of the longest interval takes most of half a minute, so there is one. */
  readonly once?: boolean
}

const cases: readonly Case[] = [
  { label: '100ms', everyMs: 100, warmUpMs: 3000, measureMs: 5000, mostMs: 120 },
  { label: '1s', everyMs: 1000, warmUpMs: 3000, measureMs: 6000 },
  { label: '10s', everyMs: 10_000, warmUpMs: 3000, measureMs: 22_000, once: true },
]

/** An interval is not shorter where everything is small. */
const leastEveryMs = 100

const recovery = 'kafka-recovery'
const recoveryEveryMs = 1000
const mostRecoveryMs = 3000
/** The job runs so long before it is killed. */
const beforeKillMs = 4000

export const committing: KafkaPart = {
  figures: [
    ...cases.flatMap(({ label }) => [
      `kafka-commit-latency-${label}-p50`,
      `kafka-commit-latency-${label}-p99`,
    ]),
    recovery,
  ],

  async *run(measuring: Measuring) {
    const { wanted, scale, tell } = measuring
    for (const each of cases) {
      const name = `kafka-commit-latency-${each.label}`
      if (!wanted.has(`${name}-p50`) && !wanted.has(`${name}-p99`)) continue
      const medians: number[] = []
      const longest: number[] = []
      for (let run = 0; run < (each.once === true ? 1 : scale.runs); run++) {
        const latencies = await withFolder((folder) => latenciesMs(measuring, folder, each))
        medians.push(percentile(latencies, 0.5))
        longest.push(percentile(latencies, 0.99))
        tell(`${name}, run ${run + 1}: p50 ${medians.at(-1)} ms, p99 ${longest.at(-1)} ms`)
      }
      const { mostMs } = each
      yield {
        name: `${name}-p50`,
        ...summary(medians),
        unit: 'ms',
        ...(mostMs === undefined ? {} : { bar: { value: mostMs, direction: 'at-most' } }),
      }
      yield { name: `${name}-p99`, ...summary(longest), unit: 'ms' }
    }
    if (!wanted.has(recovery)) return
    const times: number[] = []
    for (let run = 0; run < scale.runs; run++) {
      times.push(await withFolder((folder) => recoveryMs(measuring, folder)))
      tell(`${recovery}, run ${run + 1}: ${times.at(-1)} ms`)
    }
    const bar = { value: mostRecoveryMs, direction: 'at-most' } as const
    yield { name: recovery, ...summary(times), unit: 'ms', bar }
  },
}

async function latenciesMs(
  measuring: Measuring,
  folder: string,
  { everyMs, warmUpMs, measureMs }: Case,
): Promise<number[]> {
  const latencies: number[] = []
  const lastingMs = scaled(measureMs, measuring.scale)
  const intervalMs = Math.max(leastEveryMs, scaled(everyMs, measuring.scale))
  await copyStamped(measuring, folder, intervalMs, (lines, firstMs) => {
    const fromMs = firstMs + scaled(warmUpMs, measuring.scale)
    const last = lines.at(-1) as StampedLine
    if (last.atMs < fromMs + lastingMs) return false
    for (const { atMs, madeMs } of lines) {
      for (const each of madeMs) if (each >= fromMs) latencies.push(atMs - each)
    }
    return latencies.length > 0
  })
  return latencies
}

async function recoveryMs(measuring: Measuring, folder: string): Promise<number> {
  let killedMs = Number.NaN
  let resultMs = Number.NaN
  const waitMs = scaled(beforeKillMs, measuring.scale)
  await copyStamped(measuring, folder, recoveryEveryMs, (lines, firstMs, restart) => {
    const { atMs, madeMs } = lines.at(-1) as StampedLine
    if (Number.isNaN(killedMs)) {
      if (atMs < firstMs + waitMs) return false
      killedMs = Date.now()
      restart()
      return false
    }
    if (!madeMs.some((each) => each > killedMs)) return false
    resultMs = atMs - killedMs
    return true
  })
  return resultMs
}

/** Whether what became visible is enough. */
type Enough = (lines: readonly StampedLine[], firstMs: number, restart: () => void) => boolean

/** Runs the copying job and its surroundings between two new topics. */
function copyStamped(
  measuring: Measuring,
  folder: string,
  everyMs: number,
  isEnough: Enough,
): Promise<void> {
  const { broker } = measuring
  const run = (from: string, to: string) => {
    return copyBetween(measuring, { from, to, folder, everyMs }, isEnough)
  }
  return broker.withTopic((from) => broker.withTopic((to) => run(from, to), 1), 1)
}

async function copyBetween(
  { broker }: Measuring,
  { from, to, folder, everyMs }: Record<'from' | 'to' | 'folder', string> & { everyMs: number },
  isEnough: Enough,
): Promise<void> {
  const checkpoint = { storage: join(folder, 'checkpoints') }
  // The pause that a job with this interval has where it says nothing else.
  const minPauseMs = Math.min(500, everyMs / 2)
  const order: JobOrder = {
    job: 'kafka/copy',
    parameters: { BROKERS: broker.url, TOPIC: from, TO: to },
    settings: { parallelism: 1, checkpoint: { ...checkpoint, everyMs, minPauseMs } },
    mayRestart: true,
  }
  const broken = Promise.withResolvers<never>()
  const start = () => {
    const program = startProgram('recover', order, () => {})
    void program.ended.then((end) => {
      if (program === job) broken.reject(new Error(`The copying job ended with ${end}.`))
    })
    return program
  }
  let job: Program = start()
  const restart = () => {
    const { process } = job
    process.kill('SIGKILL')
    job = start()
  }
  const lines: StampedLine[] = []
  const stamped: StampedOrder = { brokers: broker.url, from, to }
  const clients = startProgram('kafka/stamped-records', stamped, (line) => {
    if (clients.process.killed) return
    lines.push(line as StampedLine)
    if (isEnough(lines, lines[0]?.atMs ?? 0, restart)) clients.process.kill('SIGKILL')
  })
  try {
    await Promise.race([clients.ended, broken.promise])
    if (!clients.process.killed) throw new Error('The clients of the copying job ended.')
  } finally {
    clients.process.kill('SIGKILL')
    job.process.kill('SIGKILL')
    // Its end is not an error any more.
    broken.promise.catch(() => {})
    await Promise.all([clients.ended, job.ended])
  }
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN
}
