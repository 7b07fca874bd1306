// The supervisor: one process runs the job, another one loads the next version of its code when a
// file changes; the first stops with a checkpoint only when the second is known to fit. Never
// imports a job.

import { SluiceError } from '@sluice/core/internal'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { resultLines } from '../run/event-text.ts'
import { plain } from '../text/paint.ts'
import {
  eventFromWire,
  type FromChild,
  type PreparedFacts,
  type StartOptions,
  type ToChild,
  type WireResult,
  type WireStatus,
} from './child-messages.ts'
import { DevLife } from './dev-life.ts'
import type { DevReport } from './dev-report.ts'
import type { DevModel, Question } from './dev-view.ts'
import { FileWatch } from './file-watch.ts'
import { JobProcess } from './job-process.ts'
import { StepRates, type StepRow } from './step-rates.ts'

export interface DevSessionOptions {
  readonly file: string
  readonly path: string
  readonly prepare: Omit<Extract<ToChild, { type: 'prepare' }>, 'type' | 'compare'>
  /** How the first run starts; later ones go on from the newest checkpoint. */
  readonly start: StartOptions
  /** Whether there is somebody to ask. */
  readonly interactive: boolean
  /** A path as people know it. */
  readonly shown: (path: string) => string
}

const agreesToNothing = { allowDroppedState: false, startOver: false } as const
const goOn: StartOptions = { from: 'latest', acceptDuplicates: false, ...agreesToNothing }
const anew: StartOptions = { from: 'none', acceptDuplicates: true, ...agreesToNothing }
const redrawEveryMs = 500

/** A process that has loaded the code, or is about to. */
interface Candidate {
  readonly process: JobProcess
  facts: PreparedFacts | undefined
  start: StartOptions
}

interface Current {
  readonly process: JobProcess
  readonly facts: PreparedFacts
  readonly sinceMs: number
  /** A second request to stop would end it at once. */
  isStopping: boolean
  result: WireResult | undefined
}

export class DevSession {
  readonly #options: DevSessionOptions
  readonly #report: DevReport
  readonly #life = new DevLife(() => this.#show())
  readonly #watch = new FileWatch((paths) => this.#filesChanged(paths))
  readonly #ended = Promise.withResolvers<ExitCode>()
  #current: Current | undefined
  #candidate: Candidate | undefined
  #facts: PreparedFacts | undefined
  #status: WireStatus | undefined
  #rates = new StepRates()
  #rows: readonly StepRow[] = []
  #question: Question | undefined
  #reloads = 0
  #quits = 0

  constructor(options: DevSessionOptions, report: DevReport) {
    this.#options = options
    this.#report = report
  }

  /** Resolves with the exit code when the user has quit, or another run has taken over. */
  async run(): Promise<ExitCode> {
    const redraw = setInterval(() => this.#show(), redrawEveryMs)
    void this.#watch.watch([this.#options.path])
    this.#prepare(this.#options.start)
    try {
      return await this.#ended.promise
    } finally {
      clearInterval(redraw)
      this.#watch.end()
      this.#candidate?.process.kill()
    }
  }

  /** A key of the user. Keys that mean nothing in the present state do nothing. */
  key(key: string): void {
    const { state } = this.#life
    if (key === 'q' || key === 'ctrl-c') this.quit()
    else if (key === 'r' && (state === 'running' || state === 'waiting')) this.#prepare(goOn)
    else if (key === 'n' && state === 'waiting') this.#prepare(anew)
    else if (key === 'n' && state === 'asking') this.#startAnew()
    else if (key === 'k' && state === 'asking' && this.#current !== undefined) this.#keepOld()
  }

  /** Once: stops with a last checkpoint; twice: at once; three times: without waiting. */
  quit(): void {
    this.#quits += 1
    this.#dropCandidate()
    this.#question = undefined
    const current = this.#current
    if (current === undefined) {
      this.#end(exitCodes.done)
      return
    }
    if (this.#quits === 1) {
      this.#life.enter('stopping')
      this.#stop(current)
    } else if (this.#quits === 2) {
      current.process.send({ type: 'cancel' })
    } else {
      current.process.kill()
    }
  }

  #stop(current: Current): void {
    if (!current.isStopping) current.process.send({ type: 'stop' })
    current.isStopping = true
  }

  #end(exitCode: ExitCode): void {
    if (this.#life.state === 'ended') return
    this.#life.enter('ended')
    this.#ended.resolve(exitCode)
  }

  #filesChanged(paths: readonly string[]): void {
    const { state } = this.#life
    if (state === 'stopping' || state === 'ended') return
    this.#report.note(`${paths.map(this.#options.shown).join(', ')} changed`)
    this.#prepare(goOn)
  }

