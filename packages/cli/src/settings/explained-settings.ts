// Every setting that holds for a job, with its value as people write it and with where it came
// from: an option, an environment variable, the module of the job, or the default.

import type { JobDefinition, JobSettings } from '@sluice/core/internal'
import { duration, size } from '../text/quantity.ts'
import type { Given, GivenSettings } from './given-settings.ts'

export interface ExplainedSetting {
  readonly name: string
  /** For people: `10 s`. */
  readonly text: string
  /** For programs: milliseconds, bytes, words; null where there is no limit. */
  readonly value: number | string | null
  readonly origin: 'option' | 'environment' | 'job' | 'default'
  /** `--every`, `SLUICE_EVERY`, `the job`, `default`. */
  readonly by: string
}

export interface SettingFacts {
  readonly definition: JobDefinition
  readonly given: GivenSettings
  readonly settings: JobSettings & { readonly parallelism: number }
  /** Undefined where checkpoints are off. */
  readonly storage: string | undefined
}

/** In the order in which a reader looks for them. */
export function explainedSettings(facts: SettingFacts): ExplainedSetting[] {
  const { definition, given, settings } = facts
  const { options } = definition
  const { memoryPerWorkerBytes } = settings
  return [
    row('parallelism', settings.parallelism, String, given.parallelism, options.parallelism),
    row('maxParallelism', settings.maxParallelism, String, undefined, options.maxParallelism),
    row(
      'memory.perWorker',
      memoryPerWorkerBytes ?? null,
      (bytes) => (bytes === null ? 'as Node decides' : size(bytes)),
      given.memoryPerWorkerBytes,
      options.memory?.perWorker,
    ),
    ...stateRows(facts),
    ...checkpointRows(facts),
    ...restartRows(facts),
  ]
}

function stateRows({ definition, given, settings }: SettingFacts): ExplainedSetting[] {
  const { backend, incremental, memoryBytes, path, localRecovery = false } = settings.state
  const own = definition.options.state
  const first = row('state.backend', backend, String, given.stateBackend, own?.backend)
  const changes = String(incremental)
  const always = [first, row('state.incremental', changes, String, undefined, own?.incremental)]
  if (backend === 'heap') return always
  const folder = path ?? `.sluice/.state/${definition.options.name}`
  return [
    ...always,
    row('state.path', folder, String, given.statePath, own?.path),
    row('state.memory', memoryBytes, size, given.stateMemoryBytes, own?.memory),
    row(
      'state.localRecovery',
      String(localRecovery),
      String,
      given.stateLocalRecovery,
      own?.localRecovery,
    ),
  ]
}

function checkpointRows({
  definition,
  given,
  settings,
  storage,
}: SettingFacts): ExplainedSetting[] {
  const own = definition.options.checkpoint
  const { checkpoint } = settings
  if (checkpoint === 'off' || own === 'off') {
    return [row('checkpoint', 'off', String, undefined, own)]
  }
  const time = (name: 'minPause' | 'timeout', ms: number) =>
    row(`checkpoint.${name}`, ms, duration, undefined, own?.[name])
  const plain = (name: 'maxConcurrent' | 'keep' | 'tolerableFailures' | 'mode') =>
    row<number | string>(`checkpoint.${name}`, checkpoint[name], String, undefined, own?.[name])
  return [
    row('checkpoint.every', checkpoint.everyMs, duration, given.everyMs, own?.every),
    row('checkpoint.storage', storage ?? '', String, given.storage, own?.storage),
    plain('mode'),
    plain('keep'),
    time('minPause', checkpoint.minPauseMs),
    time('timeout', checkpoint.timeoutMs),
    plain('maxConcurrent'),
    plain('tolerableFailures'),
  ]
}

function restartRows({ definition, settings }: SettingFacts): ExplainedSetting[] {
  const { restart } = settings
  const own = definition.options.restart as Readonly<Record<string, unknown>> | undefined
  const { strategy, ...rest } = restart
  return [
    row('restart.strategy', strategy, String, undefined, own?.['strategy']),
    ...Object.entries(rest).map(([key, value]) => {
      const name = key.replace(/Ms$/, '')
      const shown = key.endsWith('Ms') ? duration : String
      return row(`restart.${name}`, value as number, shown, undefined, own?.[name])
    }),
  ]
}

function row<Value extends number | string | null>(
  name: string,
  value: Value,
  shown: (value: Value) => string,
  given: Given<unknown> | undefined,
  own: unknown,
): ExplainedSetting {
  const text = shown(value)
  if (given !== undefined) return { name, text, value, origin: given.kind, by: given.by }
  if (own !== undefined) return { name, text, value, origin: 'job', by: 'the job' }
  return { name, text, value, origin: 'default', by: 'default' }
}
