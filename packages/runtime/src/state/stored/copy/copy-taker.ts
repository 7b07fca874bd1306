// Makes the local copy of a backend's store at a barrier, and tells what it holds once the segments
// of the same barrier are stored. A copy that cannot be made is none; no snapshot fails of it.

import type { SnapshotSeries } from '../../heap/snapshot-series.ts'
import { writtenFacts } from '../../declared-table.ts'
import type { SegmentRef, SegmentWriter, SnapshotInProgress } from '../../state-backend.ts'
import type { CellCache } from '../cache/cell-cache.ts'
import type { Generations } from '../generations.ts'
import { isTimers, type RecordTable } from '../rows/row-record.ts'
import type { Rows } from '../rows/rows.ts'
import { copiedSegments, type CopyKeeper, type StateCopy } from './state-copy.ts'

type SeriesSnapshot = ReturnType<SnapshotSeries['start']>

/** A copy whose segments are not known yet. */
type UnlistedCopy = Omit<StateCopy, 'segments'>

export interface CopySource {
  readonly step: string
  readonly maxParallelism: number
  readonly range: StateCopy['range']
  readonly rows: Rows
  readonly cache: CellCache
  readonly generations: Generations
  readonly tables: readonly RecordTable[]
}

export class CopyTaker {
  readonly #keeper: CopyKeeper
  readonly #source: CopySource

  constructor(keeper: CopyKeeper, source: CopySource) {
    this.#keeper = keeper
    this.#source = source
  }

  /** Copies the store as it is now, which the capture of this checkpoint must see unchanged. */
  take(checkpoint: number): UnlistedCopy | undefined {
    const { step, maxParallelism, range, rows, cache, generations, tables } = this.#source
    // What is still being captured needs cells whose rows are out of date in its view.
    if (generations.pending.length > 0) return undefined
    try {
      cache.saveAll()
      for (const table of tables) if (isTimers(table)) table.save()
      const mark = this.#keeper.mark(checkpoint)
      rows.putMark(mark)
      rows.copyTo(this.#keeper.place(checkpoint))
      return { mark, step, maxParallelism, range, tables: tables.map(describe) }
    } catch (error) {
      this.#keeper.drop(checkpoint, error)
      return undefined
    }
  }

  /** The snapshot of the same barrier, with the copy in its wake. */
  follow(snapshot: SeriesSnapshot, copy: UnlistedCopy, series: SnapshotSeries): SnapshotInProgress {
    return new CopiedSnapshot(snapshot, copy, series, this.#keeper)
  }

  completed(checkpoint: number): void {
    this.#keeper.completed(checkpoint)
  }
}

class CopiedSnapshot implements SnapshotInProgress {
  readonly #snapshot: SeriesSnapshot
  readonly #copy: UnlistedCopy
  readonly #series: SnapshotSeries
  readonly #keeper: CopyKeeper

  constructor(
    snapshot: SeriesSnapshot,
    copy: UnlistedCopy,
    series: SnapshotSeries,
    keeper: CopyKeeper,
  ) {
    this.#snapshot = snapshot
    this.#copy = copy
    this.#series = series
    this.#keeper = keeper
  }

  advance(budgetMs: number): boolean {
    return this.#snapshot.advance(budgetMs)
  }

  async finish(writer: SegmentWriter): Promise<readonly SegmentRef[]> {
    const { checkpoint, stamp } = this.#snapshot
    const refs = await this.#snapshot.finish(writer)
    const segments = copiedSegments(this.#series.chain, stamp, refs)
    if (segments === undefined) this.#keeper.drop(checkpoint)
    else await this.#keeper.keep(checkpoint, { ...this.#copy, segments })
    return refs
  }

  cancel(): void {
    this.#snapshot.cancel()
    this.#keeper.drop(this.#snapshot.checkpoint)
  }
}

function describe(table: RecordTable): StateCopy['tables'][number] {
  if (isTimers(table)) return { facts: table.facts, cells: 0 }
  return { facts: writtenFacts(table), cells: table.cells }
}
