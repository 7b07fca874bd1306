// A job made ready to run: imported, built with its parameters, planned, with the settings that
// hold. What cannot be promised is refused here, before anything outside was touched.

import type { Sink } from '@sluice/core/connector'
import {
  type CheckpointSettings,
  isMemorySink,
  type JobGraph,
  type JobSettings,
  SluiceError,
  type StepCode,
} from '@sluice/core/internal'
import type { PhysicalPlan } from '../plan/physical-plan.ts'
import { physicalPlanHash, planJob } from '../plan/planner.ts'
import type { Platform } from '../platform/platform.ts'
import type { CheckpointStorage } from '../storage/checkpoint-storage.ts'
import { createStorage, localFolder } from '../storage/create-storage.ts'
import { loadJob } from '../worker/job-registry.ts'
import { openStateFolder } from '../worker/state-folder.ts'
import type { JobOptions, SettingsOverride } from './job-run.ts'
import type { SourceStep } from './connectors/source-enumerators.ts'

/** Subtasks per step where nobody says how many: the cores, at most these. */
const mostByDefault = 4

export interface PreparedJob {
  readonly name: string
  readonly graph: JobGraph
  readonly settings: JobSettings
  readonly plan: PhysicalPlan
  readonly planHash: string
  readonly sources: readonly SourceStep[]
  /** By step. */
  readonly sinks: ReadonlyMap<string, Sink<unknown>>
  readonly storage: OpenStorage | undefined
}

export interface OpenStorage {
  /** As workers open it. */
  readonly place: string
  /** The folder of its savepoints; undefined where they cannot lie beside the checkpoints. */
  readonly savepoints: string | undefined
  readonly storage: CheckpointStorage
  readonly settings: CheckpointSettings
}

export async function prepareJob(platform: Platform, options: JobOptions): Promise<PreparedJob> {
  const job = await loadJob(options.origin, options.parameters ?? {})
  const settings = overridden(job.settings, options.settings ?? {})
  const parallelism = settings.parallelism ?? Math.min(platform.cores, mostByDefault)
  const plan = planJob(job.graph, { parallelism })
  const sinks = sinksOf(job.code)
  const storage = openStorage(platform, job.graph.job, settings)
  // Only jobs that are registered share one thread with their tasks.
  if (options.origin.kind === 'module') checkWorkerThreads(sinks)
  checkGuarantees(sinks, storage)
  await storage?.storage.open()
  await openStateFolder(platform, settings.state, job.graph.job)
  return {
    name: job.graph.job,
    graph: job.graph,
    settings,
    plan,
    planHash: physicalPlanHash(job.graph, plan),
    sources: sourcesOf(plan, job.code),
    sinks,
    storage,
  }
}

function overridden(settings: JobSettings, override: SettingsOverride): JobSettings {
  const { checkpoint, state, ...others } = override
  const merged = { ...settings, ...others, state: { ...settings.state, ...state } }
  if (checkpoint === undefined) return merged
  if (checkpoint === 'off') return { ...merged, checkpoint }
  if (settings.checkpoint === 'off') {
    throw new SluiceError(
      'SETTING_INVALID',
      'The job says that checkpoints are off, so they have no settings to change.',
      { hint: "Remove `checkpoint: 'off'` from the job." },
    )
  }
  return { ...merged, checkpoint: { ...settings.checkpoint, ...checkpoint } }
}

function openStorage(
  platform: Platform,
  job: string,
  { checkpoint }: JobSettings,
): OpenStorage | undefined {
  if (checkpoint === 'off') return undefined
  const place = checkpoint.storage ?? `.sluice/${job}`
  const folder = localFolder(place)
  return {
    place,
    savepoints: folder === undefined ? undefined : `${folder}/savepoints`,
    storage: createStorage(platform, place),
    settings: checkpoint,
  }
}

function sinksOf(code: ReadonlyMap<string, StepCode>): Map<string, Sink<unknown>> {
  const sinks = new Map<string, Sink<unknown>>()
  for (const [step, each] of code) {
    if (each.kind === 'sink') sinks.set(step, each.sink)
  }
  return sinks
}

function sourcesOf(plan: PhysicalPlan, code: ReadonlyMap<string, StepCode>): SourceStep[] {
  return plan.chains.flatMap(({ steps, parallelism }) =>
    steps.flatMap(({ id }) => {
      const each = code.get(id)
      return each?.kind === 'source' ? [{ step: id, parallelism, code: each }] : []
    }),
  )
}

function checkWorkerThreads(sinks: ReadonlyMap<string, Sink<unknown>>): void {
  for (const [step, sink] of sinks) {
    if (!isMemorySink(sink)) continue
    throw new SluiceError(
      'JOB_INVALID',
      `Sink '${step}' collects in memory, and its writers would run in threads of their own.`,
      {
        hint: 'Use memorySink() in `testJob`; here write to files, to the console or to a system.',
        where: { sink: step },
      },
    )
  }
}

function checkGuarantees(
  sinks: ReadonlyMap<string, Sink<unknown>>,
  storage: OpenStorage | undefined,
): void {
  for (const [step, sink] of sinks) {
    if (storage === undefined && sink.createCommitter !== undefined) throw neverCommits(step)
    if (sink.guarantee !== 'exactly-once') continue
    const lacking = whatLacks(storage)
    if (lacking === undefined) continue
    throw new SluiceError(
      'SINK_NEEDS_CHECKPOINTS',
      `Sink '${step}' promises exactly-once, and ${lacking.what}.`,
      { hint: lacking.hint, where: { sink: step } },
    )
  }
}

function neverCommits(sink: string): SluiceError {
  return new SluiceError(
    'SINK_NEEDS_CHECKPOINTS',
    `Sink '${sink}' publishes with checkpoints, and checkpoints are off.`,
    {
      hint: "Remove `checkpoint: 'off'`, or use a sink that promises less.",
      where: { sink },
    },
  )
}

function whatLacks(
  storage: OpenStorage | undefined,
): { readonly what: string; readonly hint: string } | undefined {
  if (storage === undefined) {
    return {
      what: 'checkpoints are off',
      hint: "Remove `checkpoint: 'off'`, or use a sink that promises less.",
    }
  }
  if (!storage.storage.durable) {
    return {
      what: `the checkpoints in ${storage.storage.location} are not durable`,
      hint: 'Keep checkpoints in a folder on disk or in an object store.',
    }
  }
  if (storage.settings.mode === 'at-least-once') {
    return {
      what: 'checkpoints are taken in at-least-once mode',
      hint: "Use `mode: 'exactly-once'`, or a sink that promises less.",
    }
  }
  return undefined
}
