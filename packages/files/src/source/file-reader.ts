// The reader of the file source, one per subtask: reads its splits one after the other and hands
// over only what has arrived already. The next split is opened as soon as the input of the present
// one is complete, so that there is no gap between them.

import type { PollStatus, SourceBatch, SourceReader } from '@sluice/core/connector'
import type { FileSplit } from '../split/file-split.ts'
import type { SplitReading } from '../split/split-reading.ts'

export class FileReader<T> implements SourceReader<T, FileSplit> {
  readonly #open: (split: FileSplit) => SplitReading<T>
  #current: SplitReading<T> | undefined
  #next: SplitReading<T> | undefined
  /** Splits that are not opened, in the order in which they came. */
  readonly #queue: FileSplit[] = []
  readonly #closing = new Set<Promise<void>>()
  #noMore = false
  #closed = false
  #waiting: (() => void)[] = []

  constructor(open: (split: FileSplit) => SplitReading<T>) {
    this.#open = open
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
    if (current === undefined) return this.#noMore ? 'end' : 'wait'
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
    if (this.#noMore) return
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  snapshot(): FileSplit[] {
    const open = [this.#current, this.#next].filter((reading) => reading !== undefined)
    return [...open.map((reading) => reading.snapshot()), ...this.#queue]
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#queue.length = 0
    if (this.#current !== undefined) this.#letGo(this.#current)
    if (this.#next !== undefined) this.#letGo(this.#next)
    this.#current = undefined
    this.#next = undefined
    this.#wake()
    await Promise.all(this.#closing)
  }

  /** Keeps one split in reading, and the next one arriving when the first has arrived. */
  #advance(): void {
    if (this.#closed) return
    this.#current ??= this.#next ?? this.#openFirst()
    if (this.#current === this.#next) this.#next = undefined
    if (this.#next === undefined && this.#current?.inputArrived === true) {
      this.#next = this.#openFirst()
    }
  }

  #openFirst(): SplitReading<T> | undefined {
    const split = this.#queue.shift()
    return split === undefined ? undefined : this.#open(split)
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
