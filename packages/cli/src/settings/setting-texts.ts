// Settings as they are written on the command line and in the environment, parsed: a number of
// subtasks, a span of time, a size of memory, where to start from. Errors name the option or
// variable.

import {
  type Duration,
  leastStateMemoryBytes,
  parseDuration,
  SluiceError,
} from '@sluice/core/internal'
import type { RestoreMode, StartFrom } from '@sluice/runtime'
import { suggestion } from '../text/suggestion.ts'

/** A whole number from 1 up. Throws USAGE; `name` says which option or variable. */
export function parseCount(text: string, name: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value > 0) return value
  throw wrong(text, name, 'a whole number from 1 up', `For example ${name} 4.`)
}

/** Milliseconds. Throws USAGE. */
export function parseSpan(text: string, name: string): number {
  let milliseconds = 0
  try {
    milliseconds = parseDuration(text as Duration, name)
  } catch {
    // Said below in the words of the command line.
  }
  if (milliseconds > 0) return milliseconds
  throw wrong(text, name, 'a span of time', "Write a number and a unit: '500ms', '10s', '5m'.")
}

const unitBytes: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** Bytes of '512mb', '512MiB', '2g': units of 1024 in every spelling. Throws USAGE. */
export function parseMemory(text: string, name: string): number {
  const parts = /^(\d+(?:\.\d+)?)\s?([kmg])(?:i?b)?$/i.exec(text)
  const unit = unitBytes[parts?.[2]?.toLowerCase() ?? ''] ?? Number.NaN
  const bytes = Math.floor(Number(parts?.[1]) * unit)
  if (bytes > 0) return bytes
  throw wrong(text, name, 'a size', "Write a number and a unit: '512mb', '2gb'.")
}

/** Bytes of memory for state. Throws USAGE, also for less than RocksDB needs. */
export function parseStateMemory(text: string, name: string): number {
  const bytes = parseMemory(text, name)
  if (bytes >= leastStateMemoryBytes) return bytes
  throw wrong(text, name, 'enough', `RocksDB needs at least ${leastStateMemoryBytes / 2 ** 20}mb.`)
}

/** Where to start from. Throws USAGE. */
export function parseFrom(text: string): StartFrom {
  if (text === 'latest' || text === 'none') return text
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  // A name of a savepoint has no slash, a folder has one: the engine looks them up.
  if (/^[a-z][a-z0-9-]{0,62}$/.test(text) || /[/\\]/.test(text)) return { savepoint: text }
  throw wrong(
    text,
    '--from',
    "'latest', 'none', the id of a checkpoint, or a savepoint",
    "Give a savepoint's name, or the path of its folder with a slash: ./before-upgrade.",
  )
}

const restoreModes = ['copy', 'claim'] as const satisfies readonly RestoreMode[]

/** What becomes of a savepoint's files. Throws USAGE. */
export function parseRestoreMode(text: string | undefined): RestoreMode | undefined {
  return text === undefined ? undefined : parseWord(text, '--restore-mode', restoreModes)
}

/** One of several words. Throws USAGE. */
export function parseWord<Word extends string>(
  text: string,
  name: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  const meant = suggestion(text, words)
  const hint = meant === undefined ? `There are ${words.join(', ')}.` : `Did you mean ${meant}?`
  throw new SluiceError('USAGE', `${name}: '${text}' is not one of ${words.join(', ')}.`, { hint })
}

function wrong(text: string, name: string, what: string, hint: string): SluiceError {
  return new SluiceError('USAGE', `${name}: '${text}' is not ${what}.`, { hint })
}
