// The commands that a running job takes. Every request carries the token of the run; without it
// nothing is told, not even whether the path exists.

import { resolve } from 'node:path'
import { SluiceError } from '@sluice/core/internal'
import { Hono } from 'hono'
import type { JobRun, SavepointRequest, SavepointSummary } from '../coordinator/job-run.ts'
import type { Platform } from '../platform/platform.ts'
import type { ControlFile, ControlResult, ControlStatus } from './control-protocol.ts'
import { LineAnswer } from './line-answer.ts'

export interface ControlledRun {
  readonly platform: Platform
  readonly run: JobRun
  /** What the file of the run says now. */
  readonly identity: () => ControlFile
  /** Hears of each answer that is not given yet. */
  readonly answering: (answer: LineAnswer) => void
}

export function controlApp({ platform, run, identity, answering }: ControlledRun): Hono {
  const app = new Hono()
  const lines = (work: ConstructorParameters<typeof LineAnswer>[1]): Response => {
    const answer = new LineAnswer(platform, work)
    answering(answer)
    return answer.response
  }
  app.use(async (context, next) => {
    const given = context.req.header('authorization') ?? ''
    if (!isEqual(given, `Bearer ${identity().token}`)) return context.text('Unknown.', 401)
    await next()
    return undefined
  })
  app.onError((thrown, context) => {
    const error = SluiceError.from(thrown, 'INVARIANT_BROKEN', 'The request failed')
    return context.json({ error: error.toWire() }, error.code === 'USAGE' ? 400 : 500)
  })
  app.get('/status', (context) => context.json(statusOf(run, identity())))
  app.post('/checkpoint', () =>
    lines(async () => ({ checkpoint: await run.checkpoint(), savepoint: null })),
  )
  app.post('/savepoint', async (context) => {
    const request = savepointRequest(await context.req.json())
    return lines(async (progress): Promise<ControlResult> => {
      return { checkpoint: null, savepoint: placed(await run.savepoint(request, progress)) }
    })
  })
  app.post('/stop', async (context) => {
    const body = objectOf(await context.req.json())
    const savepoint =
      body['savepoint'] === undefined ? {} : { savepoint: savepointRequest(body['savepoint']) }
    const options = { drain: body['drain'] === true, ...savepoint }
    return lines(async (progress): Promise<ControlResult> => {
      const stopped = await run.stopWith(options, progress)
      const savepoint = stopped.savepoint === undefined ? null : placed(stopped.savepoint)
      return { checkpoint: stopped.checkpoint ?? null, savepoint }
    })
  })
  return app
}

/** Whoever asks may be in another folder than the run. */
function placed(savepoint: SavepointSummary): SavepointSummary {
  return { ...savepoint, folder: resolve(savepoint.folder) }
}

function statusOf(run: JobRun, { logId, generation }: ControlFile): ControlStatus {
  const status = run.status()
  return {
    job: status.job,
    logId,
    generation: Math.max(status.generation, generation),
    state: status.state,
    attempt: status.attempt,
    restarts: status.restarts,
    restoredFrom: status.restoredFrom ?? null,
    lastCheckpoint: status.lastCheckpoint ?? null,
    completedCheckpoints: status.completedCheckpoints,
    failedCheckpoints: status.failedCheckpoints,
    commitsOwed: status.commitsOwed,
    error: status.lastError?.toWire() ?? null,
  }
}

function savepointRequest(value: unknown): SavepointRequest {
  const { name, folder } = objectOf(value)
  if (name !== undefined && typeof name !== 'string') throw malformed('name')
  if (folder !== undefined && typeof folder !== 'string') throw malformed('folder')
  return {
    ...(name === undefined ? {} : { name }),
    ...(folder === undefined ? {} : { folder }),
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  throw malformed('body')
}

function malformed(what: string): SluiceError {
  return new SluiceError('USAGE', `The ${what} of the request is malformed.`, {
    hint: 'Use the sluice command of the version that runs the job.',
  })
}

/** Takes as long for every text of the same length. */
function isEqual(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length
  for (let index = 0; index < wanted.length; index++) {
    difference |= given.charCodeAt(index % Math.max(1, given.length)) ^ wanted.charCodeAt(index)
  }
  return difference === 0
}
