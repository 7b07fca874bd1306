// `sluice savepoint read` and `sluice state`: stored state as JSON lines, as fast as they are read.

import { type Key, SluiceError } from '@sluice/core/internal'
import type { StoredState } from '@sluice/runtime/internal'
import type { PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { exitCodes } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { onClosedOutput } from '../terminal/closed-output.ts'
import { type KeyOptions, keysOf } from './key-texts.ts'
import { entryLine, timerLine } from './state-lines.ts'
import { findStored } from './stored-place.ts'

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
  const stored = await findStored('latest', where, options, invocation)
  const step = stepOf(stored, options.step)
  const everything = async function* (): AsyncGenerator<string> {
    yield* lines(stored, step, keys, { ...options, timers: false })
    if (options.state === undefined) yield* lines(stored, step, keys, { ...options, timers: true })
  }
  const printed = await print(
    options.timers === true ? lines(stored, step, keys, options) : everything(),
    invocation,
  )
  if (printed === 0) {
    const what = options.state === undefined ? 'nothing' : `nothing in '${options.state}'`
    invocation.terminal.error(`Step '${step}' holds ${what} for this key in ${stored.name}.`)
  }
  return exitCodes.done
}

async function* lines(
  stored: StoredState,
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

/** Waits for whoever reads; ends when nobody does any more. Returns the number of lines. */
async function print(
  lines: AsyncIterable<string>,
  { terminal }: Pick<Invocation, 'terminal'>,
): Promise<number> {
  let readerHasGone = false
  const release = onClosedOutput(() => {
    readerHasGone = true
  })
  let printed = 0
  try {
    for await (const line of lines) {
      if (readerHasGone) break
      terminal.out(line)
      printed += 1
      await terminal.flushed()
    }
  } finally {
    release()
  }
  return printed
}

/** The step that is named, or the only one that keeps state by key. */
function stepOf(stored: StoredState, named: string | undefined): string {
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
