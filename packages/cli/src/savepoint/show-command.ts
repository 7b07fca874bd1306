// `sluice savepoint show`: everything that a savepoint says; with --verify all of it is read and
// compared with its checksums.

import type { Savepoint, SavepointFolder } from '@sluice/runtime/internal'
import type { PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { segmentsOf, stateBytes } from '../checkpoint/log-inspection.ts'
import { stepLines } from '../checkpoint/show-text.ts'
import { shownWork } from '../control/shown-work.ts'
import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { harmless } from '../text/paint.ts'
import { counted, moment, size } from '../text/quantity.ts'
import { findSavepoint } from './savepoint-place.ts'

export interface ShowOptions extends PlaceOptions {
  readonly verify?: boolean
}

type Faults = Awaited<ReturnType<SavepointFolder['verify']>>

export async function showCommand(
  nameOrFolder: string,
  where: string | undefined,
  options: ShowOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  const folder = await findSavepoint(nameOrFolder, where, options, invocation)
  const savepoint = await folder.read()
  const faults =
    options.verify === true ? await verified(folder, savepoint, options, invocation) : undefined
  const redact = redactor(invocation.environment)
  const view = viewOf(invocation, options, redact, terminal.outPaint)
  if (options.json === true) {
    terminal.out(jsonText({ folder: folder.path, ...(faults && { faults }), savepoint }, view, 2))
  } else {
    const json = (value: unknown): string => harmless(jsonText(value, view) ?? 'undefined')
    for (const line of lines(folder.path, savepoint, invocation, json)) terminal.out(redact(line))
    if (faults !== undefined) for (const line of faultLines(faults, invocation)) terminal.out(line)
  }
  return faults === undefined || faults.length === 0 ? exitCodes.done : exitCodes.incompatible
}

async function verified(
  folder: SavepointFolder,
  savepoint: Savepoint,
  options: ShowOptions,
  invocation: Invocation,
): Promise<Faults> {
  const bytes = stateBytes(savepoint)
  return await shownWork(invocation, options, 'verifying', (progress) =>
    folder.verify(savepoint, (segmentsDone, segments) => {
      const bytesDone = Math.round((bytes * segmentsDone) / segments)
      progress({ segmentsDone, segments, bytesDone, bytes })
    }),
  )
}

function lines(
  folder: string,
  savepoint: Savepoint,
  { terminal }: Invocation,
  json: (value: unknown) => string,
): string[] {
  const { outPaint: paint, outColumns: columns } = terminal
  const { name, createdAtMs, origin, end, plan, steps } = savepoint
  const from = origin === null ? 'by a tool' : `of checkpoint ${origin.checkpoint}; ${ends[end]}`
  const segments = counted(segmentsOf(savepoint).length, 'segment')
  return [
    paint.bold(`savepoint '${harmless(name)}' of '${harmless(savepoint.job)}'`),
    `  folder       ${harmless(folder)}`,
    `  made         ${moment(createdAtMs)} UTC ${from}`,
    `  plan         ${plan.hash}`,
    `  parallelism  ${plan.parallelism}, ${counted(plan.maxParallelism, 'key group')}`,
    `  size         ${segments} with ${size(stateBytes(savepoint))}`,
    ...steps.flatMap((step) => stepLines(step, { paint, columns, json })),
  ]
}

const ends = {
  continues: 'the job went on',
  stopped: 'the job was stopped with it',
  finished: 'the job had read all its input',
} as const

function faultLines(faults: Faults, { terminal }: Invocation): string[] {
  const { green, red } = terminal.outPaint
  if (faults.length === 0) return ['', `${green('intact')}: all segments are as they were written`]
  return [
    '',
    red(counted(faults.length, 'problem')),
    ...faults.map(({ kind, name, detail }) => `  ${red(kind)} ${harmless(name)}: ${detail}`),
  ]
}
