// The timers of a domain that are not among the next of their key group: appended as packed bytes,
// set or deleted alike without a look at what is there, and moved to rows as sorted runs when they
// take too much memory (a log-structured merge tree per group; O'Neil and others). What counts
// begins at the horizon of the group: what stands before it was taken out, or never came here.

import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import type { ByteReader } from '../../../network/codec/byte-reader.ts'
import type { Rows } from '../rows/rows.ts'
import {
  appendTimer,
  comparePlaces,
  MergedTimers,
  PackedCursor,
  placed,
  type PlacedBytes,
  sortedTimers,
  type TimerSource,
} from './packed-timers.ts'
import {
  type ChunkReader,
  RunCursor,
  type RunPlace,
  runRowKey,
  type TimerRun,
  writeRun,
} from './timer-run.ts'

const FIRST_BYTES = 256
/** Timers of a group below this stay in memory when others leave. */
const SMALL_BYTES = 1024
/** More runs than this are made one, of one group in so many at a time: twice as many is most. */
const MANY_RUNS = 16
const UNITED_PART = 16
/** The row that lists the runs of a group, in a copy of the store. */
const LIST_NUMBER = 0xffffffff

interface FarGroup {
  recent: ByteWriter | undefined
  /** Oldest first. */
  runs: readonly TimerRun[]
  /** Some of what is in `recent` was taken out. */
  taken: boolean
}

/** What there was of a group at some time; its rows are read in a view of that time. */
export interface FrozenTimers {
  readonly recent: Uint8Array
  readonly runs: readonly TimerRun[]
}

export class FarTimers {
  readonly #rows: Rows
  readonly #table: number
  readonly #first: number
  readonly #limitBytes: number
  readonly #smallBytes: number
  readonly #groups: FarGroup[]
  #sizeBytes = 0
  #nextRun = 0
  /** Rows of runs wait to be written. */
  #unflushed = false
  /** Timers of a group as they come, until something else happens to it. */
  #reading: { readonly group: number; readonly timers: MergedTimers } | undefined = undefined

