// `sluice savepoint edit` and `sluice savepoint bootstrap`: a savepoint out of another one, or out
// of nothing, and changes. What is there is never changed.

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Key, mapKey, SluiceError } from '@sluice/core/internal'
import {
  emptySavepoint,
  fromJson,
  type SavepointEdit,
  type StateReader,
} from '@sluice/runtime/internal'
import type { PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, type SharedOptions, viewOf } from '../invocation.ts'
import { findJobFile, loadJob } from '../job/job-file.ts'
import { parseParameters, rawParameters } from '../settings/parameters.ts'
import { catchForeignOutput } from '../terminal/foreign-output.ts'
import { counted } from '../text/quantity.ts'
import { type KeyOptions, keysOf } from './key-texts.ts'
import { applyLine } from './state-lines.ts'
import { folderOf, openedSavepoint, toolPlatform } from './stored-place.ts'

interface ChangeOptions extends SharedOptions {
  readonly changes?: string
  readonly step?: string
}

export interface EditOptions extends ChangeOptions, PlaceOptions, KeyOptions {
  readonly state?: string
  readonly window?: string
  readonly value?: string
  readonly delete?: boolean
}

export interface BootstrapOptions extends ChangeOptions {
  readonly param?: readonly string[]
}

export async function editCommand(
  name: string,
  folder: string,
  where: string | undefined,
  options: EditOptions,
  invocation: Invocation,
): Promise<number> {
  const keys = keysOf(options)
  const savepoint = await openedSavepoint(name, where, options, invocation)
  const edit = savepoint.edit()
  let changes = 0
  if (options.changes !== undefined) changes += await applyFile(edit, options.changes, options.step)
  if (keys !== undefined) {
    await applyOne(edit, savepoint, keys, options)
    changes += 1
  }
  if (changes === 0) {
    throw new SluiceError('USAGE', 'Nothing is to be changed.', {
      hint: 'Give --changes with a file, or --key with --value or --delete.',
    })
  }
  return await write(edit, folder, changes, options, invocation)
}

export async function bootstrapCommand(
  file: string,
  folder: string,
  options: BootstrapOptions,
  invocation: Invocation,
): Promise<number> {
  if (options.changes === undefined) {
    throw new SluiceError('USAGE', 'No file says what the state is to be.', {
      hint: 'Give --changes state.jsonl: a line is {"step":…,"state":…,"key":…,"value":…}.',
    })
  }
  const given = parseParameters(options.param ?? [])
  // What a job's module prints on import is not part of the answer.
  const release = catchForeignOutput((_stream, pass) => pass(), true)
  let edit: SavepointEdit
  try {
    const { definition } = await loadJob(findJobFile(file))
    const raw = rawParameters(definition, given, invocation.environment)
    edit = emptySavepoint(toolPlatform, definition, raw)
  } finally {
    release()
  }
  const changes = await applyFile(edit, options.changes, options.step)
  return await write(edit, folder, changes, options, invocation)
}

async function write(
  edit: SavepointEdit,
  folder: string,
  changes: number,
  options: SharedOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  await edit.writeTo(folderOf(folder))
  if (options.json === true) {
    const view = viewOf(invocation, options, redactor(), terminal.outPaint)
    terminal.out(jsonText({ folder, changes }, view))
  } else {
    terminal.out(`Wrote the savepoint ${folder} with ${counted(changes, 'change')}.`)
  }
  return exitCodes.done
}

/** Returns the number of lines that change something. */
async function applyFile(
  edit: SavepointEdit,
  file: string,
  step: string | undefined,
): Promise<number> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  let number = 0
  let changes = 0
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1
      if (line.trim() === '') continue
      applyLine(edit, line, number, step)
      changes += 1
    }
  } catch (error) {
    if (error instanceof SluiceError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new SluiceError('USAGE', `The changes cannot be read: ${reason}`, { cause: error })
  }
  return changes
}

async function applyOne(
  edit: SavepointEdit,
  savepoint: StateReader,
  keys: readonly Key[],
  { step, state, window, value, delete: deletes }: EditOptions,
): Promise<void> {
  if (step === undefined)
    throw new SluiceError('USAGE', 'No step is named.', { hint: 'Give --step.' })
  const key = await keyMeant(savepoint, step, keys)
  const place = window === undefined ? {} : { namespace: windowOf(window) }
  if ((value === undefined) === (deletes !== true)) {
    throw new SluiceError('USAGE', 'A key is given a value, or it is deleted.', {
      hint: 'Give one of --value and --delete.',
    })
  }
  if (value === undefined) {
    if (state === undefined) edit.deleteKey(step, key)
    else edit.delete(step, state, key, place)
    return
  }
  if (state === undefined) {
    throw new SluiceError('USAGE', 'No state is named.', { hint: 'Give --state.' })
  }
  edit.set(step, state, key, valueOf(value), place)
}

/** Of several readings of a text, the one that the step knows. */
async function keyMeant(savepoint: StateReader, step: string, keys: readonly Key[]): Promise<Key> {
  const [first, second] = keys as [Key, Key | undefined]
  if (second === undefined) return first
  const known: Key[] = []
  for (const key of keys) if (await isKnown(savepoint, step, key)) known.push(key)
  const [only] = known
  if (only !== undefined && known.length === 1) return only
  throw new SluiceError('USAGE', `--key ${String(first)} may be a text or ${typeof second}.`, {
    hint: `Say which: --key-json '"${String(first)}"' or --key-json '${String(first)}'.`,
  })
}

async function isKnown(savepoint: StateReader, step: string, key: Key): Promise<boolean> {
  for await (const entry of savepoint.entries(step, { key })) {
    if (mapKey(entry.key) === mapKey(key)) return true
  }
  return false
}

function windowOf(text: string): number {
  const window = Number(text)
  if (text.trim() !== '' && Number.isFinite(window)) return window
  throw new SluiceError('USAGE', `--window: '${text}' is not a number.`)
}

function valueOf(text: string): unknown {
  try {
    return fromJson(JSON.parse(text))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SluiceError('USAGE', `--value is no JSON: ${reason}`, {
      hint: 'Put texts into quotes of JSON: --value \'"rome"\'.',
      cause: error,
    })
  }
}
