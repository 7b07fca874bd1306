// A run of the copy job as its own process, seen from outside: what it says, and signals.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Phase } from '@sluice/runtime'
import { count } from './tally.ts'

export type CommitMode = 'transaction' | 'staged'

/** Where a process strikes itself; `prepared` is in a writer, before its snapshot is told. */
export interface Strike {
  readonly at: Phase | 'prepared'
  /** Counted from 1 in each process. */
  readonly nth: number
  /** SIGKILL unless said. */
  readonly signal?: 'SIGKILL' | 'SIGSTOP'
}

/** What a process is to do; plain data. */
export interface RunOrder {
  readonly brokers: string
  readonly from: string
  readonly to: string
  readonly commit: CommitMode
  readonly storage: string
  readonly parallelism: number
  readonly transactionTimeoutSeconds?: number
  /** Of each subtask; as fast as it can for 0. */
  readonly recordsPerMs?: number
  readonly strike?: Strike
  readonly startFrom?: number
  readonly startOver?: boolean
}

interface Said {
  readonly says: 'running' | 'struck' | 'committed' | 'restarting' | 'ended'
  readonly outcome?: string
  readonly code?: string
  readonly checkpoint?: number
}

export interface CopyEnd {
  /** The outcome of the job, or `killed`. */
  readonly how: string
  readonly code: string | undefined
  readonly lines: readonly Said[]
  readonly errors: string
}

const longestMs = 120_000
const alive = new Set<CopyProcess>()

export class CopyProcess {
  readonly lines: Said[] = []
  readonly ended: Promise<CopyEnd>
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  #errors = ''
  #over = false

  constructor(job: string, order: RunOrder) {
    const script = fileURLToPath(new URL('./run-once.ts', import.meta.url))
    const args = ['--conditions=sluice-source', script, JSON.stringify(order)]
    this.#child = spawn(process.execPath, args, {
      env: { ...process.env, SLUICE_COPY_JOB: job },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    alive.add(this)
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text))
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Said)
    })
    const limit = setTimeout(() => this.kill(), longestMs)
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code, signal) => {
        clearTimeout(limit)
        alive.delete(this)
        this.#over = true
        const last = this.lines.find(({ says }) => says === 'ended')
        const how = last?.outcome ?? (signal === 'SIGKILL' ? 'killed' : `exit code ${code}`)
        if (how === 'killed') count({ kills: 1 })
        resolve({ how, code: last?.code, lines: this.lines, errors: this.#errors })
      })
    })
  }

  /** How often it has said this. */
  times(says: Said['says']): number {
    return this.lines.filter((line) => line.says === says).length
  }

  /** Resolves when it has said this so often. */
  async until(says: Said['says'], times = 1): Promise<void> {
    while (this.times(says) < times) {
      if (this.#over) throw new Error(`It ended without saying '${says}':\n${this.#errors}`)
      await sleep(5)
    }
  }

  /** SIGTERM is the clean end: a last checkpoint, and its commit. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#child.kill(signal)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

/** For the end of a test: what still runs or sleeps because it failed. */
export async function killProcesses(): Promise<void> {
  const all = [...alive]
  for (const each of all) each.kill()
  await Promise.all(all.map(({ ended }) => ended))
}
