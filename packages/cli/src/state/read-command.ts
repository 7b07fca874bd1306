// `sluice savepoint read` and `sluice state`: stored state as JSON lines, as fast as they are read.

import { type Key, SluiceError } from '@sluice/core/internal'
import type { StateReader } from '@sluice/runtime/internal'
import type { PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { exitCodes } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { onClosedOutput } from '../terminal/closed-output.ts'
import { type KeyOptions, keysOf } from './key-texts.ts'
import { entryLine, timerLine } from './state-lines.ts'
import { findStored } from './stored-place.ts'

const mostTries = 5

export interface ReadOptions extends PlaceOptions, KeyOptions {
  readonly step?: string
  readonly state?: string
  readonly timers?: boolean
}

export async function readCommand(
  name: string,
  where: string | undefined,
  options: ReadOptions,
  invocation: Invocation,
): Promise<number> {
  const keys = keysOf(options)
  const stored = await findStored(name, where, options, invocation)
  const step = stepOf(stored, options.step)
  await print(lines(stored, step, keys, options), invocation)
  return exitCodes.done
}

export async function stateCommand(
  where: string | undefined,
  options: ReadOptions,
  invocation: Invocation,
): Promise<number> {
  const keys = keysOf(options)
  if (keys === undefined) {
    throw new SluiceError('USAGE', 'A key is looked up, and none is given.', {
      hint: 'Give --key, or print all with `sluice savepoint read latest`.',
    })
  }
  for (let tries = 1; ; tries++) {
    try {
      return await lookUp(where, keys, options, invocation)
    } catch (error) {
      // A job that goes on may let go of the checkpoint at any moment; there is a newer one then.
      const isGone = error instanceof SluiceError && error.code === 'CHECKPOINT_NOT_FOUND'
      if (!isGone || tries === mostTries) throw error
    }
  }
}

async function lookUp(
  where: string | undefined,
  keys: readonly Key[],
  options: ReadOptions,
  invocation: Invocation,
): Promise<number> {
  const stored = await findStored('latest', where, options, invocation)
  const step = stepOf(stored, options.step)
  const wanted =
    options.timers === true ? [true] : options.state === undefined ? [false, true] : [false]
  // Nothing is printed before all of it is read, for it may have to be read again.
  const found: string[] = []
  for (const timers of wanted) {
    for await (const line of lines(stored, step, keys, { ...options, timers })) found.push(line)
  }
  for (const line of found) invocation.terminal.out(line)
  if (found.length === 0) {
    const what = options.state === undefined ? 'nothing' : `nothing in '${options.state}'`
    invocation.terminal.error(`Step '${step}' holds ${what} for this key in ${stored.name}.`)
  }
  return exitCodes.done
}

async function* lines(
  stored: StateReader,
  step: string,
  keys: readonly Key[] | undefined,
  { state, timers }: ReadOptions,
): AsyncGenerator<string> {
  const named = state === undefined ? {} : { state }
  for (const key of keys ?? [undefined]) {
    const selection = key === undefined ? named : { ...named, key }
    if (timers === true) {
      for await (const timer of stored.timers(step, selection)) yield timerLine(step, timer)
    } else {
      for await (const entry of stored.entries(step, selection)) yield entryLine(step, entry)
    }
  }
}

/** Waits for whoever reads; ends when nobody does any more. */
async function print(
  lines: AsyncIterable<string>,
  { terminal }: Pick<Invocation, 'terminal'>,
): Promise<void> {
  let readerHasGone = false
  const release = onClosedOutput(() => {
    readerHasGone = true
  })
  try {
    for await (const line of lines) {
      if (readerHasGone) break
      terminal.out(line)
      await terminal.flushed()
    }
  } finally {
    release()
  }
}

/** The step that is named, or the only one that keeps state by key. */
function stepOf(stored: StateReader, named: string | undefined): string {
  if (named !== undefined) return named
  const keyed = stored.steps.filter(({ isKeyed }) => isKeyed).map(({ step }) => step)
  const [only] = keyed
  if (only !== undefined && keyed.length === 1) return only
  throw new SluiceError(
    'USAGE',
    keyed.length === 0
      ? `No step keeps state by key in the ${stored.name} of job '${stored.job}'.`
      : `Several steps keep state in the ${stored.name} of job '${stored.job}'.`,
    keyed.length === 0 ? {} : { hint: `Give --step: ${keyed.join(', ')}.` },
  )
}
