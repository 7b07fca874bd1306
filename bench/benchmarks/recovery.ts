// How long no records come out: from SIGKILL of the process until the next process has restored the
// state and counts, its start included; and from the death of one of two worker threads. The state
// is a counter for each key; of the restores a window with its timer for each, in memory, and the
// same checkpoint taken over into RocksDB.

import { join } from 'node:path'
import { type Benchmark, type Scale, scaled } from '../harness/benchmark.ts'
import { type Program, startProgram, withFolder } from '../harness/child.ts'
import { hasRocksDb } from '../harness/rocksdb.ts'
import { summary } from '../harness/statistics.ts'
import { timeOfDeath } from '../jobs/die-once.ts'
import type { RecoveryLine } from '../programs/recovering-run.ts'
import type { JobOrder } from '../programs/silent-run.ts'

interface Case {
  readonly figure: string
  readonly keys: number
  readonly mostMs?: number
  readonly dies: 'process' | 'worker'
  readonly job: 'keyed-count' | 'held-windows'
  /** So many records of each key before the kill make sure that all are there. */
  readonly recordsPerKey: number
  /** Restored into RocksDB. */
  readonly rocksDb?: boolean
}

const counters = { job: 'keyed-count', recordsPerKey: 5 } as const
const windows = { job: 'held-windows', recordsPerKey: 1, dies: 'process' } as const

const cases: readonly Case[] = [
  { figure: 'recovery-process-100k', keys: 100_000, mostMs: 1500, dies: 'process', ...counters },
  { figure: 'recovery-process-1m', keys: 1_000_000, mostMs: 4000, dies: 'process', ...counters },
  { figure: 'recovery-worker-100k', keys: 100_000, mostMs: 1000, dies: 'worker', ...counters },
  { figure: 'restore-windows-1m', keys: 1_000_000, mostMs: 3000, ...windows },
  { figure: 'restore-windows-1m-rocksdb', keys: 1_000_000, ...windows, rocksDb: true },
]

/** Checkpoints that are complete before the kill, all keys in them. */
const checkpointsBefore = 4

export const recoveries: readonly Benchmark[] = cases.map((each) => ({
  figures: [each.figure],
  async *run(_wanted, scale, tell) {
    if (each.rocksDb === true && !(await hasRocksDb())) {
      tell(`${each.figure}: left out, RocksDB is not installed here`)
      return
    }
    const times: number[] = []
    for (let run = 0; run < scale.runs; run++) {
      const recover = each.dies === 'process' ? killProcess : loseWorker
      times.push(await withFolder((folder) => recover(folder, each, scale)))
      tell(`${each.figure}, run ${run + 1}: ${Math.round(times.at(-1) ?? 0)} ms`)
    }
    const { mostMs } = each
    yield {
      name: each.figure,
      ...summary(times),
      unit: 'ms',
      ...(mostMs === undefined ? {} : { bar: { value: mostMs, direction: 'at-most' } }),
    }
  },
}))

async function killProcess(folder: string, each: Case, scale: Scale): Promise<number> {
  const order = orderOf(folder, each, scale, {})
  const leastRecords = scaled(each.keys, scale) * each.recordsPerKey
  await until(order, (program, line, checkpoints) => {
    if (line.said !== 'checkpoint' || line.records < leastRecords) return false
    if (checkpoints < scaled(checkpointsBefore, scale)) return false
    program.process.kill('SIGKILL')
    return true
  })
  const killedMs = Date.now()
  let flowingMs = Number.NaN
  const settings = { ...order.settings, ...(each.rocksDb === true ? rocksDb(folder) : {}) }
  await until({ ...order, settings }, (program, line) => {
    if (line.said !== 'flowing') return false
    flowingMs = line.atMs
    program.process.kill('SIGKILL')
    return true
  })
  return flowingMs - killedMs
}

async function loseWorker(folder: string, each: Case, scale: Scale): Promise<number> {
  const marker = join(folder, 'died')
  let flowingMs = Number.NaN
  await until(orderOf(folder, each, scale, { DIES: marker }), (program, line) => {
    if (line.said !== 'flowing' || line.attempt < 2) return false
    flowingMs = line.atMs
    program.process.kill('SIGKILL')
    return true
  })
  return flowingMs - timeOfDeath(marker)
}

function rocksDb(folder: string): NonNullable<JobOrder['settings']> {
  return { state: { backend: 'rocksdb', path: join(folder, 'state') } }
}

function orderOf(
  folder: string,
  { job, keys }: Case,
  scale: Scale,
  more: Readonly<Record<string, string>>,
): JobOrder {
  return {
    job,
    parameters: { KEYS: String(scaled(keys, scale)), ...more },
    settings: { parallelism: 2, checkpoint: { storage: join(folder, 'checkpoints') } },
    mayRestart: true,
  }
}

/** Runs the program until `ends` has ended it. */
async function until(
  order: JobOrder,
  ends: (program: Program, line: RecoveryLine, checkpoints: number) => boolean,
): Promise<void> {
  let checkpoints = 0
  let ended = false
  const program: Program = startProgram('recover', order, (said) => {
    const line = said as RecoveryLine
    if (line.said === 'checkpoint') checkpoints++
    ended ||= ends(program, line, checkpoints)
  })
  const end = await program.ended
  if (!ended) throw new Error(`The job ended with ${end} before it was killed.`)
}
