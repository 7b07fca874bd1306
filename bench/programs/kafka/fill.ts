// Runs a job to its end: it fills a topic before anything is measured.

import { type JobOrder, silentRun } from '../silent-run.ts'

const run = silentRun(JSON.parse(process.argv[2] ?? '{}') as JobOrder, () => {})
const { outcome } = await run.done
process.stdout.write(`${JSON.stringify({ outcome })}\n`, () => process.exit(0))
