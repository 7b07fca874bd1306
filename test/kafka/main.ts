// `npm run test:kafka -- [--full] [--kills N] [--only TEXT]`: the proofs on real brokers. In full
// each crash point comes with each parallelism, commit mode and transaction version, and fifty
// kills at random moments with each mode; `--kills` says another number and runs them alone.

import { spawnSync } from 'node:child_process'
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
vitest.push('--no-file-parallelism', ...only)
const { status } = spawnSync(process.execPath, vitest, {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(values.full ? { [scaleVariables.full]: 'yes' } : {}),
    ...(values.kills === undefined ? {} : { [scaleVariables.kills]: values.kills }),
  },
})
process.exitCode = status ?? 1
