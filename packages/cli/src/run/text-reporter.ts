// Reports a run to people on standard error: events as lines, and how far it is. On a terminal
// that is one line redrawn in place; elsewhere a plain line now and then, at growing intervals.

import type { JobRun, JobStatus } from '@sluice/runtime'
import type { LogLine } from '@sluice/runtime/internal'
import { type ErrorView, errorLines } from '../errors/error-text.ts'
import { catchForeignOutput } from '../terminal/foreign-output.ts'
import { LiveArea } from '../terminal/live-area.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { checkpointText, eventText, logText, resultLines } from './event-text.ts'
import { ProgressMeter, progressLine, type SourceDescription } from './progress.ts'
import { reportedEvents, type RunEnd, type RunReporter } from './run-reporter.ts'

const firstPlainLineAfterMs = 5_000
const longestIntervalMs = 60_000

export interface TextReporterOptions {
  /** Nothing but errors and what the job prints. */
  readonly quiet: boolean
  /** Completed checkpoints too. */
  readonly debug: boolean
}

export class TextReporter implements RunReporter {
  readonly #terminal: Terminal
  readonly #view: ErrorView
  readonly #options: TextReporterOptions
  readonly #meter = new ProgressMeter()
  readonly #area: LiveArea | undefined
  #run: JobRun | undefined
  #release: () => void = () => {}
  #plainIntervalMs = firstPlainLineAfterMs
  #lastPlainMs = performance.now()

  constructor(terminal: Terminal, view: ErrorView, options: TextReporterOptions) {
    this.#terminal = terminal
    this.#view = view
    this.#options = options
    this.#area = terminal.interactive && !options.quiet ? new LiveArea(terminal) : undefined
  }

  begin(run: JobRun): void {
    this.#run = run
    this.#release = catchForeignOutput((_stream, pass) => this.#above(pass), false)
    if (this.#options.quiet) return
    for (const name of reportedEvents) {
      run.on(name, (event) => this.#say(eventText(name, event, this.#view)))
    }
    run.on('state', () => this.#progress(run))
    run.on('metrics', () => this.#progress(run))
    if (this.#options.debug) {
      run.on('checkpoint-completed', (event) => this.#say(checkpointText(event)))
    }
  }

  sources(sources: readonly SourceDescription[]): void {
    this.#meter.setSources(sources)
  }

  log(line: LogLine): void {
    this.#say(logText(line, this.#view))
  }

  output(line: string): void {
    this.#above(() => this.#terminal.out(line))
  }

  warning(message: string): void {
    this.#say(`${this.#view.paint.yellow('warning')} ${this.#view.redact(message)}`)
  }

  stopping(signal: string, atOnce: boolean): void {
    if (this.#options.quiet) return
    this.#say(
      atOnce
        ? `${signal} again: ending at once.`
        : `${signal}: stopping with a last checkpoint. Once more ends it at once.`,
    )
  }

  end({ result, durationMs, storage }: RunEnd): void {
    this.#area?.end()
    this.#release()
    const run = this.#run
    if (run === undefined) return
    if (result.error !== undefined && result.outcome !== 'fenced') {
      for (const line of errorLines(result.error, this.#view)) this.#terminal.error(line)
    }
    const status = run.status()
    const { records } = this.#meter.update(status, performance.now())
    const begun = status.attempt > 0 || result.outcome === 'finished-before'
    if (this.#options.quiet ? result.outcome !== 'fenced' : !begun) return
    const { completedCheckpoints, job } = status
    const figures = namedFigures(status)
    const summary = { job, records, figures, completedCheckpoints, durationMs, storage }
    for (const line of resultLines(result, summary, this.#view)) this.#terminal.error(line)
  }

  #progress(run: JobRun): void {
    const status = run.status()
    const nowMs = performance.now()
    const progress = this.#meter.update(status, nowMs)
    const line = (): string => progressLine(status, progress, Date.now(), this.#view.paint)
    if (this.#area !== undefined) {
      this.#area.show([line()])
    } else if (status.state === 'running' && nowMs - this.#lastPlainMs >= this.#plainIntervalMs) {
      this.#lastPlainMs = nowMs
      this.#plainIntervalMs = Math.min(longestIntervalMs, this.#plainIntervalMs * 1.5)
      this.#terminal.error(line())
    }
  }

  #say(line: string | undefined): void {
    if (line !== undefined) this.#above(() => this.#terminal.error(line))
  }

  #above(print: () => void): void {
    if (this.#area === undefined) print()
    else this.#area.above(print)
  }
}

/** What steps counted under names of their own, summed up over them. */
function namedFigures({ steps }: Pick<JobStatus, 'steps'>): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { named } of steps) {
    for (const [name, value] of Object.entries(named)) sums[name] = (sums[name] ?? 0) + value
  }
  return sums
}
