// One record per batch: what a quiet source does. Each key is a text of its own, cut from the text
// of its batch, and must not keep that alive.

import type { Source, SourceReader, SourceSplit } from 'sluice/connector'

interface Split extends SourceSplit {
  readonly next: number
  readonly stride: number
}

export function singleBatches<T>(count: number, recordAt: (index: number) => T): Source<T, Split> {
  return {
    kind: 'single-batches',
    bounded: false,
    ordered: 'none',
    description: { count },
    createEnumerator: (context, restored) => {
      let left = (restored as Split[] | undefined) ?? firstSplits(context.parallelism)
      return {
        start: async () => context.setPending(left.length > 0),
        request(subtask) {
          const mine = left.filter(({ id }) => id === `split-${subtask}`)
          left = left.filter((split) => !mine.includes(split))
          context.setPending(left.length > 0)
          context.assign(subtask, mine)
          context.noMoreSplits(subtask)
        },
        snapshot: () => left,
        close: async () => {},
      }
    },
    createReader: () => new SingleReader(count, recordAt),
  }
}

function firstSplits(stride: number): Split[] {
  return Array.from({ length: stride }, (_, next) => ({ id: `split-${next}`, next, stride }))
}

class SingleReader<T> implements SourceReader<T, Split> {
  readonly #count: number
  readonly #recordAt: (index: number) => T
  #split: Split | undefined
  #next = 0
  #handedOver = false
  #wake: () => void = () => {}

  constructor(count: number, recordAt: (index: number) => T) {
    this.#count = count
    this.#recordAt = recordAt
  }

  addSplits([split]: readonly Split[]): void {
    this.#split = split
    this.#next = split?.next ?? 0
    this.#wake()
  }

  noMoreSplits(): void {}

  poll(batch: Parameters<SourceReader<T, Split>['poll']>[0]): 'more' | 'wait' {
    const split = this.#split
    this.#handedOver = !this.#handedOver
    // Every second call says that nothing is there, which sends the open batches on their way.
    if (split === undefined || !this.#handedOver || this.#next >= this.#count) return 'wait'
    batch.split = split.id
    batch.values[batch.length] = this.#recordAt(this.#next)
    batch.timestamps[batch.length] = Number.NEGATIVE_INFINITY
    batch.length++
    this.#next += split.stride
    return 'more'
  }

  /** Without end once all is read: the job stays as it is, to be looked at. */
  ready(): Promise<void> {
    const isLeft = this.#split !== undefined && this.#next < this.#count
    if (isLeft) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  snapshot(): Split[] {
    return this.#split === undefined ? [] : [{ ...this.#split, next: this.#next }]
  }

  async close(): Promise<void> {
    this.#wake()
  }
}
