// A job with other sources, sinks and asynchronous steps: what a test puts in place of the world.
// The graph between them stays as it is.

import type { Sink } from '@sluice/core/connector'
import {
  type BuiltJob,
  type OperatorCode,
  SluiceError,
  type Step,
  type StepCode,
} from '@sluice/core/internal'
import { type CrashPoint, feedSource } from './feed-source.ts'
import type { Observations } from './observations.ts'

export interface Replacements {
  readonly sources: Readonly<Record<string, readonly unknown[]>>
  readonly steps: Readonly<Record<string, (value: never, signal: AbortSignal) => unknown>>
  readonly crash: CrashPoint | undefined
  readonly observations: Observations
}

const sinkFacts = { connector: 'memory', guarantee: 'exactly-once', description: {} } as const

/** The sink of a window's late stream, in `Observations`. */
export const lateName = (step: string): string => `${step}/late`

/** Steps that hand a record on within the call that they got it in. */
const synchronous: ReadonlySet<string> = new Set(['map', 'filter', 'flat-map', 'split'])

export function observedJob<Job extends BuiltJob>(job: Job, replacements: Replacements): Job {
  checkNames(job, replacements)
  const builder = new ObservedJob(job, replacements)
  return { ...job, ...builder.build() }
}

class ObservedJob {
  readonly #job: BuiltJob
  readonly #replacements: Replacements
  readonly #steps: Step[] = []
  readonly #code: Map<string, StepCode>
  readonly #byId: ReadonlyMap<string, Step>

  constructor(job: BuiltJob, replacements: Replacements) {
    this.#job = job
    this.#replacements = replacements
    this.#code = new Map(job.code)
    this.#byId = new Map(job.graph.steps.map((step) => [step.id, step]))
  }

  build(): BuiltJob {
    for (const step of this.#job.graph.steps) {
      const code = this.#job.code.get(step.id) as StepCode
      if (code.kind === 'source') this.#feed(step)
      else if (code.kind === 'sink') this.#collect(step, step.id)
      else {
        this.#steps.push(step)
        if (code.kind === 'operator') this.#operator(step, code)
      }
    }
    return { graph: { ...this.#job.graph, steps: this.#steps }, code: this.#code }
  }

  #feed(step: Step): void {
    const { sources, crash } = this.#replacements
    const code = this.#job.code.get(step.id)
    const source = feedSource(sources[step.id] ?? [], crash)
    if (code?.kind !== 'source' || step.source === undefined) return
    this.#code.set(step.id, { ...code, source: source as typeof code.source })
    const { kind: connector, bounded, ordered, description } = source
    this.#steps.push({
      ...step,
      source: { ...step.source, connector, bounded, ordered, description },
    })
  }

  #operator(step: Step, code: OperatorCode): void {
    const fake = this.#replacements.steps[step.id]
    const used =
      fake === undefined || code.withCall === undefined
        ? code
        : code.withCall(fake as Parameters<typeof code.withCall>[0])
    this.#code.set(step.id, this.#watchKeys(used))
    const late = step.outputs.indexOf('late')
    if (late < 0) return
    const sink: Step = {
      id: `${step.id}/late-sink`,
      kind: 'sink',
      named: false,
      inputs: [{ step: step.id, output: late }],
      outputs: [],
      sink: sinkFacts,
    }
    this.#collect(sink, lateName(step.id))
  }

  /** Notes the key that an operator works on, for the order of results. */
  #watchKeys(code: OperatorCode): OperatorCode {
    const { key, secondKey } = code
    const { observations } = this.#replacements
    if (key === undefined) return code
    return {
      ...code,
      create: () => {
        const operator = code.create()
        const { onRecord, onSecondRecord, onEventTimer, onProcessingTimer } = operator
        operator.onRecord = (value, timestamp) => {
          observations.enterKey(key(value), timestamp)
          onRecord.call(operator, value, timestamp)
        }
        if (onSecondRecord !== undefined && secondKey !== undefined) {
          operator.onSecondRecord = (value, timestamp) => {
            observations.enterKey(secondKey(value), timestamp)
            onSecondRecord.call(operator, value, timestamp)
          }
        }
        if (onEventTimer !== undefined) {
          operator.onEventTimer = (time, timerKey, namespace) => {
            observations.enterKey(timerKey, time)
            onEventTimer.call(operator, time, timerKey, namespace)
          }
        }
        if (onProcessingTimer !== undefined) {
          operator.onProcessingTimer = (time, timerKey, namespace) => {
            observations.enterKey(timerKey, Number.POSITIVE_INFINITY)
            onProcessingTimer.call(operator, time, timerKey, namespace)
          }
        }
        return operator
      },
    }
  }

  /** Puts a step before the sink that notes the key in hand, and a sink that collects. */
  #collect(sink: Step, name: string): void {
    const { observations } = this.#replacements
    const id = `${sink.id}/observed`
    const keyed = this.#isKeyed(sink)
    const parallelism = sink.parallelism === undefined ? {} : { parallelism: sink.parallelism }
    this.#steps.push(
      { id, kind: 'map', named: false, inputs: sink.inputs, outputs: ['main'], ...parallelism },
      { ...sink, inputs: [{ step: id, output: 0 }], sink: sinkFacts },
    )
    this.#code.set(id, { kind: 'map', map: (value) => observations.observe(value, keyed) })
    this.#code.set(sink.id, {
      kind: 'sink',
      sink: observations.sink(name) as Sink<unknown>,
    })
  }

  /** Whether what arrives was emitted by a keyed operator of the same chain, in the same call. */
  #isKeyed(sink: Step): boolean {
    let step: Step = sink
    for (;;) {
      const [input] = step.inputs
      const above = input === undefined ? undefined : this.#byId.get(input.step)
      if (above === undefined || step.inputs.length !== 1) return false
      if (above.parallelism !== step.parallelism) return false
      if (above.operator?.keyed === true) return true
      if (!synchronous.has(above.kind)) return false
      step = above
    }
  }
}

