// A job as it would run with the given parameters and settings: its graph, and the settings that
// hold. Builds the graph and touches nothing outside.

import {
  type BuiltJob,
  buildJob,
  type JobDefinition,
  type JobGraph,
  type JobSettings,
  validateParameters,
} from '@sluice/core/internal'
import { type GivenSettings, settingsOverride } from '../settings/given-settings.ts'
import type { Parameters } from '../settings/parameters.ts'

export interface GraphAndSettings {
  readonly graph: JobGraph
  readonly code: BuiltJob['code']
  readonly settings: JobSettings & { readonly parallelism: number }
}

/** The engine's own limit where nobody says how many subtasks. */
const mostByDefault = 4

/** Throws what building throws. */
export function graphAndSettings(
  definition: JobDefinition,
  parameters: Parameters,
  given: GivenSettings,
  cores: number,
): GraphAndSettings {
  const built = buildJob(definition, validateParameters(definition, parameters))
  const { checkpoint, state, ...override } = settingsOverride(given, definition)
  const merged = { ...built.settings, ...override }
  const settings = {
    ...merged,
    state: { ...merged.state, ...state },
    parallelism: merged.parallelism ?? Math.min(cores, mostByDefault),
    ...(typeof checkpoint === 'object' && merged.checkpoint !== 'off'
      ? { checkpoint: { ...merged.checkpoint, ...checkpoint } }
      : {}),
  }
  return { graph: built.graph, code: built.code, settings }
}

/** Where the checkpoints of a job are, as its definition and the given settings say; no `off`. */
export function checkpointFolder(
  { options }: JobDefinition,
  given: GivenSettings,
): string | undefined {
  const own = options.checkpoint
  if (own === 'off') return undefined
  return given.storage?.value ?? own?.storage ?? `.sluice/${options.name}`
}
