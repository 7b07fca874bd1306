// One run of the copy job in a process of its own. Says each phase before it goes on, and strikes
// itself with a signal at the phase that it was given: nobody else could be so exact.

import { writeSync } from 'node:fs'
import { run } from 'sluice'
import type { RunOrder } from './copy-process.ts'

const order = JSON.parse(process.argv[2] ?? '') as RunOrder
const { strike } = order
let seen = 0

/** At once, for the process may not live to write it later. */
const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`)

const job = run(new URL('./job.ts', import.meta.url), {
  parameters: {
    BROKERS: order.brokers,
    FROM: order.from,
    TO: order.to,
    COMMIT: order.commit,
    TRANSACTION_TIMEOUT_SECONDS: String(order.transactionTimeoutSeconds ?? 60),
    RECORDS_PER_MS: String(order.recordsPerMs ?? 0),
    DIES_WHEN_PREPARED: String(strike?.at === 'prepared' ? strike.nth : 0),
  },
  settings: { checkpoint: { storage: order.storage }, parallelism: order.parallelism },
  ...(order.startFrom === undefined
    ? {}
    : { from: order.startFrom, acceptDuplicates: true as const }),
  startOver: order.startOver ?? false,
  logLevel: 'warn',
  onPhase: (phase) => {
    if (phase !== strike?.at) return
    seen++
    if (seen !== strike.nth) return
    say({ says: 'struck' })
    process.kill(process.pid, strike.signal ?? 'SIGKILL')
  },
})
job.on('running', () => say({ says: 'running' }))
job.on('committed', ({ checkpoint }) => say({ says: 'committed', checkpoint }))
job.on('restarting', ({ error }) => say({ says: 'restarting', code: error.code }))
process.on('SIGTERM', () => job.stop())
const { outcome, error } = await job.done
if (error !== undefined) console.error(error.stack)
say({ says: 'ended', outcome, code: error?.code })
