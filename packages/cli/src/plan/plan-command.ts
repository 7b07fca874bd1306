// `sluice plan job.ts`: builds the graph and shows how it would run. Nothing is run or written.

import { availableParallelism } from 'node:os'
import { type PhysicalPlan, planJob } from '@sluice/runtime/internal'
import { type JobGraph, SluiceError } from '@sluice/core/internal'
import { type JsonView, jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import {
  checkpointFolder,
  type GraphAndSettings,
  graphAndSettings,
} from '../job/graph-and-settings.ts'
import { findJobFile, type LoadedJob, loadJob } from '../job/job-file.ts'
import { type ExplainedSetting, explainedSettings } from '../settings/explained-settings.ts'
import { givenSettings, type SettingOptions } from '../settings/given-settings.ts'
import { parameterWarnings, parseParameters, rawParameters } from '../settings/parameters.ts'
import { catchForeignOutput } from '../terminal/foreign-output.ts'
import { mermaidLines } from './plan-mermaid.ts'
import { planLines, settingLines } from './plan-text.ts'
import { restoreLines } from './restore-text.ts'
import { fits, type RestoreOptions, type RestoreView, restoreView } from './restore-view.ts'

export interface PlanOptions extends SettingOptions, RestoreOptions {
  readonly param?: readonly string[]
  readonly mermaid?: boolean
  readonly explain?: boolean
}

export async function planCommand(
  file: string,
  options: PlanOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal, environment } = invocation
  if (options.from === undefined && options.verifyState === true) throw nothingToVerify()
  const given = givenSettings(options, environment)
  const parameters = parseParameters(options.param ?? [])
  // What a job's module prints on import is not part of the plan.
  const release = catchForeignOutput((_stream, pass) => pass(), true)
  let job: LoadedJob
  let built: GraphAndSettings
  let plan: PhysicalPlan
  let raw: Readonly<Record<string, string>>
  try {
    job = await loadJob(findJobFile(file))
    raw = rawParameters(job.definition, parameters, environment)
    built = graphAndSettings(job.definition, raw, given, availableParallelism())
    plan = planJob(built.graph, built.settings)
  } finally {
    release()
  }
  const { definition } = job
  const redact = redactor({ ...environment, ...raw })
  const settings = explainedSettings({
    definition,
    given,
    settings: built.settings,
    storage: checkpointFolder(definition, given),
  })
  for (const warning of parameterWarnings(definition, parameters)) {
    terminal.error(`${terminal.errorPaint.yellow('warning')} ${redact(warning)}`)
  }
  const view = viewOf(invocation, options, redact, terminal.outPaint)
  const restore =
    options.from === undefined
      ? undefined
      : await restoreView(options.from, { definition, built }, given, options, invocation)
  const shown = { graph: built.graph, plan, settings, restore }
  for (const line of shownLines(shown, options, invocation, view)) {
    terminal.out(options.json === true ? line : redact(line))
  }
  return restore === undefined || fits(restore) ? exitCodes.done : exitCodes.incompatible
}

interface Shown {
  readonly graph: JobGraph
  readonly plan: PhysicalPlan
  readonly settings: readonly ExplainedSetting[]
  readonly restore: RestoreView | undefined
}

function shownLines(
  { graph, plan, settings, restore }: Shown,
  { json, mermaid, explain }: PlanOptions,
  { terminal }: Invocation,
  view: JsonView,
): string[] {
  const { outPaint, outColumns } = terminal
  if (json === true) {
    const { chains, exchanges, ...head } = plan
    const restored = restore === undefined ? {} : { restore: { fits: fits(restore), ...restore } }
    const shown = { ...head, settings, chains, exchanges, steps: graph.steps, ...restored }
    return [jsonText(shown, view, 2)]
  }
  if (mermaid === true) return mermaidLines(plan)
  const explained = explain === true ? ['', ...settingLines(settings, outPaint, outColumns)] : []
  const stored = restore === undefined ? [] : ['', ...restoreLines(restore, outPaint, outColumns)]
  return [...planLines(plan, outPaint, outColumns), ...explained, ...stored]
}

function nothingToVerify(): SluiceError {
  return new SluiceError('USAGE', '--verify-state looks at stored values, and none are named.', {
    hint: 'Say which: --from latest, the id of a checkpoint, or a savepoint.',
  })
}
