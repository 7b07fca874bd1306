// `npm run test:kafka -- [--full] [--kills N] [--only TEXT]`: the proofs on real brokers. In full
// each crash point comes with each parallelism, commit mode and transaction version, and fifty
// kills at random moments with each mode and version; `--kills` says another number and runs them
// alone. `--only` is a regular expression over the names of tests, and has to find some.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { scaleVariables } from './scale.ts'

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    kills: { type: 'string' },
    only: { type: 'string' },
  },
})
const files = `test/kafka/${values.kills === undefined ? '' : 'kills'}`
const only = values.only === undefined ? [] : ['--testNamePattern', values.only]
const vitest = ['node_modules/vitest/vitest.mjs', 'run', files, '--exclude=packages/**']
vitest.push('--no-file-parallelism', '--reporter=verbose', '--hideSkippedTests', ...only)
const folder = mkdtempSync(join(tmpdir(), 'sluice-proofs-'))
const summary = join(folder, 'summary.json')
vitest.push('--reporter=json', `--outputFile.json=${summary}`)
const { status } = spawnSync(process.execPath, vitest, {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(values.full ? { [scaleVariables.full]: 'yes' } : {}),
    ...(values.kills === undefined ? {} : { [scaleVariables.kills]: values.kills }),
  },
})
process.exitCode = status ?? 1
if (status === 0 && passedTests() === 0) {
  console.error('No test was run: nothing is proven.')
  process.exitCode = 1
}
rmSync(folder, { recursive: true })

function passedTests(): number {
  if (!existsSync(summary)) return 0
  return (JSON.parse(readFileSync(summary, 'utf8')) as { numPassedTests: number }).numPassedTests
}
