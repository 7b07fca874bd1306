// Runs a job until a step has taken so many records and two checkpoints more are complete, and says
// how much memory the process ever had resident.

import { type JobOrder, silentRun } from './silent-run.ts'

export interface MemoryOrder extends JobOrder {
  readonly step: string
  readonly records: number
}

export interface ResidentMemory {
  readonly mostResidentMb: number
}

const order = JSON.parse(process.argv[2] ?? '{}') as MemoryOrder
let complete = false
let checkpoints = 0
let most = 0

const run = silentRun(order, () => {})
run.on('metrics', ({ steps }) => {
  most = Math.max(most, process.memoryUsage.rss())
  complete ||= (steps.find(({ step }) => step === order.step)?.recordsIn ?? 0) >= order.records
})
run.on('checkpoint-completed', () => {
  if (!complete || ++checkpoints < 2) return
  const result: ResidentMemory = { mostResidentMb: most / 1e6 }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
})
