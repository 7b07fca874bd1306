// From the options of a job to settings: units parsed, ranges checked, every default applied.
// Options that nobody knows are refused, since a misspelt one would silently do nothing.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SluiceError } from '../errors.ts'
import { type Duration, parseDuration } from '../time/duration.ts'
import type {
  CheckpointOptions,
  JobOptions,
  MemoryOptions,
  MemorySize,
  RestartOptions,
  KeyedStateOptions,
} from './job-options.ts'
import type { CheckpointSettings, JobSettings, RestartSettings, StateSettings } from './settings.ts'

const defaultMaxParallelism = 128
const largestMaxParallelism = 32_768
const userErrorRestarts = 3

/** Settings of a job. Throws SETTING_INVALID and DURATION_INVALID. */
export function parseSettings(options: JobOptions<StandardSchemaV1>): JobSettings {
  const all = [
    'name',
    'params',
    'checkpoint',
    'restart',
    'parallelism',
    'maxParallelism',
    'memory',
    'state',
    'graph',
  ]
  checkKnown(options, all, 'The job')
  const maxParallelism = options.maxParallelism ?? defaultMaxParallelism
  checkWhole(maxParallelism, 1, largestMaxParallelism, 'maxParallelism')
  const { parallelism } = options
  if (parallelism !== undefined) checkWhole(parallelism, 1, maxParallelism, 'parallelism')
  const memoryPerWorkerBytes = parseMemory(options.memory)
  return {
    checkpoint: parseCheckpoint(options.checkpoint),
    restart: parseRestart(options.restart),
    state: parseState(options.state),
    maxParallelism,
    ...(parallelism === undefined ? {} : { parallelism }),
    ...(memoryPerWorkerBytes === undefined ? {} : { memoryPerWorkerBytes }),
  }
}

function parseCheckpoint(options: CheckpointOptions | 'off' = {}): CheckpointSettings | 'off' {
  if (options === 'off') return 'off'
  const durations = ['every', 'minPause', 'timeout']
  const others = ['maxConcurrent', 'keep', 'tolerableFailures', 'mode', 'storage']
  checkKnown(options, [...durations, ...others], 'checkpoint')
  const { mode = 'exactly-once', maxConcurrent = 1, keep = 3, tolerableFailures = 0 } = options
  const everyMs = positive(options.every ?? '10s', 'checkpoint.every')
  const { minPause, storage } = options
  checkWhole(maxConcurrent, 1, 100, 'checkpoint.maxConcurrent')
  checkWhole(keep, 1, 1_000_000, 'checkpoint.keep')
  checkWhole(tolerableFailures, 0, Number.MAX_SAFE_INTEGER, 'checkpoint.tolerableFailures')
  checkOneOf(mode, ['exactly-once', 'at-least-once'], 'checkpoint.mode')
  if (storage !== undefined && (typeof storage !== 'string' || storage === '')) {
    throw invalid('checkpoint.storage must be a path.', "Leave it out for '.sluice/<job>'.")
  }
  return {
    everyMs,
    minPauseMs:
      minPause === undefined
        ? Math.min(500, Math.floor(everyMs / 2))
        : parseDuration(minPause, 'checkpoint.minPause'),
    timeoutMs: positive(options.timeout ?? '10m', 'checkpoint.timeout'),
    maxConcurrent,
    keep,
    tolerableFailures,
    mode,
    ...(storage === undefined ? {} : { storage }),
  }
}

function parseRestart(options: RestartOptions | undefined): RestartSettings {
  if (options === undefined) {
    return { ...parseExponential({ strategy: 'exponential' }), userErrorRestarts }
  }
  checkOneOf(options.strategy, ['exponential', 'fixed', 'none'], 'restart.strategy')
  switch (options.strategy) {
    case 'none':
      checkKnown(options, ['strategy'], 'restart')
      return { strategy: 'none' }
    case 'fixed': {
      checkKnown(options, ['strategy', 'delay', 'maxAttempts'], 'restart')
      const { delay, maxAttempts } = options
      checkWhole(maxAttempts, 1, Number.MAX_SAFE_INTEGER, 'restart.maxAttempts')
      return { strategy: 'fixed', delayMs: parseDuration(delay, 'restart.delay'), maxAttempts }
    }
    case 'exponential':
      return parseExponential(options)
  }
}

