// What becomes of each step of a checkpoint in today's job: it fits, under its name or a new one,
// is new, is dropped, or cannot go on. Pure: a graph and an entry in, verdicts in words out. What a
// step holds is judged state by state, so that one state may come or go while the others stay.

import type { JobGraph, Step } from '@sluice/core/internal'
import type { CheckpointEntry } from '../checkpoint/protocol/log/entry.ts'
import { differenceOf } from './step-difference.ts'
import {
  type DescribedStep,
  factsOf,
  identityOf,
  snapshotOf,
  type StateFacts,
  successorOf,
} from './step-identity.ts'

/**
 * `removed`: it was in the checkpoint and held nothing. `dropped`: what it held would be lost.
 * `incompatible`: its step is there and cannot read what was stored.
 */
export type StepFate = 'fits' | 'renamed' | 'new' | 'removed' | 'dropped' | 'incompatible'

/** One state of a step that goes on. */
export interface StateFit {
  readonly name: string
  readonly kind: string
  readonly fate: 'fits' | 'new' | 'dropped'
}

/** One step of the job, or of the checkpoint where the job has none. */
export interface StepFit {
  readonly step: string
  /** The name in the checkpoint; absent for a step that is new. */
  readonly storedAs?: string
  /** `operator (process)`. */
  readonly what: string
  readonly fate: StepFate
  readonly states: readonly StateFit[]
  /** Bytes of its segments in the checkpoint. */
  readonly sizeBytes: number
  /** Why it is dropped or incompatible: a sentence without its end. */
  readonly reason?: string
}

/** A checkpoint laid beside a job. */
export interface RestoreFit {
  /** In order of the job's graph; what the job no longer has comes last. */
  readonly steps: readonly StepFit[]
  /** What blocks a restore whatever the operator agrees to. */
  readonly differences: readonly string[]
  /** What would be lost: it blocks until the operator agrees. */
  readonly drops: readonly string[]
}

/** What a checkpoint and a savepoint say alike of the state that they hold. */
export type Restorable = Pick<CheckpointEntry, 'plan' | 'steps'>

/** Lays a checkpoint or savepoint beside a job. */
export function fitRestore(graph: JobGraph, entry: Restorable): RestoreFit {
  const before = entry.plan.maxParallelism
  if (before !== graph.maxParallelism) return otherGroups(graph, entry)
  const today = graph.steps.flatMap((step) => fitOfStep(graph, entry, step) ?? [])
  const gone = (entry.steps as readonly DescribedStep[])
    .filter((snapshot) => !goesOn(graph, entry, snapshot))
    .map((snapshot) => fitOfGone(graph, snapshot))
  const steps = [...today, ...gone]
  return {
    steps,
    differences: steps.flatMap(({ fate, reason }) =>
      fate === 'incompatible' && reason !== undefined ? [reason] : [],
    ),
    drops: steps.flatMap(dropsOf),
  }
}

/** The states that the snapshot of a step holds and the step no longer declares. */
export function droppedStates(entry: Pick<Restorable, 'steps'>, step: Step): readonly string[] {
  const snapshot = snapshotOf(entry, step)
  if (snapshot === undefined) return []
  return statesOf(snapshot.facts.state, factsOf(step).state)
    .filter(({ fate }) => fate === 'dropped')
    .map(({ name }) => name)
}

function otherGroups(graph: JobGraph, entry: Restorable): RestoreFit {
  const difference =
    `maxParallelism was ${entry.plan.maxParallelism} and is ${graph.maxParallelism}; it is fixed ` +
    'for the life of the state, so set it back'
  return { steps: [], differences: [difference], drops: [] }
}

function goesOn(graph: JobGraph, entry: Restorable, snapshot: DescribedStep): boolean {
  const step = successorOf(graph, entry, snapshot)
  return step !== undefined && identityOf(step, graph.maxParallelism) !== undefined
}

