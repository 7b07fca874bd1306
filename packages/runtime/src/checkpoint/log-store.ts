// The log of checkpoints over its storage: the one place that reads positions, creates entries and
// raises the floor. Every decision is the protocol's; here is the I/O around it: read by name,
// create the same bytes until something is read at the position, read the floor after a win.

import type { Clock, Logger, Random, Timers } from '@sluice/core/connector'
import { SluiceError } from '@sluice/core/internal'
import type { CheckpointStorage } from '../storage/checkpoint-storage.ts'
import { Pauses, pauseAfter } from './backoff.ts'
import { floorOf, logId, type LogPosition, logPosition, nonce } from './protocol/identifiers.ts'
import type { Floor, LogId, Nonce } from './protocol/identifiers.ts'
import {
  aboveFloor,
  judgeAppend,
  type OtherEntry,
  type ReadBack,
  type StandingEntry,
} from './protocol/log/append.ts'
import type { LogEntry } from './protocol/log/entry.ts'
import { decodeEntry, encodeEntry, unreadableEntry } from './protocol/log/entry-codec.ts'
import { judgeListing, LogReading, type LogView, missingEntry } from './protocol/log/log-view.ts'

/** What became of an entry that was to stand at its position. */
export type AppendResult<Entry extends LogEntry> =
  | { readonly kind: 'stands'; readonly standing: StandingEntry<Entry> }
  /** Another entry stands there; it is read next. */
  | { readonly kind: 'lost'; readonly to: OtherEntry }
  /** The position had been collected: a newer run is far ahead. */
  | { readonly kind: 'void'; readonly floor: LogPosition }

/** Whether a failed call is not tried again. */
export type GiveUp = (tries: number, error: SluiceError) => boolean

export interface LogPlatform {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly log: Logger
}

export class LogStore {
  readonly #storage: CheckpointStorage
  readonly #platform: LogPlatform
  readonly #job: string
  readonly #pauses: Pauses
  /** The append under way; nothing else is appended until it is settled. */
  #open: Promise<unknown> = Promise.resolve()

  constructor(storage: CheckpointStorage, platform: LogPlatform, job: string) {
    this.#storage = storage
    this.#platform = platform
    this.#job = job
    this.#pauses = new Pauses(platform.timers)
  }

  get location(): string {
    return this.#storage.location
  }

