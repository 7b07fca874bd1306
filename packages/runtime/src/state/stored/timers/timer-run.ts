// A run: timers that were written together, in the order of their places, in rows of some kilobytes
// each. Rows leave from the front as timers become due; a run is never changed otherwise.

import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import type { ByteReader } from '../../../network/codec/byte-reader.ts'
import { type Rows, writeRowPrefix } from '../rows/rows.ts'
import {
  appendTimer,
  isBefore,
  PackedCursor,
  type PlacedBytes,
  type TimerSource,
} from './packed-timers.ts'

/** A row holds about so much. */
const CHUNK_BYTES = 4096

export interface TimerRun {
  /** Higher than those of earlier runs. */
  readonly number: number
  /** The rows from `first` up to but not including `end` are there. */
  readonly first: number
  readonly end: number
  /** What stands before this place does not count any more. */
  readonly from: PlacedBytes | undefined
}

/** Reads a row; what is read is valid until the next read. */
export interface ChunkReader {
  get(key: Uint8Array): ByteReader | undefined
}

/** Where the rows of a domain's timers are, of one key group. */
export interface RunPlace {
  readonly group: number
  readonly table: number
}

export function runRowKey({ group, table }: RunPlace, number: number, chunk: number): Uint8Array {
  const writer = new ByteWriter(16)
  writeRowPrefix(writer, group, table)
  writer.u32(number)
  writer.u32(chunk)
  return writer.copy()
}

/** Writes sorted timers as a run. */
export function writeRun(
  rows: Rows,
  place: RunPlace,
  number: number,
  timers: TimerSource,
): TimerRun {
  const chunk = new ByteWriter(CHUNK_BYTES + 256)
  let chunks = 0
  const write = () => {
    const value = new ByteWriter(chunk.position + 8)
    value.varint(chunk.position)
    value.raw(chunk.written())
    rows.put(runRowKey(place, number, chunks++), value.written())
    chunk.reset()
  }
  while (timers.advance()) {
    appendTimer(chunk, timers.isSet, timers.bytes, timers.at, timers.end)
    if (chunk.position >= CHUNK_BYTES) write()
  }
  if (chunk.position > 0) write()
  return { number, first: 0, end: chunks, from: undefined }
}

/** Reads a run from a place on, row by row. */
export class RunCursor implements TimerSource {
  bytes: Uint8Array = new Uint8Array()
  at = 0
  end = 0
  isSet = false
  readonly #reader: ChunkReader
  readonly #place: RunPlace
  readonly #run: TimerRun
  readonly #from: PlacedBytes | undefined
  readonly #left: (chunk: number) => void
  #chunk: number
  #cursor: PackedCursor | undefined = undefined

  /** `left` is told of each row that nothing will be read of any more. */
  constructor(
    reader: ChunkReader,
    place: RunPlace,
    run: TimerRun,
    from: PlacedBytes | undefined,
    left: (chunk: number) => void,
  ) {
    this.#reader = reader
    this.#place = place
    this.#run = run
    this.#chunk = run.first
    this.#from = from
    this.#left = left
  }

  get reader(): ByteReader {
    return (this.#cursor as PackedCursor).reader
  }

  advance(): boolean {
    for (;;) {
      if (this.#cursor === undefined && !this.#readChunk()) return false
      const cursor = this.#cursor as PackedCursor
      if (!cursor.advance()) {
        this.#cursor = undefined
        this.#left(this.#chunk++)
        continue
      }
      this.bytes = cursor.bytes
      this.at = cursor.at
      this.end = cursor.end
      this.isSet = cursor.isSet
      if (!this.#isOver(this.#from) && !this.#isOver(this.#run.from)) return true
    }
  }

  #isOver(from: PlacedBytes | undefined): boolean {
    return from !== undefined && isBefore(this.bytes, this.at, this.end, from)
  }

  #readChunk(): boolean {
    if (this.#chunk >= this.#run.end) return false
    const key = runRowKey(this.#place, this.#run.number, this.#chunk)
    const value = this.#reader.get(key)
    if (value === undefined) throw new RangeError('A row of timers is gone.')
    this.#cursor = new PackedCursor(value.raw(value.varint()))
    return true
  }
}
