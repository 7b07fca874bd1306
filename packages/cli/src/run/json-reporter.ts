// Reports a run as JSON lines on standard output, with nothing else there: what the job itself
// prints to standard output goes to standard error.

import type { JobRun } from '@sluice/runtime'
import type { LogLine } from '@sluice/runtime/internal'
import type { JsonView } from '../errors/json-text.ts'
import { catchForeignOutput } from '../terminal/foreign-output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { eventJson } from './event-json.ts'
import { ProgressMeter, type SourceDescription } from './progress.ts'
import { reportedEvents, type RunEnd, type RunReporter } from './run-reporter.ts'

export class JsonReporter implements RunReporter {
  readonly #terminal: Terminal
  readonly #view: JsonView
  readonly #quiet: boolean
  readonly #meter = new ProgressMeter()
  #run: JobRun | undefined
  #release: () => void = () => {}

  constructor(terminal: Terminal, view: JsonView, quiet: boolean) {
    this.#terminal = terminal
    this.#view = view
    this.#quiet = quiet
  }

  begin(run: JobRun): void {
    this.#run = run
    this.#release = catchForeignOutput((_stream, pass) => pass(), true)
    if (this.#quiet) return
    for (const name of reportedEvents) {
      run.on(name, (event) => {
        if (name === 'metrics') this.#progress(run)
        else this.#line(name, event)
      })
    }
  }

  sources(sources: readonly SourceDescription[]): void {
    this.#meter.setSources(sources)
  }

  log({ level, message, fields }: LogLine): void {
    this.#line('log', { level, message, fields })
  }

  output(line: string): void {
    this.#line('output', { line })
  }

  warning(message: string): void {
    this.#line('warning', { message })
  }

  stopping(signal: string, atOnce: boolean): void {
    this.#line('signal', { signal, atOnce })
  }

  end({ result, exitCode, durationMs, storage }: RunEnd): void {
    const run = this.#run
    if (run === undefined) return
    const status = run.status()
    const { records } = this.#meter.update(status, performance.now())
    this.#line('result', {
      job: status.job,
      outcome: result.outcome,
      exitCode,
      records,
      restarts: result.restarts,
      checkpoints: status.completedCheckpoints,
      lastCheckpoint: result.lastCheckpoint ?? null,
      durationMs: Math.round(durationMs),
      storage: storage ?? null,
      ...(result.error === undefined ? {} : { error: result.error }),
    })
    this.#release()
  }

  #progress(run: JobRun): void {
    const status = run.status()
    const { records, perSecond, fraction } = this.#meter.update(status, performance.now())
    this.#line('progress', {
      state: status.state,
      records,
      perSecond: Math.round(perSecond),
      fraction: fraction ?? null,
      steps: status.steps,
    })
  }

  #line(event: string, detail: object): void {
    this.#terminal.out(eventJson(event, { ...detail }, Date.now(), this.#view))
  }
}