function parseExponential(
  options: Extract<RestartOptions, { strategy: 'exponential' }>,
): Extract<RestartSettings, { strategy: 'exponential' }> {
  const known = ['strategy', 'initialDelay', 'maxDelay', 'resetAfter', 'maxAttempts']
  checkKnown(options, known, 'restart')
  const { initialDelay = '1s', maxDelay = '1m', resetAfter = '10m', maxAttempts } = options
  const initialDelayMs = positive(initialDelay, 'restart.initialDelay')
  const maxDelayMs = positive(maxDelay, 'restart.maxDelay')
  if (maxDelayMs < initialDelayMs) {
    throw invalid(
      'restart.maxDelay is shorter than restart.initialDelay.',
      'Set a longer maxDelay.',
    )
  }
  if (maxAttempts !== undefined) {
    checkWhole(maxAttempts, 1, Number.MAX_SAFE_INTEGER, 'restart.maxAttempts')
  }
  return {
    strategy: 'exponential',
    initialDelayMs,
    maxDelayMs,
    resetAfterMs: positive(resetAfter, 'restart.resetAfter'),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  }
}

const unitBytes: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

function parseMemory(options: MemoryOptions = {}): number | undefined {
  checkKnown(options, ['perWorker'], 'memory')
  const { perWorker } = options
  return perWorker === undefined ? undefined : parseMemorySize(perWorker, 'memory.perWorker')
}

/** Bytes of a size such as `'512MiB'`. Throws SETTING_INVALID. */
function parseMemorySize(size: MemorySize, of: string): number {
  const parts = /^(\d+(?:\.\d+)?)(KiB|MiB|GiB)$/.exec(size)
  const bytes = Math.floor(Number(parts?.[1]) * (unitBytes[parts?.[2] as string] ?? Number.NaN))
  if (!(bytes > 0)) {
    throw invalid(`${of}: '${String(size)}' is not a size.`, "Write a number and a unit: '512MiB'.")
  }
  return bytes
}

const defaultStateMemory = '256MiB'
/** RocksDB has no use for less. */
export const leastStateMemoryBytes: number = 16 * 2 ** 20

function parseState(options: KeyedStateOptions = {}): StateSettings {
  checkKnown(options, ['backend', 'path', 'incremental', 'memory', 'localRecovery'], 'state')
  const { backend = 'heap', path, incremental = true, memory = defaultStateMemory } = options
  checkOneOf(backend, ['heap', 'rocksdb'], 'state.backend')
  if (path !== undefined && (typeof path !== 'string' || path === '')) {
    throw invalid('state.path must be a path.', "Leave it out for '.sluice/.state/<job>'.")
  }
  if (typeof incremental !== 'boolean') {
    throw invalid(`state.incremental is ${String(incremental)}.`, 'Choose true or false.')
  }
  const { localRecovery } = options
  if (localRecovery !== undefined && typeof localRecovery !== 'boolean') {
    throw invalid(`state.localRecovery is ${String(localRecovery)}.`, 'Choose true or false.')
  }
  const memoryBytes = parseMemorySize(memory, 'state.memory')
  if (memoryBytes < leastStateMemoryBytes) {
    throw invalid(`state.memory is ${memory}.`, "RocksDB needs at least '16MiB'.")
  }
  return {
    backend,
    incremental,
    memoryBytes,
    ...(path === undefined ? {} : { path }),
    ...(localRecovery === undefined ? {} : { localRecovery }),
  }
}

function positive(duration: Duration, of: string): number {
  const ms = parseDuration(duration, of)
  if (ms === 0) throw invalid(`${of} must be longer than nothing.`, "For example '10s'.")
  return ms
}

function checkWhole(value: number, least: number, most: number, what: string): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw invalid(`${what} is ${String(value)}.`, `Choose a whole number from ${least} to ${most}.`)
}

function checkOneOf(value: string, allowed: readonly string[], what: string): void {
  if (allowed.includes(value)) return
  throw invalid(`${what} is ${String(value)}.`, `Choose one of ${allowed.join(', ')}.`)
}

function checkKnown(options: object, known: readonly string[], what: string): void {
  if (typeof options !== 'object' || options === null) {
    throw invalid(`${what} is ${String(options)}.`, `Give an object with ${known.join(', ')}.`)
  }
  const unknown = Object.keys(options).filter((option) => !known.includes(option))
  if (unknown.length === 0) return
  throw invalid(`${what} has no option ${unknown.join(', ')}.`, `There are ${known.join(', ')}.`)
}

function invalid(message: string, hint: string): SluiceError {
  return new SluiceError('SETTING_INVALID', message, { hint })
}
