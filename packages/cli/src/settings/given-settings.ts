// The settings that the command line and the environment give, each with where it came from. The
// order is command line, `SLUICE_*` environment, job module, default.

import type { CheckpointSettings, JobDefinition, StateSettings } from '@sluice/core/internal'
import type { SettingsOverride } from '@sluice/runtime'
import { parseCount, parseMemory, parseSpan, parseStateMemory, parseWord } from './setting-texts.ts'

/** A value with the option or variable that gave it. */
export interface Given<Value> {
  readonly value: Value
  readonly kind: 'option' | 'environment'
  /** `--every`, `SLUICE_EVERY`. */
  readonly by: string
}

export interface GivenSettings {
  readonly parallelism?: Given<number>
  readonly storage?: Given<string>
  readonly everyMs?: Given<number>
  readonly memoryPerWorkerBytes?: Given<number>
  readonly stateBackend?: Given<StateSettings['backend']>
  readonly statePath?: Given<string>
  readonly stateMemoryBytes?: Given<number>
  readonly stateLocalRecovery?: Given<boolean>
}

/** The options of the command line that are settings of a job. */
export interface SettingOptions {
  readonly parallelism?: string
  readonly checkpoints?: string
  readonly every?: string
  readonly memory?: string
  readonly stateBackend?: string
  readonly statePath?: string
  readonly stateMemory?: string
  readonly stateLocalRecovery?: string
}

const stateBackends = ['heap', 'rocksdb'] as const
const switches = ['true', 'false'] as const

type Environment = Readonly<Record<string, string | undefined>>

/** Throws USAGE for what cannot be parsed. */
export function givenSettings(options: SettingOptions, environment: Environment): GivenSettings {
  const given = <Value>(
    option: keyof SettingOptions,
    variable: string,
    parse: (text: string, name: string) => Value,
  ): Given<Value> | undefined => {
    const text = options[option]
    if (text !== undefined) {
      const by = `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      return { value: parse(text, by), kind: 'option', by }
    }
    const set = environment[variable]
    if (set === undefined || set === '') return undefined
    return { value: parse(set, variable), kind: 'environment', by: variable }
  }
  const parallelism = given('parallelism', 'SLUICE_PARALLELISM', parseCount)
  const storage = given('checkpoints', 'SLUICE_CHECKPOINTS', (text) => text)
  const everyMs = given('every', 'SLUICE_EVERY', parseSpan)
  const memoryPerWorkerBytes = given('memory', 'SLUICE_MEMORY', parseMemory)
  const stateBackend = given('stateBackend', 'SLUICE_STATE_BACKEND', (text, name) => {
    return parseWord(text, name, stateBackends)
  })
  const statePath = given('statePath', 'SLUICE_STATE_PATH', (text) => text)
  const stateMemoryBytes = given('stateMemory', 'SLUICE_STATE_MEMORY', parseStateMemory)
  const stateLocalRecovery = given(
    'stateLocalRecovery',
    'SLUICE_STATE_LOCAL_RECOVERY',
    (text, name) => parseWord(text, name, switches) === 'true',
  )
  return {
    ...(parallelism === undefined ? {} : { parallelism }),
    ...(storage === undefined ? {} : { storage }),
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(memoryPerWorkerBytes === undefined ? {} : { memoryPerWorkerBytes }),
    ...(stateBackend === undefined ? {} : { stateBackend }),
    ...(statePath === undefined ? {} : { statePath }),
    ...(stateMemoryBytes === undefined ? {} : { stateMemoryBytes }),
    ...(stateLocalRecovery === undefined ? {} : { stateLocalRecovery }),
  }
}

/** What wins over the module of a job, in the form of the engine. */
export function settingsOverride(given: GivenSettings, job: JobDefinition): SettingsOverride {
  const checkpoint = checkpointOverride(given, job)
  const { parallelism, memoryPerWorkerBytes } = given
  return {
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(parallelism === undefined ? {} : { parallelism: parallelism.value }),
    ...(memoryPerWorkerBytes === undefined
      ? {}
      : { memoryPerWorkerBytes: memoryPerWorkerBytes.value }),
    ...stateOverride(given),
  }
}

function stateOverride({
  stateBackend,
  statePath,
  stateMemoryBytes,
  stateLocalRecovery,
}: GivenSettings): Pick<SettingsOverride, 'state'> {
  const state = {
    ...(stateBackend === undefined ? {} : { backend: stateBackend.value }),
    ...(statePath === undefined ? {} : { path: statePath.value }),
    ...(stateMemoryBytes === undefined ? {} : { memoryBytes: stateMemoryBytes.value }),
    ...(stateLocalRecovery === undefined ? {} : { localRecovery: stateLocalRecovery.value }),
  }
  return Object.keys(state).length === 0 ? {} : { state }
}

function checkpointOverride(
  given: GivenSettings,
  { options }: JobDefinition,
): Partial<CheckpointSettings> | undefined {
  const own = options.checkpoint
  // A variable is set for many jobs: one without checkpoints has no use for it. An option is meant.
  const applies = (setting: Given<unknown> | undefined): boolean =>
    setting !== undefined && !(own === 'off' && setting.kind === 'environment')
  const storage = applies(given.storage) ? given.storage : undefined
  const everyMs = applies(given.everyMs) ? given.everyMs : undefined
  if (storage === undefined && everyMs === undefined) return undefined
  // The default of `minPause` follows `every`, also where that is overridden.
  const pauseIsOwn = own !== 'off' && own?.minPause !== undefined
  return {
    ...(storage === undefined ? {} : { storage: storage.value }),
    ...(everyMs === undefined ? {} : { everyMs: everyMs.value }),
    ...(everyMs === undefined || pauseIsOwn
      ? {}
      : { minPauseMs: Math.min(500, Math.floor(everyMs.value / 2)) }),
  }
}
