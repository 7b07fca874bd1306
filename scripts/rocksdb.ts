// Provides what the tests of the RocksDB state backend need: the library (where this is a machine
// on which it may be installed) and the compiled half of the package. Without it those tests say
// that they could not run, and why; where everything must run that is a failure.

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root, runToEnd } from './child-process.ts'
import type { Step } from './steps.ts'
import type { Tally } from './tally.ts'

const folder = join(root, 'packages/rocksdb')
const source = join(folder, 'native/addon.cc')
const compiled = join(folder, 'build/rocksdb.node')
const name = 'the RocksDB library'

/** Counts as one check. */
export const rocksDbStep: Step = { name, run: provide }

async function provide(): Promise<Tally> {
  if (isCompiled() || (await compile()) || ((await install()) && (await compile()))) {
    return { passed: 1, failures: [], skipped: [] }
  }
  const why = 'librocksdb or a C++ compiler is missing and could not be installed'
  return process.env['CI'] === undefined
    ? { passed: 0, failures: [], skipped: [{ name, why }] }
    : { passed: 0, failures: [`${name}: ${why}`], skipped: [] }
}

function isCompiled(): boolean {
  return existsSync(compiled) && statSync(compiled).mtimeMs >= statSync(source).mtimeMs
}

async function compile(): Promise<boolean> {
  const build = [process.execPath, join(folder, 'bin/build.js'), '--strict']
  return (await runToEnd(build, 120)).ok
}

/** Only as root, and where packages come from apt. */
async function install(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  const packages = ['librocksdb-dev', 'g++']
  const command = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages]
  if ((await runToEnd(command, 300)).ok) return true
  await runToEnd(['apt-get', 'update', '-qq'], 300)
  return (await runToEnd(command, 300)).ok
}
