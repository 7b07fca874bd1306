// The examples that users copy their tests from are tested with node:test, as printed.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = spawnSync(
  process.execPath,
  [
    '--conditions=sluice-source',
    '--test',
    '--test-reporter=tap',
    'examples/*.test.ts',
    'examples/patterns/*.test.ts',
  ],
  { cwd: root, encoding: 'utf8' },
)
process.stdout.write(run.stdout)
process.stderr.write(run.stderr)
const figure = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(run.stdout)?.[1])
const [passed, failed] = [figure('pass'), figure('fail')]
// A run that tested nothing has failed, whatever it says.
const ok = run.status === 0 && passed > 0
console.log(`${passed} passed, ${ok ? failed : Math.max(1, failed)} failed`)
process.exitCode = ok ? 0 : 1
