// Runs a program of the test run to its end: output passed on as it comes and kept, a time limit,
// and no process left behind. Each program leads its own process group, which is ended as a whole.

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export interface Ended {
  readonly ok: boolean
  /** How it ended, as a sentence's rest: `exit code 1`, `signal SIGSEGV`, `time limit of 60 s`. */
  readonly how: string
  readonly output: string
}

/** Programs write to a pipe here, and so cannot know whether somebody looks at a terminal. */
const { FORCE_COLOR: _, NO_COLOR: __, ...uncoloured } = process.env
const environment = process.stdout.isTTY
  ? { ...uncoloured, FORCE_COLOR: '1' }
  : { ...uncoloured, NO_COLOR: '1' }

const running = new Set<ChildProcess>()

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    // The group is gone already, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    for (const child of running) endGroup(child)
    console.error(`The test run was ended by ${signal}.`)
    process.exit(1)
  })
}

/**
 * Runs `command`; rejects never, since a program that cannot be started is a failure like others.
 */
export function runToEnd(command: readonly string[], limitSeconds: number): Promise<Ended> {
  const [file = '', ...args] = command
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    let output = ''
    let timedOut = false
    const limit = setTimeout(() => {
      timedOut = true
      endGroup(child)
    }, limitSeconds * 1000)
    const end = (ok: boolean, how: string) => {
      clearTimeout(limit)
      running.delete(child)
      endGroup(child)
      resolve({ ok, how: timedOut ? `time limit of ${limitSeconds} s` : how, output })
    }
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => {
        output += text
        process.stdout.write(text)
      })
    }
    child.on('error', (error) => end(false, error.message))
    // A grandchild that outlives the program would hold its output open for ever.
    child.on('exit', () => setTimeout(() => endGroup(child), 2000).unref())
    child.on('close', (code, signal) => end(code === 0, describe(code, signal)))
  })
}

function describe(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`
}
