// One process that runs a job, as the supervisor sees it: messages, lines that the job prints,
// and its end, which comes once and for whatever reason.

import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { FromChild, ToChild } from './child-messages.ts'

export interface JobProcessListener {
  message(message: FromChild): void
  /** A line that the job printed. */
  printed(stream: 'stdout' | 'stderr', line: string): void
  /** The process is no more; `how` says by what. */
  exited(how: string): void
}

/** The extension of a module beside this one: `.ts` from sources, `.js` when built. */
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const entry = new URL(`./child-entry${extension}`, import.meta.url)

export class JobProcess {
  readonly #child: ChildProcess
  #gone = false

  constructor(listener: JobProcessListener) {
    // The options of this process, the export condition among them, are inherited.
    this.#child = fork(entry, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    })
    this.#child.on('message', (message) => listener.message(message as FromChild))
    for (const stream of ['stdout', 'stderr'] as const) {
      const input = this.#child[stream]
      if (input === null) continue
      createInterface({ input }).on('line', (line) => listener.printed(stream, line))
    }
    const exited = (how: string): void => {
      if (this.#gone) return
      this.#gone = true
      listener.exited(how)
    }
    this.#child.on('error', (error) => exited(`could not be started: ${error.message}`))
    // `close` comes when all that was printed has been read.
    this.#child.on('close', (code, signal) => {
      exited(signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`)
    })
  }

  get gone(): boolean {
    return this.#gone
  }

  send(message: ToChild): void {
    // A process that is ending answers by its end.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  /** Ends it without its help; what was not in a checkpoint is read again. */
  kill(): void {
    if (!this.#gone) this.#child.kill('SIGKILL')
  }
}
