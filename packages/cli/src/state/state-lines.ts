// Stored state as JSON lines, and such lines as changes. What JSON lacks stands in an object with
// one member: {"$bigint":"7"}, {"$date":0}, {"$map":[[key,value]]}; so what is read can be written
// again as it was.

import { type Key, mapKey, SluiceError } from '@sluice/core/internal'
import {
  fromJson,
  type SavepointEdit,
  type StoredEntry,
  type StoredTimer,
  toJson,
} from '@sluice/runtime/internal'

/** One line for a state of a key. */
export function entryLine(step: string, entry: StoredEntry): string {
  const { state, kind, key, namespace, value, writtenAt } = entry
  return JSON.stringify({
    step,
    state,
    kind,
    key: toJson(key),
    ...(namespace === undefined ? {} : { window: toJson(namespace) }),
    value: toJson(value),
    ...(writtenAt === undefined ? {} : { writtenAt: toJson(writtenAt) }),
  })
}

/** One line for a timer. */
export function timerLine(step: string, { domain, key, namespace, time }: StoredTimer): string {
  return JSON.stringify({
    step,
    timer: domain,
    key: toJson(key),
    window: toJson(namespace),
    time: toJson(time),
  })
}

interface ChangeLine {
  readonly step?: unknown
  readonly state?: unknown
  readonly timer?: unknown
  readonly key?: unknown
  readonly window?: unknown
  readonly value?: unknown
  readonly time?: unknown
  readonly writtenAt?: unknown
  readonly delete?: unknown
}

/**
 * Makes the change that a line says: a line as it is read sets, one with `"delete": true` deletes.
 * Throws USAGE with the number of the line.
 */
export function applyLine(
  edit: SavepointEdit,
  text: string,
  number: number,
  defaultStep: string | undefined,
): void {
  try {
    apply(edit, parsed(text), defaultStep)
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    const { code, message, hint, where } = error
    // A key that is none is a defect of the file here, not of a job.
    throw new SluiceError(code === 'KEY_INVALID' ? 'USAGE' : code, `Line ${number}: ${message}`, {
      where,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}

function apply(edit: SavepointEdit, line: ChangeLine, defaultStep: string | undefined): void {
  const step = line.step ?? defaultStep
  if (typeof step !== 'string') throw wrong('It names no step.', 'Give "step", or --step.')
  const key = line.key as Key
  if (key === undefined) throw wrong('It names no key.')
  mapKey(key)
  const namespace = numberOf(line.window, 'window') ?? 0
  const deletes = line.delete === true
  if (line.timer !== undefined) {
    const time = numberOf(line.time, 'time')
    if (line.timer !== 'event' && line.timer !== 'processing') {
      throw wrong('"timer" is neither "event" nor "processing".')
    }
    if (time === undefined) throw wrong('A timer needs a "time".')
    if (deletes) edit.deleteTimer(step, line.timer, key, time, { namespace })
    else edit.setTimer(step, line.timer, key, time, { namespace })
    return
  }
  if (line.state === undefined && deletes) return edit.deleteKey(step, key)
  if (typeof line.state !== 'string') throw wrong('It names no state.')
  if (deletes) return edit.delete(step, line.state, key, { namespace })
  if (!('value' in line)) throw wrong('It has no value.', 'Give "value", or "delete": true.')
  const writtenAt = numberOf(line.writtenAt, 'writtenAt') ?? 0
  edit.set(step, line.state, key, line.value, { namespace, writtenAt })
}

function parsed(text: string): ChangeLine {
  let line: unknown
  try {
    line = fromJson(JSON.parse(text))
  } catch (error) {
    throw wrong(`It is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof line === 'object' && line !== null && !Array.isArray(line)) return line
  throw wrong('It is no JSON object.')
}

function numberOf(value: unknown, name: string): number | undefined {
  if (value === undefined || typeof value === 'number') return value
  throw wrong(`"${name}" is not a number.`)
}

function wrong(message: string, hint = 'A line is {"step":…,"state":…,"key":…,"value":…}.') {
  return new SluiceError('USAGE', message, { hint })
}
