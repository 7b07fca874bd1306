// Collects the steps of one job while its graph function runs. Streams are handles on it; when the
// function has returned, `finish` gives the graph as immutable data and the functions beside it.

import { SluiceError } from '../errors.ts'
import type { Step, StepInput } from '../graph/job-graph.ts'
import type { StepCode } from '../graph/step-code.ts'
import { placeInUserCode } from './step-place.ts'

/** A step before it has its id. */
export interface StepDraft extends Pick<Step, 'source' | 'operator' | 'sink' | 'renamedFrom'> {
  /** What the user called it; steps that need no name are numbered below their first input. */
  readonly name?: string
  readonly inputs: readonly StepInput[]
  readonly outputs?: readonly string[]
  readonly code: StepCode
}

/** Options of every step that has a name. */
export interface NamedStepOptions {
  /** The name that this step had before: its state follows. */
  readonly renamedFrom?: string
}

/** What name and options say of a step. */
export function named(
  name: string,
  { renamedFrom }: NamedStepOptions,
): Pick<StepDraft, 'name' | 'renamedFrom'> {
  return renamedFrom === undefined ? { name } : { name, renamedFrom }
}

const namePattern = /^[a-z0-9][a-z0-9-]{0,62}$/

/** Throws STEP_NAME_INVALID for what cannot be the name of a job or step. */
export function checkName(name: unknown, of: string): asserts name is string {
  if (typeof name === 'string' && namePattern.test(name)) return
  const what =
    typeof name === 'string'
      ? `${of} cannot be called '${name}'.`
      : `${of} needs a name; what was given is of type ${typeof name}.`
  throw new SluiceError('STEP_NAME_INVALID', what, {
    hint: "Names are lower-case letters, digits and hyphens, at most 63: 'revenue-per-minute'.",
  })
}

export class GraphBuilder {
  readonly #steps: Step[] = []
  readonly #code = new Map<string, StepCode>()
  readonly #places = new Map<string, string | undefined>()
  readonly #unnamed = new Map<string, number>()
  #isOpen = true

  /** Adds a step and returns its id. */
  add({ name, inputs, outputs = ['main'], code, ...facts }: StepDraft): string {
    if (!this.#isOpen) {
      throw new SluiceError(
        'JOB_INVALID',
        'A step was added after the graph function had returned.',
        {
          hint: 'Build the whole graph before graph() returns, without await or callbacks.',
        },
      )
    }
    const id = name === undefined ? this.#numbered(inputs[0], code.kind) : name
    if (name !== undefined) this.#claim(name, code.kind)
    if (facts.renamedFrom !== undefined) checkName(facts.renamedFrom, `renamedFrom of '${id}'`)
    const step: Step = { id, kind: code.kind, named: name !== undefined, inputs, outputs, ...facts }
    this.#steps.push(withoutUndefined(step))
    this.#code.set(id, code)
    return id
  }

  setParallelism(id: string, parallelism: number): void {
    if (!Number.isInteger(parallelism) || parallelism < 1) {
      throw new SluiceError('SETTING_INVALID', `A parallelism of ${parallelism} is not possible.`, {
        where: { step: id },
        hint: 'Choose a whole number from 1 upwards.',
      })
    }
    const index = this.#steps.findIndex((step) => step.id === id)
    this.#steps[index] = { ...(this.#steps[index] as Step), parallelism }
  }

  /** The sources above an output, for checks that need to know all of them. */
  sourcesAbove(input: StepInput): Step[] {
    const step = this.#steps.find((each) => each.id === input.step)
    if (step === undefined) return []
    return step.kind === 'source'
      ? [step]
      : step.inputs.flatMap((above) => this.sourcesAbove(above))
  }

  /** No step can be added any more. */
  finish(): { readonly steps: readonly Step[]; readonly code: ReadonlyMap<string, StepCode> } {
    this.#isOpen = false
    return { steps: this.#steps, code: this.#code }
  }

  #numbered(parent: StepInput | undefined, kind: string): string {
    const prefix = `${parent?.step}/${kind}`
    const number = (this.#unnamed.get(prefix) ?? 0) + 1
    this.#unnamed.set(prefix, number)
    return `${prefix}${number}`
  }

  #claim(name: string, kind: string): void {
    checkName(name, `A step of kind ${kind}`)
    const place = placeInUserCode()
    if (this.#places.has(name)) {
      const places = [this.#places.get(name), place].map((each) => each ?? 'an unknown place')
      throw new SluiceError(
        'STEP_NAME_DUPLICATE',
        `Two steps are called '${name}': one at ${places[0]}, one at ${places[1]}.`,
        { where: { step: name }, hint: 'Give each named step of a job a name of its own.' },
      )
    }
    this.#places.set(name, place)
  }
}

function withoutUndefined(step: Step): Step {
  return Object.fromEntries(
    Object.entries(step).filter(([, fact]) => fact !== undefined),
  ) as unknown as Step
}
