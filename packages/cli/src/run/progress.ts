// How far a run is: records, rate and, where the size of the sources is known, the part that is
// done. Pure: it is fed with figures and moments, and gives back numbers and one line.

import type { JobStatus, StepTotals } from '@sluice/runtime'
import type { Paint } from '../text/paint.ts'
import { age, count, duration, percent, rate } from '../text/quantity.ts'

/** A source of the job, as its graph describes it. */
export interface SourceDescription {
  readonly step: string
  readonly connector: string
}

export interface Progress {
  /** Read by the sources in this process, over all attempts: what was read again counts again. */
  readonly records: number
  readonly perSecond: number
  /** From 0 to 1; undefined where it is not known. */
  readonly fraction: number | undefined
  readonly remainingMs: number | undefined
}

/** Sources that count their size in records; of the others those that count what they read know. */
const countedInRecords: ReadonlySet<string> = new Set(['generator', 'memory'])

/** Over how long the rate is taken. */
const rateOverMs = 5_000

interface Sample {
  readonly atMs: number
  readonly records: number
  readonly done: number | undefined
}

export class ProgressMeter {
  #sources: readonly SourceDescription[] = []
  #attempt = 0
  #before = 0
  #now = 0
  #samples: Sample[] = []

  setSources(sources: readonly SourceDescription[]): void {
    this.#sources = sources
  }

  /** Takes the figures of a moment. */
  update(status: JobStatus, atMs: number): Progress {
    if (status.attempt !== this.#attempt) {
      this.#attempt = status.attempt
      this.#before += this.#now
      this.#now = 0
      this.#samples = []
    }
    const read = this.#read(status)
    this.#now = Math.max(this.#now, read)
    const fraction = this.#fraction(status)
    this.#samples.push({ atMs, records: this.#now, done: fraction })
    while ((this.#samples[0]?.atMs ?? atMs) < atMs - rateOverMs) this.#samples.shift()
    return {
      records: this.#before + this.#now,
      perSecond: this.#perSecond(),
      fraction,
      remainingMs: this.#remainingMs(),
    }
  }

  #read({ steps }: JobStatus): number {
    const sources = new Set(this.#sources.map(({ step }) => step))
    return steps
      .filter(({ step }) => sources.has(step))
      .reduce((sum, step) => sum + Math.max(step.recordsIn, step.recordsOut), 0)
  }

  #perSecond(): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0
    return ((last.records - first.records) * 1000) / (last.atMs - first.atMs)
  }

  #fraction(status: JobStatus): number | undefined {
    if (this.#sources.length === 0) return undefined
    let done = 0
    for (const source of this.#sources) {
      const total = status.totals[source.step]
      const figures = status.steps.find(({ step }) => step === source.step)
      if (total === undefined || figures === undefined) return undefined
      const position = positionOf(source, figures, status)
      if (position === undefined) return undefined
      // Sources count in units of their own, so each is a part of the whole by itself.
      done += total === 0 ? 1 : Math.min(1, position / total)
    }
    return done / this.#sources.length
  }

  #remainingMs(): number | undefined {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first?.done === undefined || last?.done === undefined || last.done <= first.done) {
      return undefined
    }
    const msPerPart = (last.atMs - first.atMs) / (last.done - first.done)
    return msPerPart * (1 - last.done)
  }
}

function positionOf(
  { connector }: SourceDescription,
  figures: StepTotals,
  { restoredFrom }: JobStatus,
): number | undefined {
  // In the unit of the total, what an earlier run had read included.
  const position = figures.named['position']
  if (position !== undefined) return position
  // What was read before the checkpoint that was restored is not in the other figures.
  if (restoredFrom !== undefined) return undefined
  if (countedInRecords.has(connector)) return Math.max(figures.recordsIn, figures.recordsOut)
  return figures.named['bytes-read']
}

const wholeBar = 20

/** One line: `running 42 % [########            ] 1,234,567 records, 245 k/s, …`. */
export function progressLine(
  status: JobStatus,
  progress: Progress,
  nowMs: number,
  paint: Paint,
): string {
  const parts = [
    `${count(progress.records)} records`,
    rate(progress.perSecond),
    ...(progress.remainingMs === undefined ? [] : [`${duration(progress.remainingMs)} left`]),
    checkpointPart(status, nowMs),
    ...(status.restarts === 0 ? [] : [paint.yellow(`restarted ${status.restarts}×`)]),
  ]
  const done =
    progress.fraction === undefined
      ? ''
      : `${percent(progress.fraction).padStart(5)} ${paint.dim(bar(progress.fraction))} `
  return `${paint.bold(status.state)} ${done}${parts.join(paint.dim(' · '))}`
}

function bar(fraction: number): string {
  const done = Math.max(0, Math.min(wholeBar, Math.floor(fraction * wholeBar)))
  return `[${'#'.repeat(done)}${' '.repeat(wholeBar - done)}]`
}

function checkpointPart({ lastCheckpoint, restoredFrom }: JobStatus, nowMs: number): string {
  if (lastCheckpoint !== undefined) {
    return `checkpoint ${lastCheckpoint.id} ${age(nowMs - lastCheckpoint.completedAtMs)}`
  }
  return restoredFrom === undefined ? 'no checkpoint yet' : `from checkpoint ${restoredFrom}`
}