  drawNonce(): Nonce {
    return nonce(this.#platform.random.hex(16))
  }

  drawLogId(): LogId {
    return logId(this.#platform.random.hex(8))
  }

  /** Reads everything above the floor, and again as long as the floor rises meanwhile. */
  async read(): Promise<LogView> {
    let gaps = 0
    for (;;) {
      const floor = await this.#readFloor()
      const reading = new LogReading(this.#job, this.location, floor)
      const found = await this.#readUpward(reading.next)
      const listed = await this.#retried('listing the log', () => this.#storage.listPositions())
      const floorAfterwards = await this.#readFloor()
      // A position that was collected meanwhile may have been created anew: that is no entry.
      if (floorAfterwards !== floor) continue
      const view = viewOf(reading, found)
      const verdict = judgeListing(view, listed, floorAfterwards)
      if (verdict === 'complete') return view
      if (verdict === 'gap' && ++gaps > 2) throw missingEntry(view, this.location)
    }
  }

  /** The same view with what was added above it since. */
  async readOn(view: LogView): Promise<LogView> {
    const found = await this.#readUpward(view.next)
    // What was collected may be absent, or have been created anew: nothing of it is to be believed.
    if ((await this.#readFloor()) >= view.next) return await this.read()
    return viewOf(LogReading.resume(view, this.location), found)
  }

  /**
   * Creates the entry at its position and reads back, until something is known. Storage errors are
   * tried again for as long as `giveUp` allows: for ever where trying again can help, unless said
   * otherwise. Giving up leaves the outcome unknown, which only a run that ends then may do.
   */
  append<Entry extends LogEntry>(
    entry: Entry,
    giveUp: GiveUp = isHopeless,
  ): Promise<AppendResult<Entry>> {
    const settled = this.#open.then(() => this.#append(entry, giveUp))
    this.#open = settled.catch(() => undefined)
    return settled
  }

  /** Resolves when no append is open any more. */
  async settled(): Promise<void> {
    await this.#open
    this.#pauses.check()
  }

  /** Nothing is tried again from here on; an open append stays for the next run to find. */
  end(reason: Error): void {
    this.#pauses.end(reason)
  }

  async #append<Entry extends LogEntry>(
    entry: Entry,
    giveUp: GiveUp,
  ): Promise<AppendResult<Entry>> {
    const bytes = encodeEntry(entry)
    for (let tries = 1; ; tries++) {
      this.#pauses.check()
      let failure: unknown
      try {
        await this.#storage.append(entry.position, bytes)
      } catch (error) {
        failure = error
      }
      const decision = judgeAppend(entry, await this.#readPosition(entry.position, giveUp))
      if (decision.kind === 'lost') return decision
      if (decision.kind === 'unreadable') {
        throw unreadableEntry(decision.found, entry.position, this.location)
      }
      if (decision.kind === 'won') {
        const result = aboveFloor(decision.won, await this.#readFloor(giveUp))
        if (result.kind === 'void') await this.#removeVoid(entry.position)
        return result
      }
      await this.#pauseOrThrow(`appending entry ${entry.position}`, failure, tries, giveUp)
    }
  }

  /** Below the floor nothing stands: what a sleeper created there anew is only in the way. */
  async #removeVoid(position: LogPosition): Promise<void> {
    try {
      await this.#storage.deleteEntry(position)
    } catch (error) {
      // The next collection finds it.
      this.#platform.log.warn(`Void entry ${position} could not be deleted.`, {
        error: String(error),
      })
    }
  }

  /** What stands from this position on, the first absent one included. */
  async #readUpward(from: LogPosition): Promise<ReadBack[]> {
    const found: ReadBack[] = []
    for (let position = from; found.at(-1)?.kind !== 'absent'; position++) {
      found.push(await this.#readPosition(logPosition(position)))
    }
    return found
  }

  async #readPosition(position: LogPosition, giveUp: GiveUp = giveUpSoon): Promise<ReadBack> {
    const bytes = await this.#retried(
      `reading entry ${position}`,
      () => this.#storage.readEntry(position),
      giveUp,
    )
    return bytes === undefined ? { kind: 'absent' } : decodeEntry(bytes, position)
  }

  async #readFloor(giveUp: GiveUp = giveUpSoon): Promise<Floor> {
    return floorOf(
      await this.#retried('reading the floor', () => this.#storage.readFloor(), giveUp),
    )
  }

  async #retried<Result>(
    doing: string,
    call: () => Promise<Result>,
    giveUp: GiveUp = giveUpSoon,
  ): Promise<Result> {
    for (let tries = 1; ; tries++) {
      this.#pauses.check()
      try {
        return await call()
      } catch (error) {
        await this.#pauseOrThrow(doing, error, tries, giveUp)
      }
    }
  }

  async #pauseOrThrow(
    doing: string,
    failure: unknown,
    tries: number,
    giveUp: GiveUp,
  ): Promise<void> {
    const error = SluiceError.from(
      failure ?? new Error('what was created is not there'),
      'STORAGE_FAILED',
      `Checkpoint storage in ${this.location}: ${doing} failed`,
    )
    if (giveUp(tries, error)) throw error
    this.#platform.log.warn(`Tried again: ${error.message}`, { tries })
    await this.#pauses.wait(pauseAfter(tries, this.#platform.random))
  }
}

function viewOf(reading: LogReading, found: readonly ReadBack[]): LogView {
  for (const each of found) reading.add(each)
  return reading.view()
}

/** Rights or abilities that are missing do not come back by waiting. */
function isHopeless(_tries: number, error: SluiceError): boolean {
  return error.retry === 'never'
}

/**
 * For reads, which decide nothing by failing, and for a run that starts: nothing is owed by it yet,
 * so it rather says what is wrong. About a quarter of a minute.
 */
export function giveUpSoon(tries: number, error: SluiceError): boolean {
  return tries > 10 || isHopeless(tries, error)
}
