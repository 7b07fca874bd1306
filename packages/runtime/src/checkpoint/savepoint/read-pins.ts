// Segments that somebody still reads for a savepoint, said in notes beside the log, so that whoever
// clears up leaves them alone. A run pins in its own name: it needs no note itself, and the next
// run removes what a dead one has left. A tool pins for a time and says it anew while it works:
// nobody else knows when it has died, so its pin ends by itself.

import type { Clock, Logger, Random } from '@sluice/core/connector'
import type { CheckpointStorage } from '../../storage/checkpoint-storage.ts'
import type { Generation } from '../protocol/identifiers.ts'

const runPattern = /^reading-([1-9][0-9]*)-[0-9a-f]+$/
const toolPattern = /^reading-until-([1-9][0-9]*)-[0-9a-f]+$/

/** How long the pin of a tool holds if it is not said anew. */
export const toolPinMs = 60 * 60_000

type Drawing = { readonly random: Random; readonly log: Logger }

/** Resolves with what takes the pin away again. Errors are told to the log alone. */
export async function pinSegments(
  storage: CheckpointStorage,
  { random, log }: Drawing,
  generation: Generation,
  segments: readonly string[],
): Promise<() => Promise<void>> {
  const note = `reading-${generation}-${random.hex(8)}`
  await attempt(log, note, () => storage.writeNote(note, contentOf(segments)))
  return () => attempt(log, note, () => storage.deleteNote(note))
}

/**
 * What a tool reads of a log while its job may go on. Once the pin stands, the tool has to look
 * into the log again: what is still kept then, no collection deletes while the pin holds.
 */
export class ToolPin {
  readonly #storage: CheckpointStorage
  readonly #platform: Drawing & { readonly clock: Clock }
  readonly #segments: readonly string[]
  #note: string | undefined
  #untilMs = 0

  private constructor(
    storage: CheckpointStorage,
    platform: Drawing & { readonly clock: Clock },
    segments: readonly string[],
  ) {
    this.#storage = storage
    this.#platform = platform
    this.#segments = segments
  }

  /** Where notes cannot be written, that is told to the log, and nothing holds a collection up. */
  static async take(
    storage: CheckpointStorage,
    platform: Drawing & { readonly clock: Clock },
    segments: readonly string[],
  ): Promise<ToolPin> {
    const pin = new ToolPin(storage, platform, segments)
    await pin.renew()
    return pin
  }

  /** To be called as the work goes on; it writes once in half the time for which a pin holds. */
  async renew(): Promise<void> {
    const { clock, random, log } = this.#platform
    if (this.#untilMs - clock.now() > toolPinMs / 2) return
    const before = this.#note
    const untilMs = clock.now() + toolPinMs
    const note = `reading-until-${untilMs}-${random.hex(8)}`
    await attempt(log, note, () => this.#storage.writeNote(note, contentOf(this.#segments)))
    this.#note = note
    this.#untilMs = untilMs
    if (before !== undefined) await attempt(log, before, () => this.#storage.deleteNote(before))
  }

  async release(): Promise<void> {
    const note = this.#note
    if (note !== undefined) {
      await attempt(this.#platform.log, note, () => this.#storage.deleteNote(note))
    }
  }
}

/** Read after the entry that says what is kept: a pin that comes later is of segments it keeps. */
export async function pinnedSegments(
  storage: CheckpointStorage,
  nowMs: number,
): Promise<ReadonlySet<string>> {
  const names = await storage.listNotes()
  return await segmentsIn(
    storage,
    names.filter((name) => runPattern.test(name) || holds(name, nowMs)),
  )
}

/** What tools pin, of the notes that are listed; a run knows its own pins without reading them. */
export async function pinnedByTools(
  storage: CheckpointStorage,
  names: readonly string[],
  nowMs: number,
): Promise<ReadonlySet<string>> {
  return await segmentsIn(
    storage,
    names.filter((name) => holds(name, nowMs)),
  )
}

/** Removes the pins of older runs and those that no longer hold; errors are told to the log. */
export async function removeDeadPins(
  storage: CheckpointStorage,
  { log, clock }: { readonly log: Logger; readonly clock: Clock },
  generation: Generation,
): Promise<void> {
  try {
    for (const name of await storage.listNotes()) {
      const of = runPattern.exec(name)?.[1]
      const isDead =
        of === undefined
          ? toolPattern.test(name) && !holds(name, clock.now())
          : Number(of) < generation
      if (isDead) await storage.deleteNote(name)
    }
  } catch (error) {
    log.warn('Notes of what older runs read could not be removed.', { error: String(error) })
  }
}

/** Whether it is the pin of a tool that may still be at work. */
function holds(name: string, nowMs: number): boolean {
  const untilMs = toolPattern.exec(name)?.[1]
  return untilMs !== undefined && Number(untilMs) > nowMs
}

async function segmentsIn(
  storage: CheckpointStorage,
  notes: readonly string[],
): Promise<ReadonlySet<string>> {
  const pinned = new Set<string>()
  for (const name of notes) {
    const note = await storage.readNote(name)
    if (note === undefined) continue
    for (const segment of new TextDecoder().decode(note).split('\n')) pinned.add(segment)
  }
  return pinned
}

function contentOf(segments: readonly string[]): Uint8Array {
  return new TextEncoder().encode(segments.join('\n'))
}

async function attempt(log: Logger, note: string, call: () => Promise<void>): Promise<void> {
  try {
    await call()
  } catch (error) {
    log.warn('What a savepoint reads could not be noted, or its note not removed.', {
      note,
      error: String(error),
    })
  }
}
