// Copies checkpoints whose commits are proven into folders of savepoints, while the job goes on.
// What is being copied is pinned: no collection of this run deletes it. A run that has been fenced
// may have its segments collected by the newer one; then the copy fails with FENCED, and there is
// no savepoint.

import { SluiceError } from '@sluice/core/internal'
import { Pauses, pauseAfter } from '../../checkpoint/backoff.ts'
import { type Generation, type Nonce, nonce } from '../../checkpoint/protocol/identifiers.ts'
import {
  type CheckpointEntry,
  type FenceEntry,
  segmentNames,
} from '../../checkpoint/protocol/log/entry.ts'
import { checkSavepointName } from '../../checkpoint/savepoint/savepoint-name.ts'
import { savepointOf, segmentsOf } from '../../checkpoint/savepoint/savepoint.ts'
import {
  type SavepointProgress,
  writeSavepoint,
} from '../../checkpoint/savepoint/savepoint-writer.ts'
import { pinSegments, removeDeadPins } from '../../checkpoint/savepoint/read-pins.ts'
import { sweepUnfinished } from '../../checkpoint/savepoint/unfinished-savepoints.ts'
import type { Platform } from '../../platform/platform.ts'
import type { CheckpointStorage } from '../../storage/checkpoint-storage.ts'
import type { SavepointRequest, SavepointSummary } from '../job-run.ts'

/** So often a copy is begun anew where trying again can help. */
const mostTries = 4

export interface ExportPlace {
  readonly storage: CheckpointStorage
  /** Where savepoints without a folder of their own go; undefined: each needs one. */
  readonly savepoints: string | undefined
}

export class SavepointExports {
  readonly #platform: Platform
  readonly #pauses: Pauses
  readonly #written: (savepoint: SavepointSummary) => void
  readonly #believed: (error: SluiceError) => Promise<unknown>
  readonly #pinned = new Map<Nonce, readonly string[]>()
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #pinning = new Set<Promise<unknown>>()
  #place: ExportPlace | undefined
  /** Of this run: every generation below it is that of a run before. */
  #first: Generation | undefined

  /** `believed`: what the log says of an error that may come of a newer run. */
  constructor(
    platform: Platform,
    written: (savepoint: SavepointSummary) => void,
    believed: (error: SluiceError) => Promise<unknown>,
  ) {
    this.#written = written
    this.#believed = believed
    this.#platform = platform
    this.#pauses = new Pauses(platform.timers)
  }

  /** Known once the storage of the job is open. */
  setPlace(place: ExportPlace): void {
    this.#place = place
  }

  /** Segments that must not be deleted now. */
  get pinnedSegments(): ReadonlySet<string> {
    return new Set([...this.#pinned.values()].flat())
  }

  /** Removes what runs before this one left unfinished; what this one writes is not touched. */
  async clearBefore({ logId, generation }: FenceEntry): Promise<void> {
    const place = this.#place
    if (place === undefined || this.#first !== undefined) return
    this.#first = generation
    await removeDeadPins(place.storage, this.#platform, generation)
    const { savepoints } = place
    if (savepoints === undefined) return
    await sweepUnfinished(this.#platform, savepoints, { logId, generation })
  }

  /** Begins at once; `entry` must be settled. */
  async start(
    entry: CheckpointEntry,
    request: SavepointRequest,
    progress: (progress: SavepointProgress) => void,
  ): Promise<SavepointSummary> {
    const id = nonce(this.#platform.random.hex(16))
    this.#pinned.set(id, segmentNames(entry.steps))
    const work = this.#whilePinned(entry, () => this.#export(id, entry, request, progress))
    const ended = work
      .catch(() => {})
      .finally(() => {
        this.#pinned.delete(id)
        this.#underWay.delete(ended)
      })
    this.#underWay.add(ended)
    return await work
  }

  /** Resolves when other processes know what all that are under way read. */
  async pinned(): Promise<void> {
    await Promise.all(this.#pinning)
  }

  /** Resolves when none is under way any more, however each ended. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  /** What is under way is given up and removed. */
  end(reason: Error): void {
    this.#pauses.end(reason)
  }

  /** Another process may clear up meanwhile. */
  async #whilePinned<Result>(
    { generation, steps }: CheckpointEntry,
    call: () => Promise<Result>,
  ): Promise<Result> {
    const storage = this.#place?.storage
    if (storage === undefined) return await call()
    const pinning = pinSegments(storage, this.#platform, generation, segmentNames(steps))
    this.#pinning.add(pinning)
    const unpin = await pinning
    this.#pinning.delete(pinning)
    try {
      return await call()
    } finally {
      await unpin()
    }
  }

  async #export(
    id: Nonce,
    entry: CheckpointEntry,
    request: SavepointRequest,
    progress: (progress: SavepointProgress) => void,
  ): Promise<SavepointSummary> {
    const place = this.#place
    if (place === undefined) throw new SluiceError('USAGE', 'The job has no checkpoint storage.')
    const startedMs = this.#platform.clock.monotonic()
    const name = checkSavepointName(request.name ?? `savepoint-${entry.checkpoint}`)
    const folder = request.folder ?? (place.savepoints && `${place.savepoints}/${name}`)
    if (folder === undefined) throw needsFolder(place)
    const createdAtMs = this.#platform.clock.now()
    const written = await this.#retried(() =>
      writeSavepoint(this.#platform, {
        folder,
        savepoint: savepointOf(entry, { id, name, createdAtMs }),
        readSegment: (segment) => place.storage.readSegment(segment.name),
        // A restart of the tasks does not make what this run is writing that of a dead one.
        owner: { logId: entry.logId, generation: this.#first ?? entry.generation },
        progress,
        check: () => this.#pauses.check(),
      }),
    )
    const segments = segmentsOf(written.steps)
    const summary: SavepointSummary = {
      name: written.name,
      folder,
      checkpoint: entry.checkpoint,
      segments: segments.length,
      sizeBytes: segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      durationMs: this.#platform.clock.monotonic() - startedMs,
    }
    this.#written(summary)
    return summary
  }

  async #retried<Result>(call: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      this.#pauses.check()
      try {
        return await call()
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error
        if (error.code === 'CHECKPOINT_DAMAGED') throw await this.#believed(error)
        if (error.retry !== 'restart' || tries === mostTries) throw error
        this.#platform.log.warn(`The savepoint is tried again: ${error.message}`, { tries })
      }
      await this.#pauses.wait(pauseAfter(tries, this.#platform.random))
    }
  }
}

function needsFolder({ storage }: ExportPlace): SluiceError {
  const what = `Savepoints cannot lie beside the checkpoints in ${storage.location}.`
  return new SluiceError('USAGE', what, { hint: 'Say where the savepoint should be.' })
}