  constructor(
    rows: Rows,
    table: number,
    range: { readonly first: number; readonly last: number },
    limitBytes: number,
  ) {
    this.#rows = rows
    this.#table = table
    this.#first = range.first
    this.#limitBytes = limitBytes
    const groups = range.last - range.first + 1
    this.#smallBytes = Math.min(SMALL_BYTES, Math.floor(limitBytes / groups))
    this.#groups = Array.from({ length: groups }, () => {
      return { recent: undefined, runs: [], taken: false }
    })
  }

  /** Sets or deletes a timer behind the horizon, which `horizonOf` tells of each group. */
  append(
    group: number,
    isSet: boolean,
    place: PlacedBytes,
    horizonOf: (group: number) => PlacedBytes | undefined,
  ): void {
    this.#stopReading(group)
    const far = this.#groupOf(group)
    far.recent ??= new ByteWriter(FIRST_BYTES)
    this.#sizeBytes -= far.recent.position
    appendTimer(far.recent, isSet, place.bytes, place.at, place.end)
    this.#sizeBytes += far.recent.position
    if (this.#sizeBytes > this.#limitBytes) this.#moveAll(this.#smallBytes, horizonOf)
  }

  /** The horizon moves to an earlier place: nothing that stood between the two counts. */
  lower(group: number, horizon: PlacedBytes): void {
    this.#stopReading(group)
    const far = this.#groupOf(group)
    far.runs = far.runs.map((run) => {
      const isLater = run.from === undefined || comparePlaces(run.from, horizon) < 0
      return isLater ? { ...run, from: horizon } : run
    })
    const { recent } = far
    if (!far.taken || recent === undefined) return
    const kept = sortedTimers(recent.written(), horizon)
    this.#sizeBytes -= recent.position - kept.length
    recent.reset()
    recent.raw(kept)
    far.taken = false
  }

  /**
   * The timers of a group from its horizon on. Rows that were read to their end leave, so whoever
   * takes a timer moves the horizon behind it.
   */
  take(group: number, horizon: PlacedBytes): MergedTimers {
    if (this.#reading?.group === group) return this.#reading.timers
    const far = this.#groupOf(group)
    far.taken = true
    const timers = mergedTimers(this.#reader, this.#placeOf(group), horizon, this.freeze(group), {
      left: (run, chunk) => this.#drop(group, run, chunk, chunk + 1),
    })
    this.#reading = { group, timers }
    return timers
  }

  /** All timers of the group were taken. */
  clear(group: number): void {
    this.#stopReading(group)
    const far = this.#groupOf(group)
    this.#sizeBytes -= far.recent?.position ?? 0
    far.recent = undefined
    far.taken = false
    for (const { number, first, end } of far.runs) this.#drop(group, number, first, end)
  }

  /** What there is of a group now, and will be in a view of the store that is made now. */
  freeze(group: number): FrozenTimers {
    const { recent, runs } = this.#groupOf(group)
    return { recent: recent?.copy() ?? new Uint8Array(), runs }
  }

  /** Moves everything to rows, and lists them in a row, so that a copy of the store holds all. */
  save(horizonOf: (group: number) => PlacedBytes | undefined): void {
    this.#moveAll(1, horizonOf)
    this.#groups.forEach(({ runs }, group) => {
      this.#rows.put(runRowKey(this.#placeOf(group), LIST_NUMBER, 0), packedRuns(runs))
    })
  }

  /** Goes on from what a copy of the store lists; true where the group has timers. */
  recover(group: number): boolean {
    const key = runRowKey(this.#placeOf(group), LIST_NUMBER, 0)
    const list = this.#rows.reader.get(key)
    if (list === undefined) throw new RangeError('The list of timers is gone.')
    const runs = readRuns(list)
    this.#rows.delete(key)
    this.#groupOf(group).runs = runs
    for (const { number } of runs) this.#nextRun = Math.max(this.#nextRun, number + 1)
    return runs.length > 0
  }

  #moveAll(leastBytes: number, horizonOf: (group: number) => PlacedBytes | undefined): void {
    this.#groups.forEach((far, group) => {
      const { recent } = far
      if (recent === undefined || recent.position < leastBytes) return
      this.#stopReading(group)
      const timers = new PackedCursor(sortedTimers(recent.written(), horizonOf(group)))
      this.#sizeBytes -= recent.position
      far.recent = undefined
      far.taken = false
      this.#addRun(group, timers)
    })
    this.#uniteRuns(horizonOf)
  }

  /** Makes one run of many, of a few groups at a time. */
  #uniteRuns(horizonOf: (group: number) => PlacedBytes | undefined): void {
    const groups = [...this.#groups.keys()].filter((group) => {
      return this.#groupOf(group).runs.length > MANY_RUNS
    })
    groups.sort((a, b) => this.#groupOf(b).runs.length - this.#groupOf(a).runs.length)
    const most = Math.ceil(this.#groups.length / UNITED_PART)
    for (const group of groups.slice(0, most)) this.#uniteRunsOf(group, horizonOf(group))
  }

  #addRun(group: number, timers: TimerSource): void {
    const far = this.#groupOf(group)
    const run = writeRun(this.#rows, this.#placeOf(group), this.#nextRun++, timers)
    if (run.end > 0) far.runs = [...far.runs, run]
    this.#unflushed = true
  }

  /** Deletions are of no use any more where all runs of a group become one. */
  #uniteRunsOf(group: number, horizon: PlacedBytes | undefined): void {
    this.#stopReading(group)
    const frozen = { recent: new Uint8Array(), runs: this.#groupOf(group).runs }
    const left = (run: number, chunk: number) => this.#drop(group, run, chunk, chunk + 1)
    this.#addRun(group, mergedTimers(this.#reader, this.#placeOf(group), horizon, frozen, { left }))
  }

  /** Deletes rows from the front of a run. */
  #drop(group: number, number: number, first: number, end: number): void {
    const far = this.#groupOf(group)
    for (let chunk = first; chunk < end; chunk++) {
      this.#rows.delete(runRowKey(this.#placeOf(group), number, chunk))
    }
    far.runs = far.runs
      .map((run) => (run.number === number ? { ...run, first: end } : run))
      .filter((run) => run.first < run.end)
  }

  /** Reads rows of runs, which may still wait to be written. */
  readonly #reader: ChunkReader = {
    get: (key) => {
      if (this.#unflushed) this.#rows.flush()
      this.#unflushed = false
      return this.#rows.reader.get(key)
    },
  }

  #stopReading(group: number): void {
    if (this.#reading?.group === group) this.#reading = undefined
  }

  #groupOf(group: number): FarGroup {
    return this.#groups[group] as FarGroup
  }

  #placeOf(group: number): RunPlace {
    return { group: this.#first + group, table: this.#table }
  }
}

/** The timers of a group from a place on; `left` is told of rows that are of no use any more. */
export function mergedTimers(
  reader: ChunkReader,
  place: RunPlace,
  from: PlacedBytes | undefined,
  { recent, runs }: FrozenTimers,
  { left }: { left(run: number, chunk: number): void },
): MergedTimers {
  const sources = runs.map((run) => {
    return new RunCursor(reader, place, run, from, (chunk) => left(run.number, chunk))
  })
  return new MergedTimers([new PackedCursor(sortedTimers(recent, from)), ...sources.reverse()])
}

function packedRuns(runs: readonly TimerRun[]): Uint8Array {
  const list = new ByteWriter()
  list.varint(runs.length)
  for (const { number, first, end, from } of runs) {
    for (const each of [number, first, end]) list.varint(each)
    list.varint(from === undefined ? 0 : from.end - from.at + 1)
    if (from !== undefined) list.raw(from.bytes.subarray(from.at, from.end))
  }
  return list.written()
}

function readRuns(list: ByteReader): TimerRun[] {
  return Array.from({ length: list.varint() }, () => {
    const [number, first, end] = [list.varint(), list.varint(), list.varint()]
    const sizeBytes = list.varint()
    const from = sizeBytes === 0 ? undefined : placed(list.raw(sizeBytes - 1))
    return { number, first, end, from }
  })
}