/** Undefined for a step that keeps nothing in a checkpoint. */
function fitOfStep(graph: JobGraph, entry: Restorable, step: Step): StepFit | undefined {
  const identity = identityOf(step, graph.maxParallelism)
  if (identity === undefined) return undefined
  const now = factsOf(step)
  const snapshot = snapshotOf(entry, step)
  const difference = snapshot && differenceOf(snapshot.facts, now, snapshot.hash === identity)
  if (snapshot === undefined || (difference !== undefined && !holdsSomething(snapshot))) {
    const states = statesOf([], now.state)
    return { step: step.id, what: whatOf(now), fate: 'new', states, sizeBytes: 0 }
  }
  const fit = {
    step: step.id,
    storedAs: snapshot.step,
    what: whatOf(now),
    sizeBytes: sizeOf(snapshot),
  }
  const renamed = snapshot.step !== step.id
  if (difference !== undefined) {
    const reason = `${described(snapshot)} does not fit step '${step.id}': ${difference}`
    return { ...fit, fate: 'incompatible', states: [], reason }
  }
  const stored = holdsSomething(snapshot) ? snapshot.facts.state : []
  return { ...fit, fate: renamed ? 'renamed' : 'fits', states: statesOf(stored, now.state) }
}

function fitOfGone(graph: JobGraph, snapshot: DescribedStep): StepFit {
  const fit = {
    step: snapshot.step,
    storedAs: snapshot.step,
    what: whatOf(snapshot.facts),
    sizeBytes: sizeOf(snapshot),
    states: [],
  }
  if (!holdsSomething(snapshot)) return { ...fit, fate: 'removed' }
  // The step that had this name has another one now, and that one is in the checkpoint too.
  const heir = graph.steps.find((step) => step.renamedFrom === snapshot.step)
  const reason =
    heir === undefined
      ? `${described(snapshot)} has no match in the job`
      : `${described(snapshot)} has no place in the job: step '${heir.id}', which was renamed ` +
        'from it, goes on with its own state'
  return { ...fit, fate: 'dropped', reason }
}

function dropsOf({ step, fate, states, reason }: StepFit): string[] {
  if (fate === 'dropped') return reason === undefined ? [] : [reason]
  const dropped = states.filter((state) => state.fate === 'dropped')
  return dropped.map(
    ({ name, kind }) => `step '${step}' no longer has the state '${name}' (${kind})`,
  )
}

/** States by name; those that are of another kind have been told as a difference before. */
function statesOf(before: readonly StateFacts[], now: readonly StateFacts[]): StateFit[] {
  const fits = now.map(({ name, kind }): StateFit => {
    const known = before.some((state) => state.name === name)
    return { name, kind, fate: known ? 'fits' : 'new' }
  })
  const dropped = before
    .filter(({ name }) => !now.some((state) => state.name === name))
    .map(({ name, kind }): StateFit => ({ name, kind, fate: 'dropped' }))
  return [...fits, ...dropped]
}

/** A sink keeps nothing here: what is owed to it is judged by itself. */
function holdsSomething(snapshot: DescribedStep): boolean {
  if (snapshot.source !== undefined) return true
  if (snapshot.facts.kind === 'sink') return false
  const elements = snapshot.operators as readonly unknown[]
  return (
    snapshot.segments.some(({ entries }) => entries > 0) ||
    elements.some((each) => !Array.isArray(each) || each.length > 0)
  )
}

function sizeOf(snapshot: DescribedStep): number {
  return snapshot.segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

function described(snapshot: DescribedStep): string {
  const { kind, connector, operator } = snapshot.facts
  const type = connector ?? operator
  return `${kind} '${snapshot.step}'${type === undefined ? '' : ` (${type})`}`
}

function whatOf({ kind, connector, operator }: DescribedStep['facts']): string {
  const type = connector ?? operator
  return type === undefined ? kind : `${kind} (${type})`
}
