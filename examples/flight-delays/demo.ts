// The demonstration: runs the job over three million real flights, kills its process with SIGKILL
// at the worst moments, starts it again each time, and compares the output with a plain
// computation.
//
//   npm start                   five kills
//   npm start -- --kills 0      just run it

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { expectedRows } from './expected.ts'
import { drawKills, type Kill, phaseNames } from './kill-plan.ts'
import { compare, readResults, type Verdict } from './verdict.ts'

const MOST_RECOVERY_MS = 30_000
const here = dirname(fileURLToPath(import.meta.url))
const flightsFile = fileURLToPath(
  new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url),
)

interface Attempt {
  readonly killedBy: NodeJS.Signals | null
  readonly exitCode: number | null
  readonly checkpoints: number
  /** From the start of the process until records flowed; undefined when none did. */
  readonly flowingMs: number | undefined
}

interface Place {
  readonly out: string
  readonly storage: string
}

async function main(): Promise<number> {
  const kills = parseKills()
  const folder = resolve('out/flight-delays')
  const place = { out: join(folder, 'results'), storage: join(folder, 'checkpoints') }
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  console.log('Sluice: delays per airport and day from 3,000,000 real flights, exactly once.')
  console.log(`Two workers, a checkpoint every second, ${kills.length} kills with SIGKILL.\n`)
  const started = performance.now()
  const longestRecoveryMs = await runThrough(kills, place)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`\nThe job has finished after ${seconds} s. Computing the same by a plain loop …`)
  const expected = await expectedRows(flightsFile)
  const verdict = compare(await readResults(place.out), expected.rows)
  return report(verdict, expected, kills, longestRecoveryMs, place)
}

/** Runs the job until it finishes, through all kills. Returns the longest recovery. */
async function runThrough(kills: readonly Kill[], place: Place): Promise<number> {
  let longestRecoveryMs = 0
  for (let number = 0; ; number++) {
    const kill = kills[number]
    const attempt = await runOnce(kill, place)
    if (number > 0) longestRecoveryMs = Math.max(longestRecoveryMs, attempt.flowingMs ?? 0)
    if (attempt.killedBy === 'SIGKILL' && kill !== undefined) {
      console.log(`  kill ${number + 1}: ${phaseNames[kill.phase]}${after(attempt.checkpoints)}`)
      continue
    }
    if (attempt.exitCode !== 0) throw new Error(`The job ended with code ${attempt.exitCode}.`)
    if (kill !== undefined) {
      throw new Error(`The job finished before kill ${number + 1} (${phaseNames[kill.phase]}).`)
    }
    return longestRecoveryMs
  }
}

function after(checkpoints: number): string {
  return checkpoints === 0 ? '' : `, ${checkpoints} checkpoints further on`
}

async function runOnce(kill: Kill | undefined, place: Place): Promise<Attempt> {
  const order = {
    parameters: { FLIGHTS: flightsFile, OUT: place.out },
    storage: place.storage,
    ...(kill === undefined ? {} : { kill }),
  }
  const started = performance.now()
  const child = spawn(
    process.execPath,
    [...process.execArgv, join(here, 'killable-run.ts'), JSON.stringify(order)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const seen = listen(child, started)
  const [exitCode, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>(
    (done, failed) => {
      child.once('error', failed)
      child.once('close', (code, signal) => done([code, signal]))
    },
  )
  clearLine()
  return { exitCode, killedBy, ...seen }
}

function listen(child: ChildProcess, started: number) {
  const seen = { checkpoints: 0, flowingMs: undefined as number | undefined }
  if (child.stdout === null) throw new Error('The run has no output to listen to.')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as { readonly type: string; readonly rows?: number }
    if (message.type === 'checkpoint') seen.checkpoints++
    if (message.type === 'flowing') seen.flowingMs = performance.now() - started
    if (message.type === 'progress') progress(`  ${count(message.rows ?? 0)} rows in this attempt`)
  })
  return seen
}

function report(
  verdict: Verdict,
  expected: { readonly rows: ReadonlyMap<string, unknown>; readonly flights: number },
  kills: readonly Kill[],
  longestRecoveryMs: number,
  place: Place,
): number {
  const { windows, lost, doubled, wrong } = verdict
  const exact = lost + doubled + wrong === 0 && verdict.flights === expected.flights
  const phases = [...new Set(kills.map((kill) => phaseNames[kill.phase]))].join(', ')
  const rows: [string, string][] = [
    ['rows in', count(expected.flights)],
    ['rows counted in windows', count(verdict.flights)],
    ['windows out', `${count(windows)} of ${count(expected.rows.size)}`],
    ['lost', count(lost)],
    ['doubled', count(doubled)],
    ['wrong', count(wrong)],
    ['kills', kills.length === 0 ? '0' : `${kills.length} (${phases})`],
  ]
  if (kills.length > 0) {
    rows.push(['longest recovery', `${Math.round(longestRecoveryMs)} ms, start of Node included`])
  }
  rows.push(['results', relative(process.cwd(), place.out)])
  console.log()
  for (const [name, value] of rows) console.log(`  ${name.padEnd(24)}${value}`)
  console.log(exact ? '\nExactly once.' : '\nNOT exactly once.')
  return exact && longestRecoveryMs < MOST_RECOVERY_MS ? 0 : 1
}

function parseKills(): Kill[] {
  const { values } = parseArgs({ options: { kills: { type: 'string', default: '5' } } })
  const wanted = Number(values.kills)
  if (!Number.isInteger(wanted) || wanted < 0) {
    throw new Error(`--kills takes a whole number, not '${values.kills}'.`)
  }
  return drawKills(wanted, Math.random)
}

const count = (number: number): string => number.toLocaleString('en-US')

function progress(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line}`)
}

function clearLine(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[2K')
}

process.exitCode = await main()
