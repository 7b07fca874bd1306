// The reader of the file source, one per subtask: reads its splits one after the other and hands
// over only what has arrived already. The next split is opened as soon as the input of the present
// one is complete, so that there is no gap between them. Splits that are too far ahead of others
// are set aside as they are, and others are read meanwhile.

import type { PollStatus, SourceBatch, SourceReader } from '@sluice/core/connector'
import type { FileSplit } from '../split/file-split.ts'
import type { SplitReading } from '../split/split-reading.ts'

export class FileReader<T> implements SourceReader<T, FileSplit> {
  readonly #opens: (split: FileSplit) => SplitReading<T>
  #current: SplitReading<T> | undefined
  #next: SplitReading<T> | undefined
  /** Splits that are not opened, in the order in which they came. */
  #queue: FileSplit[] = []
  /** What was set aside and is to be read on. */
  #resumed: SplitReading<T>[] = []
  #pausedReadings: SplitReading<T>[] = []
  #pausedSplits: FileSplit[] = []
  readonly #closing = new Set<Promise<void>>()
  #noMore = false
  #closed = false
  #waiting: (() => void)[] = []

  constructor(open: (split: FileSplit) => SplitReading<T>) {
    this.#opens = open
  }

  addSplits(splits: readonly FileSplit[]): void {
    this.#queue.push(...splits)
    this.#advance()
    this.#wake()
  }

  noMoreSplits(): void {
    this.#noMore = true
    this.#wake()
  }

  poll(batch: SourceBatch<T>): PollStatus {
    const current = this.#current
    if (current === undefined) return this.#hasEnded ? 'end' : 'wait'
    batch.split = current.split.id
    const progress = current.fill(batch)
    if (progress === 'finished') {
      batch.splitFinished = true
      this.#letGo(current)
      this.#current = undefined
    }
    this.#advance()
    return progress === 'wait' ? 'wait' : 'more'
  }

  async ready(): Promise<void> {
    if (this.#closed) return
    const current = this.#current
    if (current !== undefined) return await current.ready()
    if (this.#hasEnded) return
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  snapshot(): FileSplit[] {
    const open = this.#open.map((reading) => reading.snapshot())
    return [...open, ...this.#queue, ...this.#pausedSplits]
  }

  /** A file that is not read yet has something, however long the one before it takes. */
  silentSplits(): string[] {
    return []
  }

  pauseSplits(splits: readonly string[]): void {
    const isPaused = ({ id }: FileSplit): boolean => splits.includes(id)
    const [current, next] = [this.#current, this.#next]
    if (current !== undefined && isPaused(current.split)) {
      this.#pausedReadings.push(current)
      this.#current = undefined
    }
    if (next !== undefined && isPaused(next.split)) {
      this.#pausedReadings.push(next)
      this.#next = undefined
    }
    this.#pausedReadings.push(...this.#resumed.filter(({ split }) => isPaused(split)))
    this.#resumed = this.#resumed.filter(({ split }) => !isPaused(split))
    this.#pausedSplits.push(...this.#queue.filter(isPaused))
    this.#queue = this.#queue.filter((split) => !isPaused(split))
    this.#advance()
    // Whoever waits for what was set aside waits for something else from here on.
    this.#wake()
  }

  resumeSplits(splits: readonly string[]): void {
    const isResumed = ({ id }: FileSplit): boolean => splits.includes(id)
    this.#resumed.push(...this.#pausedReadings.filter(({ split }) => isResumed(split)))
    this.#pausedReadings = this.#pausedReadings.filter(({ split }) => !isResumed(split))
    this.#queue.unshift(...this.#pausedSplits.filter(isResumed))
    this.#pausedSplits = this.#pausedSplits.filter((split) => !isResumed(split))
    this.#advance()
    this.#wake()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#queue = []
    this.#pausedSplits = []
    for (const reading of this.#open) this.#letGo(reading)
    this.#current = undefined
    this.#next = undefined
    this.#resumed = []
    this.#pausedReadings = []
    this.#wake()
    await Promise.all(this.#closing)
  }

  get #open(): SplitReading<T>[] {
    const first = [this.#current, this.#next].filter((reading) => reading !== undefined)
    return [...first, ...this.#resumed, ...this.#pausedReadings]
  }

  get #hasEnded(): boolean {
    return this.#noMore && this.#open.length === 0 && this.#pausedSplits.length === 0
  }

  /** Keeps one split in reading, and the next one arriving when the first has arrived. */
  #advance(): void {
    if (this.#closed) return
    if (this.#current === undefined) {
      this.#current = this.#next ?? this.#resumed.shift() ?? this.#openFirst()
      this.#next = undefined
    }
    if (this.#next === undefined && this.#current?.inputArrived === true) {
      this.#next = this.#openFirst()
    }
  }

  #openFirst(): SplitReading<T> | undefined {
    const split = this.#queue.shift()
    return split === undefined ? undefined : this.#opens(split)
  }

  /** Closes a reading behind; the reader's own close waits for it. */
  #letGo(reading: SplitReading<T>): void {
    const closed = reading.close().finally(() => this.#closing.delete(closed))
    this.#closing.add(closed)
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
