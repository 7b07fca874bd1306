// One process of a server, with those that it starts itself. It is a direct child of this program
// and is waited for: an orphan that was killed would stay a zombie and look alive. When this
// program dies, however it dies, the system ends the server too.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { asServiceUser } from './service-user.ts'

const goneWithinMs = 30_000
const keptLines = 40

export interface ServerCommand {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  /** Where it runs; the server's user can read it. */
  readonly folder: string
  readonly environment?: Readonly<Record<string, string>>
  /** The signal of a clean end. */
  readonly stopSignal: NodeJS.Signals
  /** What it gets when this program dies; the signal of a clean end if nothing is said. */
  readonly orphanSignal?: NodeJS.Signals
}

export class ServerProcess {
  readonly #command: ServerCommand
  readonly #child: ChildProcess
  readonly #ended: Promise<string>
  readonly #lines: string[] = []
  #how: string | undefined

  constructor(command: ServerCommand) {
    this.#command = command
    const { file, args, folder, environment, stopSignal, orphanSignal = stopSignal } = command
    const [first, ...others] = asServiceUser([file, ...args], orphanSignal)
    this.#child = spawn(first, others, {
      cwd: folder,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#keep(text))
    }
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#how = how
        resolve(how)
      }
      this.#child.once('error', (error) => end(error.message))
      this.#child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`))
    })
  }

  /** The last lines that it said. */
  get log(): string {
    return this.#lines.join('\n')
  }

  /** Tries until `isReady` resolves with true; fails when the process ends or the time is over. */
  async waitUntil(isReady: () => Promise<boolean>, limitMs: number): Promise<void> {
    const began = performance.now()
    while (!(await isReady())) {
      if (this.#how !== undefined) throw this.#failed(`ended with ${this.#how}`)
      if (performance.now() - began > limitMs) {
        await this.kill()
        throw this.#failed(`was not ready within ${limitMs} ms`)
      }
      await sleep(20)
    }
  }

  signal(signal: NodeJS.Signals): void {
    for (const pid of this.#pids()) sendSignal(pid, signal)
  }

  /** The clean end; a server that does not obey is killed, and that is an error. */
  async stop(): Promise<void> {
    this.#child.kill(this.#command.stopSignal)
    const how = await this.#endedWithin(goneWithinMs)
    if (how !== undefined) return
    await this.kill()
    throw this.#failed(`did not end within ${goneWithinMs} ms of ${this.#command.stopSignal}`)
  }

  /** The end of all its processes at once, the way a machine loses its power. */
  async kill(): Promise<void> {
    const pids = this.#pids()
    for (const pid of pids) sendSignal(pid, 'SIGKILL')
    await this.#ended
    const began = performance.now()
    while (pids.some(isAlive)) {
      if (performance.now() - began > goneWithinMs) throw this.#failed('does not die of SIGKILL')
      await sleep(5)
    }
  }

  async #endedWithin(limitMs: number): Promise<string | undefined> {
    const timer = new AbortController()
    const limit = sleep(limitMs, undefined, { signal: timer.signal }).catch(() => undefined)
    const how = await Promise.race([this.#ended, limit])
    timer.abort()
    return how
  }

  /** The process and all below it, parents first. */
  #pids(): number[] {
    const { pid } = this.#child
    if (pid === undefined || this.#how !== undefined) return []
    const pids = [pid]
    for (const each of pids) pids.push(...childrenOf(each))
    return pids
  }

  #keep(text: string): void {
    this.#lines.push(...text.trimEnd().split('\n'))
    this.#lines.splice(0, this.#lines.length - keptLines)
  }

  #failed(what: string): Error {
    return new Error(`${this.#command.name} ${what}. It said:\n${this.log}`)
  }
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number)
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  return sendSignal(pid, 0)
}
