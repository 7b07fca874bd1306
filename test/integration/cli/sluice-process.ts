// The command line as a process of its own, in a folder of its own that can import the packages of
// this clone; what it prints is collected, and waited for with a deadline.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const bin = join(root, 'packages/sluice/bin/sluice.js')
const deadlineMs = 20_000

/** A folder as a user has it: job files, and packages that can be imported. */
export class ProjectFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'sluice-cli-'))
  readonly #started: SluiceProcess[] = []

  constructor() {
    symlinkSync(join(root, 'node_modules'), join(this.path, 'node_modules'))
  }

  /** Copies a job of `jobs/` here, and returns its path. */
  job(name: string): string {
    const path = join(this.path, name)
    copyFileSync(fileURLToPath(new URL(`jobs/${name}`, import.meta.url)), path)
    return path
  }

  start(...args: string[]): SluiceProcess {
    const started = new SluiceProcess(this.path, args)
    this.#started.push(started)
    return started
  }

  /** Runs to the end. */
  async run(...args: string[]): Promise<Ended> {
    return await this.start(...args).ended()
  }

  async remove(): Promise<void> {
    for (const each of this.#started) each.signal('SIGKILL')
    await Promise.all(this.#started.map((each) => each.ended()))
    rmSync(this.path, { recursive: true })
  }
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

export class SluiceProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<Ended>
  readonly #waiting = new Set<() => void>()
  #out = ''
  #error = ''

  constructor(folder: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, ['--conditions=sluice-source', bin, ...args], {
      cwd: folder,
      env: { ...process.env, SLUICE_EVERY: '200ms' },
    })
    const more = (): void => {
      for (const check of this.#waiting) check()
    }
    this.#child.stdout.on('data', (data: Buffer) => {
      this.#out += data.toString()
      more()
    })
    this.#child.stderr.on('data', (data: Buffer) => {
      this.#error += data.toString()
      more()
    })
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code) => resolve({ code, out: this.#out, error: this.#error }))
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  ended(): Promise<Ended> {
    return this.#ended
  }

  /** Nobody reads standard output any more. */
  closeOutput(): void {
    this.#child.stdout.destroy()
  }

  /** Waits until a stream holds this; only what came after the last thing waited for counts. */
  async waitFor(stream: 'out' | 'error', pattern: RegExp): Promise<RegExpExecArray> {
    const text = () => (stream === 'out' ? this.#out : this.#error)
    return await new Promise((resolve, reject) => {
      const check = (): void => {
        const found = pattern.exec(text())
        if (found === null) return
        end()
        if (stream === 'out') this.#out = text().slice(found.index + found[0].length)
        else this.#error = text().slice(found.index + found[0].length)
        resolve(found)
      }
      const timer = setTimeout(() => {
        end()
        const printed = `${this.#out}\n${this.#error}`
        reject(new Error(`${pattern} did not come within ${deadlineMs} ms:\n${printed}`))
      }, deadlineMs)
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(check)
      }
      this.#waiting.add(check)
      check()
    })
  }
}
