// A history of the job: runs that follow each other on the same checkpoints and results, each ended
// in its own way, the last by the end of the events.

import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { QueryRow } from './job/all-queries.ts'
import type { Row } from './database.ts'
import type { Backend, RunEnd, RunOrder } from './job/run-order.ts'

export interface Scenario {
  readonly name: string
  /** Of the source: with one, events arrive in order of their index. */
  readonly splits: number
  readonly runs: readonly RunPlan[]
  /** Runs on RocksDB leave local copies of their state, and go on from them. */
  readonly localRecovery?: boolean
}

/** The part of the events that the runs before the last one may read, all together. */
const partBeforeLastRun = 0.6

interface RunPlan {
  readonly parallelism: number
  readonly end: RunEnd
  readonly backend: Backend
}

/** A run is ended after this time: so much, and so much more for each event. */
const longestRunMs = { start: 60_000, event: 2 }

/** Plays a scenario; returns the rows of each query in the order in which they were emitted. */
export async function play(
  { splits, runs, localRecovery = false }: Scenario,
  parameters: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, readonly Row[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-nexmark-'))
  try {
    const results = join(folder, 'results')
    const before = partBeforeLastRun * Number(parameters['EVENTS'])
    const holdAfter = Math.ceil(before / (runs.length - 1) / splits)
    const held = ({ how }: RunEnd) => (how === 'finish' ? {} : { HOLD_AFTER: String(holdAfter) })
    for (const { parallelism, end, backend } of runs) {
      await runOnce({
        parameters: { ...parameters, SPLITS: String(splits), OUT: results, ...held(end) },
        storage: join(folder, 'checkpoints'),
        parallelism,
        state: { backend, path: join(folder, 'state'), localRecovery },
        end,
      })
    }
    return await readResults(results)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function runOnce(order: RunOrder): Promise<void> {
  const script = fileURLToPath(new URL('./job/run-once.ts', import.meta.url))
  const args = ['--conditions=sluice-source', script, JSON.stringify(order)]
  const child = spawn(process.execPath, args, {
    // Most of a start is compiling.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...process.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const limitMs = longestRunMs.start + longestRunMs.event * Number(order.parameters['EVENTS'])
  const limit = setTimeout(() => child.kill('SIGTERM'), limitMs)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(limit)
      const isRight = order.end.how === 'kill' ? signal === 'SIGKILL' : code === 0
      if (isRight) resolve()
      else reject(new Error(`A run to ${order.end.how} ended with ${signal ?? code}:\n${said}`))
    })
  })
}

/** Names of the files are in the order of checkpoints, and of writing within each. */
async function readResults(folder: string): Promise<Map<string, Row[]>> {
  const rows = new Map<string, Row[]>()
  for (const name of (await readdir(folder)).toSorted()) {
    if (!name.endsWith('.ndjson') || name.startsWith('.')) continue
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      if (line === '') continue
      const { query, row } = JSON.parse(line) as QueryRow
      const ofQuery = rows.get(query)
      if (ofQuery === undefined) rows.set(query, [row])
      else ofQuery.push(row)
    }
  }
  return rows
}
