// Runs the job over real files and kills its process with SIGKILL at random moments until the
// wanted number of kills is reached; each time the job finishes, the output is checked and a new
// round begins.

import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { NumberedOrder } from './job.ts'

const FILES = 3
const SHOPS = 500
const LONGEST_ATTEMPT_MS = 60_000

/** Where a run keeps its state; with copies of it for a fast recovery. */
type Backend = 'heap' | 'rocksdb' | 'rocksdb-copies'

export interface KillOptions {
  readonly kills: number
  readonly seed: number
  /** Per round. */
  readonly recordsPerFile: number
  /** Each run keeps its state in one of these, drawn anew; in the heap unless said. */
  readonly backends?: readonly Backend[]
  readonly say: (line: string) => void
}

export interface KillReport {
  readonly kills: number
  readonly rounds: number
  readonly records: number
  readonly checkpoints: number
  readonly lost: number
  readonly doubled: number
  readonly gaps: number
}

export async function killRounds(options: KillOptions): Promise<KillReport> {
  const random = mulberry(options.seed)
  const report = { kills: 0, rounds: 0, records: 0, checkpoints: 0, lost: 0, doubled: 0, gaps: 0 }
  while (report.kills < options.kills || report.rounds === 0) {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-kill-'))
    try {
      await writeOrders(join(folder, 'in'), options.recordsPerFile)
      const before = report.kills
      await runRound(folder, options, random, report)
      const check = await checkOutput(join(folder, 'out'), options.recordsPerFile)
      report.rounds++
      report.records += FILES * options.recordsPerFile
      report.lost += check.lost
      report.doubled += check.doubled
      report.gaps += check.gaps
      options.say(
        `round ${report.rounds}: ${report.kills - before} kills, ${JSON.stringify(check)}`,
      )
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return report
}

type Totals = { kills: number; checkpoints: number }

async function runRound(
  folder: string,
  options: KillOptions,
  random: () => number,
  totals: Totals,
): Promise<void> {
  for (;;) {
    const killed = totals.kills < options.kills
    // A third of the kills strike while the run starts and recovers, the others while it works.
    const delay = random() < 0.33 ? { fromStart: random() * 900 } : { fromRunning: random() * 900 }
    const parallelism = 1 + Math.floor(random() * 3)
    const { backends = ['heap'] } = options
    const backend = backends[Math.floor(random() * backends.length)] ?? 'heap'
    const how = [String(parallelism), backend]
    const ended = await runOnce(folder, killed ? delay : undefined, how, totals)
    if (ended === 'finished') return
    totals.kills++
    const moment = JSON.stringify(delay)
    options.say(`kill ${totals.kills} at parallelism ${parallelism}, ${backend}: ${moment}`)
  }
}

interface KillDelay {
  readonly fromStart?: number
  readonly fromRunning?: number
}

function runOnce(
  folder: string,
  delay: KillDelay | undefined,
  how: readonly string[],
  totals: Totals,
): Promise<'finished' | 'killed'> {
  const script = fileURLToPath(new URL('./run-once.ts', import.meta.url))
  const places = ['in', 'out', 'checkpoints', 'state'].map((name) => join(folder, name))
  const child = spawn(process.execPath, ['--conditions=sluice-source', script, ...places, ...how], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (text) => (said += String(text)))
  const kill = () => child.kill('SIGKILL')
  const timers = [setTimeout(kill, LONGEST_ATTEMPT_MS)]
  if (delay?.fromStart !== undefined) timers.push(setTimeout(kill, delay.fromStart))
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'checkpoint') totals.checkpoints++
    if (line === 'running' && delay?.fromRunning !== undefined) {
      timers.push(setTimeout(kill, delay.fromRunning))
    }
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      for (const timer of timers) clearTimeout(timer)
      if (code === 0) resolve('finished')
      else if (signal === 'SIGKILL' && delay !== undefined) resolve('killed')
      else reject(new Error(`The run ended with code ${code}, signal ${signal}.\n${said}`))
    })
  })
}

async function writeOrders(folder: string, recordsPerFile: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (let file = 0; file < FILES; file++) {
    const lines: string[] = []
    for (let line = 0; line < recordsPerFile; line++) {
      lines.push(JSON.stringify({ file, line, shop: `Shop-${(line * 7919 + file) % SHOPS}` }))
    }
    await writeFile(join(folder, `orders-${file}.ndjson`), `${lines.join('\n')}\n`)
  }
}

/** Reads the folder as anybody would: every visible file. */
async function checkOutput(folder: string, recordsPerFile: number) {
  const seen = new Set<number>()
  const counts = new Map<string, Set<number>>()
  let doubled = 0
  for (const name of (await readdir(folder)).toSorted()) {
    if (name.startsWith('.') || !name.endsWith('.ndjson')) continue
    for (const text of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      if (text === '') continue
      const order = JSON.parse(text) as NumberedOrder
      const id = order.line * FILES + order.file
      if (seen.has(id)) doubled++
      seen.add(id)
      const numbers = counts.get(order.shop) ?? new Set()
      if (numbers.has(order.nth)) doubled++
      counts.set(order.shop, numbers.add(order.nth))
    }
  }
  // The numbers of a shop have no gap: each order was counted once, by the state of its key.
  let gaps = 0
  for (const numbers of counts.values()) gaps += Math.max(...numbers) - numbers.size
  return { lost: FILES * recordsPerFile - seen.size, doubled, gaps }
}

/**
 * Mulberry32: the moments of the kills follow from the seed, as far as a real machine lets them.
 */
function mulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
