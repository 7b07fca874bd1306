// How long no records come out: from SIGKILL of the process until the next process has restored the
// state and counts, its start included; and from the death of one of two worker threads.

import { join } from 'node:path'
import { type Benchmark, type Scale, scaled } from '../harness/benchmark.ts'
import { type Program, startProgram, withFolder } from '../harness/child.ts'
import { summary } from '../harness/statistics.ts'
import { timeOfDeath } from '../jobs/die-once.ts'
import type { RecoveryLine } from '../programs/recovering-run.ts'
import type { JobOrder } from '../programs/silent-run.ts'

interface Case {
  readonly figure: string
  readonly keys: number
  readonly mostMs: number
  readonly dies: 'process' | 'worker'
}

const cases: readonly Case[] = [
  { figure: 'recovery-process-100k', keys: 100_000, mostMs: 1500, dies: 'process' },
  { figure: 'recovery-process-1m', keys: 1_000_000, mostMs: 4000, dies: 'process' },
  { figure: 'recovery-worker-100k', keys: 100_000, mostMs: 1000, dies: 'worker' },
]

/** Checkpoints that are complete before the kill, all keys in them. */
const checkpointsBefore = 4
const recordsPerKey = 5

export const recoveries: readonly Benchmark[] = cases.map((each) => ({
  figures: [each.figure],
  async *run(_wanted, scale, tell) {
    const times: number[] = []
    for (let run = 0; run < scale.runs; run++) {
      const recover = each.dies === 'process' ? killProcess : loseWorker
      times.push(await withFolder((folder) => recover(folder, scaled(each.keys, scale), scale)))
      tell(`${each.figure}, run ${run + 1}: ${Math.round(times.at(-1) ?? 0)} ms`)
    }
    const bar = { value: each.mostMs, direction: 'at-most' } as const
    yield { name: each.figure, ...summary(times), unit: 'ms', bar }
  },
}))

async function killProcess(folder: string, keys: number, scale: Scale): Promise<number> {
  const order = orderOf(folder, keys, {})
  await until(order, (program, line, checkpoints) => {
    if (line.said !== 'checkpoint' || line.records < keys * recordsPerKey) return false
    if (checkpoints < scaled(checkpointsBefore, scale)) return false
    program.process.kill('SIGKILL')
    return true
  })
  const killedMs = Date.now()
  let flowingMs = Number.NaN
  await until(order, (program, line) => {
    if (line.said !== 'flowing') return false
    flowingMs = line.atMs
    program.process.kill('SIGKILL')
    return true
  })
  return flowingMs - killedMs
}

async function loseWorker(folder: string, keys: number): Promise<number> {
  const marker = join(folder, 'died')
  let flowingMs = Number.NaN
  await until(orderOf(folder, keys, { DIES: marker }), (program, line) => {
    if (line.said !== 'flowing' || line.attempt < 2) return false
    flowingMs = line.atMs
    program.process.kill('SIGKILL')
    return true
  })
  return flowingMs - timeOfDeath(marker)
}

function orderOf(folder: string, keys: number, more: Readonly<Record<string, string>>): JobOrder {
  return {
    job: 'keyed-count',
    parameters: { KEYS: String(keys), ...more },
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
