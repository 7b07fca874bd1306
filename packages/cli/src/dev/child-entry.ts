// The process that runs a job for `sluice dev`. It is replaced whole when the code changes, because
// modules cannot be unloaded. If the supervisor dies, it stops with a last checkpoint.

import { SluiceError } from '@sluice/core/internal'
import { createNodePlatform, serveControl } from '@sluice/runtime/internal'
import { type JobEvents, type JobRun, runJob } from '@sluice/runtime'
import { exitCodeOfResult, exitCodes } from '../exit-code.ts'
import { checkpointFolder, graphAndSettings } from '../job/graph-and-settings.ts'
import { findJobFile, type LoadedJob, loadJob } from '../job/job-file.ts'
import { reportedEvents } from '../run/run-reporter.ts'
import { type GivenSettings, givenSettings, settingsOverride } from '../settings/given-settings.ts'
import { type Parameters, parameterWarnings, rawParameters } from '../settings/parameters.ts'
import { endSoon } from '../terminal/process-end.ts'
import {
  type FromChild,
  type PreparedFacts,
  type StartOptions,
  type ToChild,
  wireEvent,
  wireResult,
  wireStatus,
} from './child-messages.ts'
import { incompatibility } from './compatibility.ts'
import { watchLoadedFiles } from './loaded-files.ts'

type Prepare = Extract<ToChild, { type: 'prepare' }>

const statusEveryMs = 500

interface Ready {
  readonly job: LoadedJob
  readonly given: GivenSettings
  readonly raw: Parameters
  readonly prepare: Prepare
}

let ready: Ready | undefined
let run: JobRun | undefined
let isAlone = false

function send(message: FromChild): void {
  if (process.connected) process.send?.(message)
}

process.on('message', (message: ToChild) => {
  receive(message).catch((error: unknown) => {
    const known = SluiceError.from(error, 'INVARIANT_BROKEN', 'The process of the job failed')
    send({ type: 'refused', error: known.toWire(), incompatible: undefined })
  })
})

process.on('disconnect', () => {
  isAlone = true
  if (run === undefined) process.exit(exitCodes.failed)
  run.stop()
})

// Ctrl-C reaches all processes of a terminal; what it means is the supervisor's business.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {
  if (run === undefined) process.exit(exitCodes.done)
  run.stop()
})

async function receive(message: ToChild): Promise<void> {
  switch (message.type) {
    case 'prepare':
      await prepareJob(message)
      break
    case 'start':
      await runPrepared(message.start)
      break
    case 'stop':
      run?.stop()
      break
    case 'cancel':
      run?.cancel()
      break
  }
}

async function prepareJob(prepare: Prepare): Promise<void> {
  const file = findJobFile(prepare.file)
  const files = watchLoadedFiles(file.url)
  try {
    const given = givenSettings(prepare.settings, process.env)
    const job = await loadJob(file)
    const raw = rawParameters(job.definition, prepare.parameters, process.env)
    const { cores } = createNodePlatform({ logLevel: 'silent' })
    const { graph } = graphAndSettings(job.definition, raw, given, cores)
    const storage = checkpointFolder(job.definition, given)
    ready = { job, given, raw, prepare }
    const facts: PreparedFacts = {
      job: graph.job,
      sources: graph.steps.flatMap(({ id, source }) =>
        source === undefined ? [] : [{ step: id, connector: source.connector }],
      ),
      steps: graph.steps.map(({ id }) => id),
      storage,
      warnings: parameterWarnings(job.definition, prepare.parameters),
    }
    const difference = prepare.compare ? await incompatibility(graph, storage) : undefined
    send({ type: 'files', files: files.list() })
    if (difference === undefined) send({ type: 'prepared', facts })
    else send({ type: 'refused', error: difference.toWire(), incompatible: facts })
  } catch (error) {
    send({ type: 'files', files: files.list() })
    const known = SluiceError.from(error, 'JOB_BUILD_FAILED', 'The job could not be built')
    send({ type: 'refused', error: known.toWire(), incompatible: undefined })
  }
}

async function runPrepared(start: StartOptions): Promise<void> {
  if (ready === undefined || run !== undefined) return
  const { job, given, raw, prepare } = ready
  const platform = createNodePlatform({
    logLevel: prepare.logLevel,
    logSink: (line) => send({ type: 'log', line }),
  })
  const { from, acceptDuplicates, allowDroppedState, startOver, restoreMode } = start
  const jobRun = runJob(platform, {
    origin: { kind: 'module', url: job.url },
    parameters: raw,
    settings: settingsOverride(given, job.definition),
    from,
    acceptDuplicates,
    allowDroppedState,
    startOver,
    ...(restoreMode === undefined ? {} : { restoreMode }),
    freezes: true,
    metricsEveryMs: statusEveryMs,
  })
  run = jobRun
  const controlled = serveControl(platform, jobRun)
  for (const name of reportedEvents) {
    if (name === 'metrics') continue
    jobRun.on(name, (event: JobEvents[typeof name]) => {
      send({ type: 'event', name, event: wireEvent(event) })
    })
  }
  const report = (): void => send({ type: 'status', status: wireStatus(jobRun.status()) })
  const reports = setInterval(report, statusEveryMs)
  jobRun.on('state', report)
  const result = await jobRun.done
  clearInterval(reports)
  report()
  await controlled
  send({ type: 'ended', result: wireResult(result) })
  if (!isAlone) process.disconnect()
  endSoon(exitCodeOfResult(result))
}
