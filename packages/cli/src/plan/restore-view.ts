// What would become of stored state if the job were started from it: asked before a run is, and
// without touching anything.

import type { JobDefinition, SluiceError, Step } from '@sluice/core/internal'
import {
  judgeRestore,
  type StepFit,
  type StateReader,
  verifyValues,
} from '@sluice/runtime/internal'
import type { PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { hasLog, inspectLog, newestCheckpoint, storageAt } from '../checkpoint/log-inspection.ts'
import type { Invocation } from '../invocation.ts'
import { checkpointFolder, type GraphAndSettings } from '../job/graph-and-settings.ts'
import type { GivenSettings } from '../settings/given-settings.ts'
import { findStored } from '../state/stored-place.ts'

/** Stored state laid beside a job. */
export interface RestoreView {
  /** `checkpoint 12`, `savepoint 'before'`. */
  readonly from: string
  readonly job: string
  readonly steps: readonly StepFit[]
  /** What blocks a run whatever the operator agrees to. */
  readonly differences: readonly string[]
  /** What would be lost; it blocks a run until that is agreed. */
  readonly drops: readonly string[]
  readonly allowDroppedState: boolean
  /** Undefined: nobody asked for it. */
  readonly values: ValuesView | undefined
}

/** What every stored value was found to be. */
export interface ValuesView {
  /** Values of states that declare what they hold. */
  readonly checked: number
  /** Values that do not fit; the first of them are told. */
  readonly misfits: number
  readonly problems: readonly SluiceError[]
}

export interface RestoreOptions extends PlaceOptions {
  readonly from?: string
  readonly allowDroppedState?: boolean
  readonly verifyState?: boolean
}

/** Throws CHECKPOINT_NOT_FOUND, and what a checkpoint or savepoint has wrong with it. */
export async function restoreView(
  from: string,
  job: { readonly definition: JobDefinition; readonly built: GraphAndSettings },
  given: GivenSettings,
  options: RestoreOptions,
  invocation: Invocation,
): Promise<RestoreView> {
  const { allowDroppedState = false, verifyState = false } = options
  const place = checkpointFolder(job.definition, given)
  const where = place ?? `.sluice/${job.definition.options.name}`
  const stored = await findStored(from, where, {}, invocation)
  const { graph } = job.built
  const { fit, differences } = judgeRestore({
    graph,
    restored: stored.snapshot,
    ...(await owedAt(place, graph.job)),
    committingSinks: sinksOf(graph.steps),
    allowDroppedState,
  })
  const steps = fit?.steps ?? []
  return {
    from: stored.name,
    job: stored.job,
    steps,
    differences,
    drops: fit?.drops ?? [],
    allowDroppedState,
    values: verifyState ? await valuesOf(stored, steps, job.built) : undefined,
  }
}

/** Whether a run would go on from there. */
export function fits({ differences, drops, allowDroppedState, values }: RestoreView): boolean {
  const isAgreed = allowDroppedState || drops.length === 0
  return differences.length === 0 && isAgreed && (values?.misfits ?? 0) === 0
}

/** What the newest checkpoint owes: it is committed first, wherever a run starts from. */
async function owedAt(place: string | undefined, job: string) {
  const nothing = { owing: undefined, owedSinks: new Set<string>() }
  if (place === undefined || !hasLog(place)) return nothing
  const log = await inspectLog(storageAt(place))
  const newest = newestCheckpoint(log)
  if (newest === undefined || newest.job !== job) return nothing
  const slot = log.slots.find(({ position }) => position === newest.position)
  const isOpen = slot?.kind === 'entry' && slot.commits === 'open'
  const owedSinks = new Set(isOpen ? newest.owes.map(({ name }) => name.sink) : [])
  return { owing: newest, owedSinks }
}

/** By name, former ones included: the connector. */
function sinksOf(steps: readonly Step[]): Map<string, string> {
  const sinks = steps.flatMap(({ id, renamedFrom, sink }) => {
    if (sink === undefined) return []
    const names = renamedFrom === undefined ? [id] : [id, renamedFrom]
    return names.map((name) => [name, sink.connector] as const)
  })
  return new Map(sinks)
}

async function valuesOf(
  stored: StateReader,
  steps: readonly StepFit[],
  { code }: GraphAndSettings,
): Promise<ValuesView> {
  let checked = 0
  let misfits = 0
  const problems: SluiceError[] = []
  for (const { step, storedAs, fate } of steps) {
    if (storedAs === undefined || (fate !== 'fits' && fate !== 'renamed')) continue
    const own = code.get(step)
    const schemas = own?.kind === 'operator' ? (own.schemas ?? {}) : {}
    const verdict = await verifyValues(stored, storedAs, schemas)
    checked += verdict.values
    misfits += verdict.problemCount
    problems.push(...verdict.problems)
  }
  return { checked, misfits, problems }
}
