// The kinds of step that a test run is made of: a command that passes or fails as a whole, a vitest
// run over some folders, and a program that prints its own closing line. Each ends in a tally.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToEnd } from './child-process.ts'
import { readClosingLine, type Tally } from './tally.ts'

export interface Step {
  readonly name: string
  run(): Promise<Tally>
}

/** A command, looked up in `node_modules/.bin`, that counts as one check. */
export function commandStep(name: string, command: readonly string[]): Step {
  return {
    name,
    async run() {
      const ended = await runToEnd(command, 300)
      return ended.ok
        ? { passed: 1, failures: [], skipped: [] }
        : { passed: 0, failures: [`${name} (${ended.how})`], skipped: [] }
    },
  }
}

/**
 * A program of ours that ends with a closing line, which is added up; without one it counts as one.
 */
export function programStep(name: string, file: string, limitSeconds: number): Step {
  return {
    name,
    async run() {
      const ended = await runToEnd([process.execPath, ...process.execArgv, file], limitSeconds)
      const tally = readClosingLine(ended.output, name)
      if (tally !== undefined && ended.ok === (tally.failures.length === 0)) return tally
      const how = tally === undefined ? ended.how : `${ended.how} against its own closing line`
      return ended.ok && tally === undefined
        ? { passed: 1, failures: [], skipped: [] }
        : { passed: tally?.passed ?? 0, failures: [`${name} (${how})`], skipped: [] }
    },
  }
}

export interface VitestOptions {
  readonly limitSeconds: number
  /** Test files one after the other: for those that start processes of their own. */
  readonly oneAtATime?: boolean
  /** Patterns of files that are not meant although their path contains one of `paths`. */
  readonly without?: readonly string[]
}

/** The tests below `paths` (vitest's filters: parts of the path). */
export function vitestStep(name: string, paths: readonly string[], options: VitestOptions): Step {
  return {
    name,
    async run() {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-tally-'))
      const file = join(folder, 'tally.json')
      const command = ['env', `SLUICE_TALLY_FILE=${file}`, 'vitest', 'run', ...paths]
      command.push('--passWithNoTests', '--reporter=default')
      command.push('--reporter=./scripts/test-reporter.ts')
      for (const pattern of options.without ?? []) command.push(`--exclude=${pattern}`)
      if (options.oneAtATime === true) command.push('--no-file-parallelism')
      try {
        const ended = await runToEnd(command, options.limitSeconds)
        return readTally(name, file, ended.ok, ended.how)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

/** The tally of the reporter; a run that ended badly is never without a failure. */
function readTally(name: string, file: string, ok: boolean, how: string): Tally {
  let tally: Tally
  try {
    tally = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { passed: 0, failures: [`${name}: vitest left no result (${how})`], skipped: [] }
  }
  if (ok || tally.failures.length > 0) return tally
  return { ...tally, failures: [`${name}: vitest failed as a whole (${how})`] }
}
