// `sluice run job.ts`: the engine in this process, from the start to an exit code. Imports what
// it needs while the job's module is imported too, so that records flow soon after a restart.

import type { JobOptions, JobRun } from '@sluice/runtime'
import type { LogLevel } from '@sluice/runtime/internal'
import { writeCompileCacheSoon } from '../compile-cache.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodeOfResult, exitCodes } from '../exit-code.ts'
import { type Invocation, type SharedOptions, viewOf } from '../invocation.ts'
import { checkpointFolder, graphAndSettings } from '../job/graph-and-settings.ts'
import { findJobFile, type LoadedJob, loadJob } from '../job/job-file.ts'
import {
  type GivenSettings,
  givenSettings,
  type SettingOptions,
  settingsOverride,
} from '../settings/given-settings.ts'
import {
  type Parameters,
  parameterWarnings,
  parseParameters,
  rawParameters,
} from '../settings/parameters.ts'
import { parseFrom, parseRestoreMode, parseWord } from '../settings/setting-texts.ts'
import { onClosedOutput } from '../terminal/closed-output.ts'
import { JsonReporter } from './json-reporter.ts'
import type { RunReporter } from './run-reporter.ts'
import { TextReporter } from './text-reporter.ts'

export interface RunOptions extends SharedOptions, SettingOptions {
  readonly param?: readonly string[]
  readonly from?: string
  readonly acceptDuplicates?: boolean
  readonly allowDroppedState?: boolean
  readonly startOver?: boolean
  readonly restoreMode?: string
  readonly logLevel?: string
  readonly quiet?: boolean
}

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies LogLevel[]

/** How often figures come; the same as what a person takes in. */
const metricsEveryMs = 500

export async function runCommand(
  file: string,
  options: RunOptions,
  invocation: Invocation,
): Promise<number> {
  const { environment, terminal } = invocation
  const started = performance.now()
  const given = givenSettings(options, environment)
  const parameters = parseParameters(options.param ?? [])
  const logLevel = logLevelOf(options, environment)
  const from = options.from === undefined ? undefined : parseFrom(options.from)
  const restoreMode = parseRestoreMode(options.restoreMode)
  const [engine, internal, job] = await Promise.all([
    import('@sluice/runtime'),
    import('@sluice/runtime/internal'),
    loadJob(findJobFile(file)),
  ])
  const raw = rawParameters(job.definition, parameters, environment)
  const redact = redactor({ ...environment, ...raw })
  const view = viewOf(invocation, options, redact, terminal.errorPaint)
  const quiet = options.quiet === true
  const reporter: RunReporter =
    options.json === true
      ? new JsonReporter(terminal, view, quiet)
      : new TextReporter(terminal, view, { quiet, debug: logLevel === 'debug' })
  const platform = internal.createNodePlatform({ logLevel, logSink: (line) => reporter.log(line) })
  const run = engine.runJob(
    { ...platform, output: (line) => reporter.output(line) },
    {
      ...jobOptions(job, raw, given, options),
      ...(from === undefined ? {} : { from }),
      ...(restoreMode === undefined ? {} : { restoreMode }),
    },
  )
  const controlled = internal.serveControl(platform, run)
  reporter.begin(run)
  for (const warning of parameterWarnings(job.definition, parameters)) reporter.warning(warning)
  run.on('running', () => {
    writeCompileCacheSoon()
    reporter.sources(sourcesOf(job, raw, given, platform.cores))
  })
  const release = stopOnSignals(run, reporter, internal.onStopSignal)
  const result = await run.done
  release()
  const exitCode = exitCodeOfResult(result)
  const durationMs = performance.now() - started
  reporter.end({ result, exitCode, durationMs, storage: checkpointFolder(job.definition, given) })
  await controlled
  return exitCode
}

function jobOptions(
  job: LoadedJob,
  parameters: Parameters,
  given: GivenSettings,
  { acceptDuplicates, allowDroppedState, startOver }: RunOptions,
): JobOptions {
  return {
    origin: { kind: 'module', url: job.url },
    parameters,
    settings: settingsOverride(given, job.definition),
    metricsEveryMs,
    ...(acceptDuplicates === undefined ? {} : { acceptDuplicates }),
    ...(allowDroppedState === undefined ? {} : { allowDroppedState }),
    ...(startOver === undefined ? {} : { startOver }),
  }
}

function logLevelOf(
  { logLevel, quiet }: RunOptions,
  environment: Invocation['environment'],
): LogLevel {
  if (logLevel !== undefined) return parseWord(logLevel, '--log-level', logLevels)
  const set = environment['SLUICE_LOG_LEVEL']
  if (set !== undefined && set !== '') return parseWord(set, 'SLUICE_LOG_LEVEL', logLevels)
  return quiet === true ? 'error' : 'info'
}

/**
 * Called when tasks run, so the job is known to build; what it knows of its sources is for
 * people.
 */
function sourcesOf(job: LoadedJob, raw: Parameters, given: GivenSettings, cores: number) {
  const { graph } = graphAndSettings(job.definition, raw, given, cores)
  return graph.steps.flatMap(({ id, source }) =>
    source === undefined ? [] : [{ step: id, connector: source.connector }],
  )
}

/** The first signal stops with a checkpoint, the second ends the run, the third the process. */
function stopOnSignals(
  run: JobRun,
  reporter: RunReporter,
  onStopSignal: (listener: (signal: string) => void) => () => void,
): () => void {
  let signals = 0
  const receive = (signal: string): void => {
    signals += 1
    if (signals > 2) process.exit(exitCodes.interrupted)
    reporter.stopping(signal, signals === 2)
    if (signals === 1) run.stop()
    else run.cancel()
  }
  let readerHasGone = false
  const releases = [
    onStopSignal(receive),
    // Whoever read standard output has gone (`sluice run job.ts | head`). A second stop would
    // cancel.
    onClosedOutput(() => {
      if (!readerHasGone && signals === 0) run.stop()
      readerHasGone = true
    }),
  ]
  return () => {
    for (const release of releases) release()
  }
}
