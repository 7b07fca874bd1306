// `sluice savepoint list`: the savepoints beside the checkpoints of a job, or in a folder.

import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Savepoint } from '@sluice/runtime/internal'
import { findPlace, type PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { hasLog, stateBytes } from '../checkpoint/log-inspection.ts'
import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { isJobFileName } from '../job/job-file.ts'
import { harmless } from '../text/paint.ts'
import { age, size } from '../text/quantity.ts'
import { tableLines } from '../text/table.ts'
import { namesIn } from '../checkpoint/savepoint-verification.ts'
import { savepointAt, savepointsOf } from './savepoint-place.ts'

interface Listed {
  readonly name: string
  readonly folder: string
  readonly savepoint: Savepoint | undefined
  readonly error: unknown
}

export async function listCommand(
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  const folder = await folderOf(where, options, invocation)
  const listed = await Promise.all(namesIn(folder).map((name) => read(folder, name)))
  const isWhole = listed.every(({ error }) => error === undefined)
  if (options.json === true) {
    const view = viewOf(invocation, options, redactor(), terminal.outPaint)
    const savepoints = listed.map(({ name, folder, savepoint, error }) => ({
      name,
      folder,
      ...(savepoint === undefined ? { error } : factsOf(savepoint)),
    }))
    terminal.out(jsonText({ folder, savepoints }, view, 2))
  } else {
    for (const line of lines(folder, listed, terminal.outColumns)) terminal.out(line)
  }
  return isWhole ? exitCodes.done : exitCodes.incompatible
}

/** A folder of savepoints as it is, or that of a job. */
async function folderOf(
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<string> {
  if (where !== undefined && !isJobFileName(where) && options.checkpoints === undefined) {
    const folder = resolve(invocation.folder, where)
    const isFolder = existsSync(folder) && statSync(folder).isDirectory()
    if (isFolder && !hasLog(folder)) return folder
  }
  return savepointsOf(await findPlace(where, options, invocation))
}

async function read(parent: string, name: string): Promise<Listed> {
  const folder = join(parent, name)
  try {
    return { name, folder, savepoint: await savepointAt(folder).read(), error: undefined }
  } catch (error) {
    return { name, folder, savepoint: undefined, error }
  }
}

function factsOf(savepoint: Savepoint) {
  const { job, createdAtMs, origin, end, plan } = savepoint
  return {
    job,
    createdAt: new Date(createdAtMs).toISOString(),
    checkpoint: origin?.checkpoint ?? null,
    end,
    parallelism: plan.parallelism,
    stateBytes: stateBytes(savepoint),
  }
}

const columns = [
  { title: 'savepoint' },
  { title: 'job' },
  { title: 'checkpoint', align: 'right' },
  { title: 'made' },
  { title: 'state', align: 'right' },
  { title: 'the job' },
] as const

const ends = { continues: 'went on', stopped: 'was stopped', finished: 'had read all its input' }

function lines(folder: string, listed: readonly Listed[], windowColumns: number): string[] {
  if (listed.length === 0) return [`No savepoints are in ${harmless(folder)}.`]
  const rows = listed.map(({ name, savepoint, error }) => {
    if (savepoint === undefined) {
      const reason = error instanceof Error ? error.message : String(error)
      return [harmless(name), '', '', '', '', harmless(reason)]
    }
    const { job, origin, createdAtMs, end } = savepoint
    const made = age(Date.now() - createdAtMs)
    const from = origin === null ? '' : String(origin.checkpoint)
    return [harmless(name), harmless(job), from, made, size(stateBytes(savepoint)), ends[end]]
  })
  return tableLines(columns, rows, windowColumns)
}
