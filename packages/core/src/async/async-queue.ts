// The records of a mapAsync step that have not left it, in segments that watermarks end. A
// watermark leaves when every record before it has. In order, results leave from the head;
// unordered, any result of the first segment leaves at once.

import { EntryList, type Listed } from './entry-list.ts'

/** A record between its arrival and the departure of its result. */
export interface AsyncEntry extends Listed {
  readonly value: unknown
  readonly timestamp: number
  readonly segment: AsyncSegment
  isDone: boolean
  result: unknown
}

interface AsyncSegment {
  readonly entries: EntryList<AsyncEntry>
  /** Follows the records of this segment; undefined in the last one. */
  watermark: number | undefined
}

export class AsyncQueue<Entry extends AsyncEntry> {
  readonly #ordered: boolean
  readonly #segments: AsyncSegment[] = [newSegment()]
  readonly #leave: (entry: Entry) => void
  readonly #isFull: () => boolean
  #passWatermark: (watermark: number) => void = () => {}
  size = 0
  #timed = 0

  /** `isFull`: nothing may leave for now; then `drain` is to be called later. */
  constructor(ordered: boolean, leave: (entry: Entry) => void, isFull: () => boolean) {
    this.#ordered = ordered
    this.#leave = leave
    this.#isFull = isFull
  }

  /** Whether a record with event time has not left. */
  get holdsEventTime(): boolean {
    return this.#timed > 0
  }

  /** Adds what `make` makes for the last segment. */
  add(make: (segment: AsyncSegment) => Entry): Entry {
    const segment = this.#last()
    const entry = make(segment)
    segment.entries.add(entry)
    this.size++
    if (hasEventTime(entry)) this.#timed++
    return entry
  }

  /** Keeps a watermark back behind the records before it; false when there are none. */
  holdsBack(watermark: number, passWatermark: (watermark: number) => void): boolean {
    this.#passWatermark = passWatermark
    const last = this.#last()
    if (last.entries.size > 0) {
      last.watermark = watermark
      this.#segments.push(newSegment())
      return true
    }
    const before = this.#segments.at(-2)
    if (before === undefined) return false
    // No record came since the last one that is kept back: the newer one takes its place. The end
    // of time does not: what is complete is told before all is.
    if (watermark < Number.POSITIVE_INFINITY) before.watermark = watermark
    else this.#segments.splice(-1, 0, { entries: new EntryList(), watermark })
    return true
  }

  /** The result of an entry has come: lets go all that may leave now; false when more could. */
  done(entry: Entry, result: unknown): boolean {
    entry.isDone = true
    entry.result = result
    if (entry.segment !== this.#segments[0]) return true
    if (this.#ordered) return this.drain()
    this.#remove(entry)
    return this.#leaveSegments()
  }

  /** Goes on where there was no room; false when there is none again. */
  drain(): boolean {
    return this.#leaveHead() && this.#leaveSegments()
  }

  /** All that has not left, oldest first. */
  *entries(): Iterable<Entry> {
    for (const segment of this.#segments) yield* segment.entries as EntryList<Entry>
  }

  /** Begins a segment whenever the one before it has left, with its watermark. */
  #leaveSegments(): boolean {
    let head = this.#segments[0] as AsyncSegment
    while (head.entries.size === 0 && head.watermark !== undefined) {
      this.#segments.shift()
      this.#passWatermark(head.watermark)
      if (!this.#leaveHead()) return false
      head = this.#segments[0] as AsyncSegment
    }
    return true
  }

  #leaveHead(): boolean {
    const head = this.#segments[0] as AsyncSegment
    for (const entry of head.entries) {
      if (entry.isDone) {
        if (this.#isFull()) return false
        this.#remove(entry as Entry)
      } else if (this.#ordered) {
        return true
      }
    }
    return true
  }

  #remove(entry: Entry): void {
    entry.segment.entries.remove(entry)
    this.size--
    if (hasEventTime(entry)) this.#timed--
    this.#leave(entry)
  }

  #last(): AsyncSegment {
    return this.#segments.at(-1) as AsyncSegment
  }
}

function hasEventTime({ timestamp }: AsyncEntry): boolean {
  return timestamp > Number.NEGATIVE_INFINITY
}

function newSegment(): AsyncSegment {
  return { entries: new EntryList(), watermark: undefined }
}
