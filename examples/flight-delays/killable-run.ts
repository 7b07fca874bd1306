// One run of the job in a process of its own, which kills itself with SIGKILL when a phase is
// reached: nothing is flushed, no handler runs. Talks to the demonstration in JSON lines.

import { run } from 'sluice'

interface Order {
  readonly parameters: Record<string, string>
  readonly storage: string
  readonly kill?: { readonly phase: string; readonly skip: number }
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order
let toSkip = order.kill?.skip ?? 0
let reading = false

function tell(message: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

function strike(phase: string): void {
  if (order.kill?.phase !== phase || toSkip-- > 0) return
  process.kill(process.pid, 'SIGKILL')
}

const job = run(new URL('./job.ts', import.meta.url), {
  parameters: order.parameters,
  settings: { checkpoint: { storage: order.storage } },
  metricsEveryMs: 50,
  logLevel: 'error',
  onPhase: (phase) => {
    if (phase !== 'reading') strike(phase)
  },
})
job.on('metrics', ({ steps }) => {
  const rows = steps.find((step) => step.step === 'flights')?.recordsIn ?? 0
  if (rows === 0) return
  if (!reading) tell({ type: 'flowing' })
  reading = true
  tell({ type: 'progress', rows })
  strike('reading')
})
job.on('checkpoint-completed', () => tell({ type: 'checkpoint' }))
const { outcome, error } = await job.done
if (error !== undefined) console.error(error.stack)
process.exitCode = outcome === 'finished' ? 0 : 1
