// `sluice plan job.ts`: builds the graph and shows how it would run. Nothing is run or written.

import { availableParallelism } from 'node:os'
import { type PhysicalPlan, planJob } from '@sluice/runtime/internal'
import type { JobGraph } from '@sluice/core/internal'
import { type JsonView, jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, type SharedOptions, viewOf } from '../invocation.ts'
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

export interface PlanOptions extends SharedOptions, SettingOptions {
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
  for (const line of shownLines(built.graph, plan, settings, options, invocation, view)) {
    terminal.out(options.json === true ? line : redact(line))
  }
  return exitCodes.done
}

function shownLines(
  graph: JobGraph,
  plan: PhysicalPlan,
  settings: readonly ExplainedSetting[],
  { json, mermaid, explain }: PlanOptions,
  { terminal }: Invocation,
  view: JsonView,
): string[] {
  const { outPaint, outColumns } = terminal
  if (json === true) {
    const { chains, exchanges, ...head } = plan
    return [jsonText({ ...head, settings, chains, exchanges, steps: graph.steps }, view, 2)]
  }
  if (mermaid === true) return mermaidLines(plan)
  const explained = explain === true ? ['', ...settingLines(settings, outPaint, outColumns)] : []
  return [...planLines(plan, outPaint, outColumns), ...explained]
}
