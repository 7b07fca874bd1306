// A source that hands its records over by the clock: so many at a time, at times that are known
// beforehand. When all have been read it waits for a last time before it ends.

import type {
  EnumeratorContext,
  PollStatus,
  Source,
  SourceBatch,
  SourceReader,
  SourceSplit,
  SplitEnumerator,
  SubtaskContext,
} from 'sluice/connector'

interface Split extends SourceSplit {
  readonly next: number
}

export interface Schedule<T> {
  readonly count: number
  readonly recordAt: (index: number) => T
  /** Milliseconds since 1970 at which the first records are there. */
  readonly firstMs: number
  readonly recordsAtOnce: number
  readonly everyMs: number
  readonly endMs: number
}

export function scheduledSource<T>(schedule: Schedule<T>): Source<T, Split> {
  return {
    kind: 'scheduled',
    bounded: true,
    ordered: 'none',
    description: { count: schedule.count },
    createEnumerator: (context, restored) => singleSplit(context, restored as boolean | undefined),
    createReader: (context) => new ScheduledReader(schedule, context),
  }
}

/** Its state is whether the one split has been given away. */
function singleSplit(context: EnumeratorContext<Split>, restored = false): SplitEnumerator {
  let isGiven = restored
  return {
    start: async () => context.setPending(!isGiven),
    request(subtask) {
      if (!isGiven && subtask === 0) {
        isGiven = true
        context.setPending(false)
        context.assign(subtask, [{ id: 'all', next: 0 }])
      }
      context.noMoreSplits(subtask)
    },
    snapshot: () => isGiven,
    close: async () => {},
  }
}

class ScheduledReader<T> implements SourceReader<T, Split> {
  readonly #schedule: Schedule<T>
  readonly #context: SubtaskContext
  #split: Split | undefined
  #isLast = false
  #wake: () => void = () => {}

  constructor(schedule: Schedule<T>, context: SubtaskContext) {
    this.#schedule = schedule
    this.#context = context
  }

  addSplits([split]: readonly Split[]): void {
    this.#split = split
    this.#wake()
  }

  noMoreSplits(): void {
    this.#isLast = true
    this.#wake()
  }

  poll(batch: SourceBatch<T>): PollStatus {
    const split = this.#split
    if (split === undefined) return this.#isLast ? 'end' : 'wait'
    const { count, recordAt, endMs } = this.#schedule
    const nowMs = this.#context.clock.now()
    const there = Math.min(count, this.#recordsBy(nowMs))
    let { next } = split
    batch.split = split.id
    for (; next < there && batch.length < batch.capacity; next++) {
      batch.values[batch.length] = recordAt(next)
      batch.timestamps[batch.length] = Number.NEGATIVE_INFINITY
      batch.length++
    }
    this.#split = { ...split, next }
    if (next < there) return 'more'
    if (next < count || nowMs < endMs) return 'wait'
    batch.splitFinished = true
    this.#split = undefined
    return 'more'
  }

  ready(): Promise<void> {
    const { count, firstMs, recordsAtOnce, everyMs, endMs } = this.#schedule
    const { clock, timers } = this.#context
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.#split === undefined) {
        if (this.#isLast) resolve()
        return
      }
      const { next } = this.#split
      const dueMs = next < count ? firstMs + Math.floor(next / recordsAtOnce) * everyMs : endMs
      timers.after(Math.max(0, dueMs - clock.now()), resolve)
    })
  }

  snapshot(): Split[] {
    return this.#split === undefined ? [] : [this.#split]
  }

  async close(): Promise<void> {
    this.#wake()
  }

  #recordsBy(nowMs: number): number {
    const { firstMs, recordsAtOnce, everyMs } = this.#schedule
    return (Math.floor((nowMs - firstMs) / everyMs) + 1) * recordsAtOnce
  }
}
