// Runs the keyed count and says when records came out first, when checkpoints were complete, and
// how many records the count has taken. Never ends by itself.

import type { ProbeLine } from '../jobs/probe-sink.ts'
import { type JobOrder, silentRun } from './silent-run.ts'

/** What it says; times are milliseconds since 1970. */
export type RecoveryLine =
  | { readonly said: 'flowing'; readonly attempt: number; readonly atMs: number }
  | { readonly said: 'checkpoint'; readonly records: number }

const order = JSON.parse(process.argv[2] ?? '{}') as JobOrder
const flowing = new Set<number>()
let records = 0

function tell(line: RecoveryLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

const run = silentRun(order, (line) => {
  const said = JSON.parse(line) as ProbeLine
  const { attempt } = run.status()
  if (said.probe !== 'first' || flowing.has(attempt)) return
  flowing.add(attempt)
  tell({ said: 'flowing', attempt, atMs: said.atMs })
})
run.on('metrics', ({ steps }) => {
  records = steps.find(({ step }) => step === 'count')?.recordsIn ?? 0
})
run.on('checkpoint-completed', () => tell({ said: 'checkpoint', records }))
