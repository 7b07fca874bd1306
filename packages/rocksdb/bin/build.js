// Compiles the native half of this package into build/rocksdb.node, with nothing but a C++ compiler
// and the installed RocksDB. Run by npm when the package is installed, and then never a failure:
// Sluice works without RocksDB. With --strict a missing compiler or library ends with code 1.

import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = `${root}build/rocksdb.node`
const strict = process.argv.includes('--strict')

/** @returns {Promise<string | undefined>} what went wrong */
async function build() {
  const { include_dir: headers } = (await import('node-api-headers')).default
  const compiler = process.env['CXX'] ?? 'c++'
  mkdirSync(`${root}build`, { recursive: true })
  // Built aside and moved: another process may have the old file loaded, or build at the same time.
  const aside = `${target}.${process.pid}`
  const platform =
    process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup', ...homebrew()] : []
  const flags = ['-std=c++17', '-O2', '-DNDEBUG', '-shared', '-fPIC', '-fvisibility=hidden']
  const args = [...flags, '-I', headers, `${root}native/addon.cc`, '-o', aside, ...platform]
  const { status, error, stderr } = spawnSync(compiler, [...args, '-lrocksdb'], {
    encoding: 'utf8',
  })
  if (status === 0) {
    renameSync(aside, target)
    return undefined
  }
  rmSync(aside, { force: true })
  if (error !== undefined) return `There is no C++ compiler (${compiler}).`
  return /rocksdb\/\w+\.h|-lrocksdb/.test(stderr)
    ? 'RocksDB is not installed.'
    : `The compiler failed:\n${stderr}`
}

/** Homebrew's folders are none that the compiler looks into. */
function homebrew() {
  const { status, stdout } = spawnSync('brew', ['--prefix', 'rocksdb'], { encoding: 'utf8' })
  const prefix = status === 0 ? stdout.trim() : '/usr/local'
  return ['-I', `${prefix}/include`, '-L', `${prefix}/lib`]
}

const problem = await build()
if (problem !== undefined) {
  console.error(`@sluice/rocksdb was not compiled: ${problem}`)
  console.error('Debian, Ubuntu: apt-get install librocksdb-dev g++. macOS: brew install rocksdb.')
  console.error('Then run: npm rebuild @sluice/rocksdb')
  if (strict) process.exitCode = 1
}
