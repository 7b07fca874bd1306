// Makes every command of the repository work as the first one in a fresh clone: installs what the
// lock file names if `node_modules` does not hold it, finds Node 24, and runs the wanted program
// with it. Plain JavaScript for Node 20 without dependencies; silent when there is nothing to do.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  findNode,
  handOver,
  requiredNodeMajor,
  sourceCondition,
} from '../packages/sluice/bin/launch.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What each command of `package.json` runs. */
const programs = new Map([
  ['start', 'scripts/start.ts'],
  ['test', 'scripts/test.ts'],
  ['check', 'scripts/check.ts'],
  ['format', 'scripts/format.ts'],
  ['bench', 'bench/main.ts'],
  ['simulate', 'test/simulation/main.ts'],
  ['services', 'test/services/main.ts'],
  ['test:kafka', 'test/kafka/main.ts'],
])

/**
 * @typedef {{ version?: string, resolved?: string, optional?: boolean, devOptional?: boolean,
 * link?: boolean }} Locked
 * @param {string} path
 * @returns {Record<string, Locked>}
 */
function lockedPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages
}

/**
 * Whether `node_modules` holds what the lock file names. npm writes its own list of what it
 * installed last, so an install that was cut off has none. Packages of other platforms may be
 * missing.
 */
function isInstalled() {
  const list = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(list)) return false
  const installed = lockedPackages(list)
  return Object.entries(lockedPackages(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/')) return true
    const found = installed[path]
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true
    return wanted.link === true
      ? found.resolved === wanted.resolved
      : found.version === wanted.version
  })
}

/** Installs the lock file, and tells every ten seconds that it is still at it. */
async function install() {
  const began = Date.now()
  const elapsedSeconds = () => Math.round((Date.now() - began) / 1000)
  console.error('Installing the dependencies (about half a minute, the first time only) …')
  const progress = setInterval(
    () => console.error(`… still installing after ${elapsedSeconds()} s`),
    10_000,
  )
  // Development packages are asked for by name, because NODE_ENV=production would leave them out.
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  const code = await runNpm([...args, '--loglevel=error'])
  clearInterval(progress)
  if (code !== 0) {
    throw new Error('The dependencies could not be installed: npm says why above.')
  }
  console.error(`Installed in ${elapsedSeconds()} s.`)
}

/**
 * Runs npm the way this process was started by it, so that the same npm and Node are used again.
 *
 * @param {string[]} args
 * @returns {Promise<number>}
 */
function runNpm(args) {
  const script = process.env['npm_execpath']
  const [command, first] =
    script === undefined
      ? [process.platform === 'win32' ? 'npm.cmd' : 'npm', []]
      : [process.env['npm_node_execpath'] ?? process.execPath, [script]]
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: command.endsWith('.cmd'),
    })
    child.on('error', (error) => reject(new Error(`npm could not be started: ${error.message}`)))
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

async function main() {
  const [name, ...args] = process.argv.slice(2)
  const program = name === undefined ? undefined : programs.get(name)
  if (name !== undefined && program === undefined) {
    throw new Error(`There is no command ${name}; there are ${[...programs.keys()].join(', ')}.`)
  }
  if (!isInstalled()) await install()
  const node = findNode(root)
  if (node === undefined) {
    throw new Error(
      `Node ${requiredNodeMajor} is needed, and none was found: the npm package that carries it ` +
        `is not installed for ${process.platform}-${process.arch} or does not run here. ` +
        `This is Node ${process.versions.node}: ` +
        `install Node ${requiredNodeMajor} and run this again.`,
    )
  }
  if (program === undefined) {
    console.error(`Ready: ${node}`)
  } else if (existsSync(join(root, program))) {
    process.chdir(root)
    handOver(root, node, [`--conditions=${sourceCondition}`, join(root, program), ...args])
  } else {
    throw new Error(`${program}, which \`${name}\` runs, is missing in this checkout.`)
  }
}

main().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