  /**
   * Loads the code as it is now, in a process of its own; what runs is left alone until it fits.
   */
  #prepare(start: StartOptions): void {
    this.#dropCandidate()
    this.#question = undefined
    const candidate: Candidate = { process: this.#startProcess(), facts: undefined, start }
    this.#candidate = candidate
    this.#life.enter(this.#current === undefined ? 'preparing' : 'reloading')
    candidate.process.send({
      type: 'prepare',
      ...this.#options.prepare,
      compare: start.from === 'latest',
    })
  }

  #startProcess(): JobProcess {
    const process = new JobProcess({
      message: (message) => this.#receive(process, message),
      printed: (stream, line) => this.#report.printed(stream, line),
      exited: (how) => this.#exited(process, how),
    })
    return process
  }

  #receive(process: JobProcess, message: FromChild): void {
    if (process === this.#candidate?.process) this.#receiveOfCandidate(this.#candidate, message)
    else if (process === this.#current?.process) this.#receiveOfCurrent(this.#current, message)
  }

  #receiveOfCandidate(candidate: Candidate, message: FromChild): void {
    if (message.type === 'files') {
      void this.#watch.watch(message.files)
    } else if (message.type === 'prepared') {
      candidate.facts = message.facts
      for (const warning of message.facts.warnings) this.#report.note(warning)
      this.#replace(candidate, message.facts)
    } else if (message.type === 'refused') {
      const error = SluiceError.fromWire(message.error)
      candidate.facts = message.incompatible
      if (message.incompatible === undefined) this.#refused(error)
      else this.#incompatible(error)
    }
  }

  /** The code cannot be loaded or built; what runs goes on. */
  #refused(error: SluiceError): void {
    this.#dropCandidate()
    this.#report.error(error)
    if (this.#current !== undefined) this.#report.note('the code before this change runs on')
    this.#life.enter(this.#current === undefined ? 'waiting' : 'running')
  }

  #incompatible(error: SluiceError): void {
    if (!this.#options.interactive) {
      this.#refused(error)
      return
    }
    const canKeep = this.#current !== undefined
    this.#question = { lines: error.message.split('\n'), canKeep }
    this.#life.enter('asking')
  }

  #keepOld(): void {
    this.#dropCandidate()
    this.#question = undefined
    this.#report.note('the old code runs on')
    this.#life.enter('running')
  }

  #startAnew(): void {
    this.#question = undefined
    const candidate = this.#candidate
    if (candidate?.facts === undefined) {
      this.#prepare(anew)
    } else {
      candidate.start = anew
      this.#replace(candidate, candidate.facts)
    }
  }

  /** The candidate fits: it starts as soon as nothing else runs. */
  #replace(candidate: Candidate, facts: PreparedFacts): void {
    const current = this.#current
    if (current === undefined) {
      this.#start(candidate, facts)
    } else {
      this.#life.enter('replacing')
      this.#stop(current)
    }
  }

  #start(candidate: Candidate, facts: PreparedFacts): void {
    this.#candidate = undefined
    if (this.#facts !== undefined) this.#reloads += 1
    this.#facts = facts
    this.#status = undefined
    this.#rows = []
    this.#rates = new StepRates()
    const { process, start } = candidate
    this.#current = { process, facts, sinceMs: Date.now(), isStopping: false, result: undefined }
    process.send({ type: 'start', start })
    this.#life.enter('running')
  }

  #receiveOfCurrent(current: Current, message: FromChild): void {
    switch (message.type) {
      case 'status':
        this.#takeStatus(current, message.status)
        break
      case 'event':
        this.#report.event(message.name, eventFromWire(message.event))
        break
      case 'log':
        this.#report.log(message.line)
        break
      case 'ended':
        current.result = message.result
        break
      case 'refused':
        this.#report.error(SluiceError.fromWire(message.error))
        break
      case 'files':
      case 'prepared':
        break
    }
  }

  #takeStatus({ facts }: Current, status: WireStatus): void {
    this.#status = status
    const nowMs = performance.now()
    this.#rows = this.#rates.update(status.steps, status.attempt, nowMs, facts.steps)
    this.#show()
  }

  #exited(process: JobProcess, how: string): void {
    if (process === this.#candidate?.process) {
      this.#candidate = undefined
      this.#refused(new SluiceError('JOB_BUILD_FAILED', `The process that loads the job ${how}.`))
    } else if (process === this.#current?.process) {
      this.#currentEnded(this.#current, how)
    }
  }

  #currentEnded(current: Current, how: string): void {
    this.#current = undefined
    const { result } = current
    const error = result?.error === undefined ? undefined : SluiceError.fromWire(result.error)
    if (result === undefined) this.#report.note(`the process of the job ${how}`)
    else this.#tell(current, result, error)
    if (result?.outcome === 'fenced') {
      this.#end(exitCodes.fenced)
    } else if (this.#life.state === 'stopping') {
      this.#end(result?.outcome === 'stopped' ? exitCodes.done : exitCodes.interrupted)
    } else {
      this.#afterEnd(error)
    }
  }

  #afterEnd(error: SluiceError | undefined): void {
    const candidate = this.#candidate
    if (this.#life.state === 'replacing' && candidate?.facts !== undefined) {
      this.#start(candidate, candidate.facts)
    } else if (this.#question !== undefined) {
      this.#question = { ...this.#question, canKeep: false }
      this.#life.enter('asking')
    } else if (candidate !== undefined) {
      this.#life.enter('preparing')
    } else if (error?.code === 'CHECKPOINT_INCOMPATIBLE' && this.#options.interactive) {
      this.#question = { lines: error.message.split('\n'), canKeep: false }
      this.#life.enter('asking')
    } else {
      this.#life.enter('waiting')
    }
  }

  #tell({ facts, sinceMs }: Current, result: WireResult, error: SluiceError | undefined): void {
    if (error !== undefined && result.outcome !== 'fenced') this.#report.error(error)
    // A run that ends only to be replaced is no news.
    if (this.#life.state === 'replacing' && result.outcome === 'stopped') return
    const sources = new Set(facts.sources.map(({ step }) => step))
    const summary = {
      job: facts.job,
      records: this.#rows.reduce(
        (sum, row) => sum + (sources.has(row.step) ? Math.max(row.recordsIn, row.recordsOut) : 0),
        0,
      ),
      completedCheckpoints: this.#status?.completedCheckpoints ?? 0,
      durationMs: Date.now() - sinceMs,
      storage: facts.storage,
    }
    const [line = ''] = resultLines({ ...result, error }, summary, { paint: plain })
    this.#report.note(line)
  }

  #dropCandidate(): void {
    const candidate = this.#candidate
    this.#candidate = undefined
    candidate?.process.kill()
  }

  #show(): void {
    const model: DevModel = {
      state: this.#life.state,
      file: this.#options.file,
      facts: this.#facts,
      status: this.#status,
      rows: this.#rows,
      runningSinceMs: this.#current?.sinceMs,
      reloads: this.#reloads,
      question: this.#question,
    }
    this.#report.show(model)
  }
}
