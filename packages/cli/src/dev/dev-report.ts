// How `sluice dev` tells what happens: a screen that is redrawn in place with lines above it, plain
// lines where nobody watches, or JSON lines.

import type { JobEvents } from '@sluice/runtime'
import type { LogLine } from '@sluice/runtime/internal'
import { type ErrorView, errorLines } from '../errors/error-text.ts'
import type { JsonView } from '../errors/json-text.ts'
import { eventJson } from '../run/event-json.ts'
import { checkpointText, eventText, logText } from '../run/event-text.ts'
import { LiveArea } from '../terminal/live-area.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { count, rate } from '../text/quantity.ts'
import { type DevModel, devLines } from './dev-view.ts'

export interface DevReport {
  /** The model changed, or time has passed. */
  show(model: DevModel): void
  event<Name extends keyof JobEvents>(name: Name, event: JobEvents[Name]): void
  log(line: LogLine): void
  /** What the supervisor itself has to say. */
  note(text: string): void
  error(error: unknown): void
  /** A line that the job printed. */
  printed(stream: 'stdout' | 'stderr', line: string): void
  end(): void
}

const plainEveryMs = 10_000

/** For people: with a screen where the terminal has one. */
export class TextDevReport implements DevReport {
  readonly #terminal: Terminal
  readonly #view: ErrorView
  readonly #area: LiveArea | undefined
  #shownState: string | undefined
  #lastPlainMs = 0

  constructor(terminal: Terminal, view: ErrorView) {
    this.#terminal = terminal
    this.#view = view
    this.#area = terminal.interactive ? new LiveArea(terminal) : undefined
  }

  show(model: DevModel): void {
    if (this.#area === undefined) this.#showPlain(model)
    else this.#area.show(devLines(model, Date.now(), this.#view.paint, this.#terminal.size()))
  }

  event<Name extends keyof JobEvents>(name: Name, event: JobEvents[Name]): void {
    this.#say(eventText(name, event, this.#view))
    if (this.#area === undefined && name === 'checkpoint-completed') {
      this.#say(checkpointText(event as JobEvents['checkpoint-completed']))
    }
  }

  log(line: LogLine): void {
    this.#say(logText(line, this.#view))
  }

  note(text: string): void {
    this.#say(`${this.#view.paint.cyan('dev')} ${this.#view.redact(text)}`)
  }

  error(error: unknown): void {
    const lines = errorLines(error, this.#view)
    this.#above(() => {
      for (const line of lines) this.#terminal.error(line)
    })
  }

  printed(stream: 'stdout' | 'stderr', line: string): void {
    this.#above(() => (stream === 'stdout' ? this.#terminal.out(line) : this.#terminal.error(line)))
  }

  end(): void {
    this.#area?.end()
  }

  #showPlain({ state, rows, question, status }: DevModel): void {
    if (state !== this.#shownState) {
      this.#shownState = state
      for (const line of question?.lines ?? []) this.#terminal.error(line)
    }
    const nowMs = performance.now()
    if (status?.state !== 'running' || nowMs - this.#lastPlainMs < plainEveryMs) return
    this.#lastPlainMs = nowMs
    const steps = rows
      .filter((row) => row.recordsIn > 0)
      .map((row) => `${row.step} ${count(row.recordsIn)} (${rate(row.inPerSecond)})`)
    if (steps.length > 0) this.#terminal.error(steps.join(', '))
  }

  #say(line: string | undefined): void {
    if (line !== undefined) this.#above(() => this.#terminal.error(line))
  }

  #above(print: () => void): void {
    if (this.#area === undefined) print()
    else this.#area.above(print)
  }
}

/** JSON lines: what happens, and once a second the status. */
export class JsonDevReport implements DevReport {
  readonly #terminal: Terminal
  readonly #view: JsonView
  #lastState: string | undefined
  #lastStatusMs = 0

  constructor(terminal: Terminal, view: JsonView) {
    this.#terminal = terminal
    this.#view = view
  }

  show({ state, status, rows, question }: DevModel): void {
    if (state !== this.#lastState) {
      this.#lastState = state
      this.#line('dev', { state, ...(question === undefined ? {} : { question: question.lines }) })
    }
    const nowMs = performance.now()
    if (status?.state !== 'running' || nowMs - this.#lastStatusMs < 1000) return
    this.#lastStatusMs = nowMs
    const { generation, restarts, lastCheckpoint } = status
    this.#line('progress', {
      state: status.state,
      generation,
      restarts,
      lastCheckpoint,
      steps: rows,
    })
  }

  event<Name extends keyof JobEvents>(name: Name, event: JobEvents[Name]): void {
    this.#line(name, { ...event })
  }

  log({ level, message, fields }: LogLine): void {
    this.#line('log', { level, message, fields })
  }

  note(text: string): void {
    this.#line('note', { text })
  }

  error(error: unknown): void {
    this.#line('error', { error: error instanceof Error ? error : new Error(String(error)) })
  }

  printed(stream: 'stdout' | 'stderr', line: string): void {
    if (stream === 'stdout') this.#line('output', { line })
    else this.#terminal.error(line)
  }

  end(): void {}

  #line(event: string, detail: Readonly<Record<string, unknown>>): void {
    this.#terminal.out(eventJson(event, detail, Date.now(), this.#view))
  }
}