function checkNames(job: BuiltJob, { sources, steps }: Replacements): void {
  const kinds = new Map(job.graph.steps.map((step) => [step.id, step]))
  const wanted = job.graph.steps.filter((step) => step.kind === 'source').map(({ id }) => id)
  const missing = wanted.filter((name) => sources[name] === undefined)
  if (missing.length > 0) {
    throw new SluiceError('USAGE', `testJob needs records for ${quoted(missing)}.`, {
      hint: `Give them: sources: { ${missing.map((name) => `'${name}': [ … ]`).join(', ')} }.`,
    })
  }
  const unknown = Object.keys(sources).filter((name) => !wanted.includes(name))
  if (unknown.length > 0) {
    throw new SluiceError('USAGE', `The job has no source ${quoted(unknown)}.`, {
      hint: `Its sources: ${quoted(wanted)}.`,
    })
  }
  const asynchronous = job.graph.steps.filter(({ id }) => hasCall(job.code.get(id)))
  const unfaked = asynchronous.map(({ id }) => id).filter((name) => steps[name] === undefined)
  if (unfaked.length > 0) {
    throw new SluiceError('USAGE', `testJob needs a stand-in for mapAsync ${quoted(unfaked)}.`, {
      hint: 'Give one: steps: { NAME: async (value) => … }; a test reaches no outside world.',
    })
  }
  const strange = Object.keys(steps).filter((name) => !hasCall(job.code.get(name)))
  if (strange.length > 0) {
    const places = strange.map((name) => `'${name}'${kinds.has(name) ? ' (not a mapAsync)' : ''}`)
    throw new SluiceError('USAGE', `steps names ${places.join(', ')}, which cannot be replaced.`, {
      hint: 'Only mapAsync steps have a stand-in; sources are fed by `sources`.',
    })
  }
}

function hasCall(code: StepCode | undefined): boolean {
  return code?.kind === 'operator' && code.withCall !== undefined
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}
