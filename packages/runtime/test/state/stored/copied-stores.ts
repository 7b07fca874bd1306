// Stores in memory whose copies outlive them, for backends that go on from local copies: what
// RocksDB does with files and the worker with folders, as plainly as can be.

import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import type { SegmentRef } from '../../../src/state/state-backend.ts'
import {
  type CopyKeeper,
  holdsExactly,
  type StateCopy,
} from '../../../src/state/stored/copy/state-copy.ts'

type RowValues = MemoryKeyValueStore['rows']['values']

class CopiedStore extends MemoryKeyValueStore {
  readonly #copies: Map<string, RowValues>

  constructor(copies: Map<string, RowValues>) {
    super()
    this.#copies = copies
  }

  override checkpoint(path: string): void {
    this.assertOpen()
    this.#copies.set(path, new Map(this.rows.values))
  }
}

/** The disk of a machine: copies by the place where they are. */
export class CopiedStores {
  readonly rows = new Map<string, RowValues>()
  readonly copies = new Map<string, StateCopy>()
  #keepers = 0

  /** The keeper of one attempt. */
  keeper(): CopyKeeper {
    const attempt = ++this.#keepers
    const place = (checkpoint: number) => `${attempt}-${checkpoint}`
    const drop = (checkpoint: number) => {
      this.rows.delete(place(checkpoint))
      this.copies.delete(place(checkpoint))
    }
    return {
      place,
      mark: place,
      drop,
      opened: () => {},
      keep: async (checkpoint, copy) => {
        this.copies.set(place(checkpoint), JSON.parse(JSON.stringify(copy)) as StateCopy)
      },
      completed: (checkpoint) => {
        for (const each of this.copies.keys()) {
          const [of, made] = each.split('-').map(Number)
          if (of === attempt && (made as number) < checkpoint) drop(made as number)
        }
      },
    }
  }

  /** A store: empty, or with the rows of the copy that holds these segments. */
  open(segments: readonly SegmentRef[]): {
    readonly store: MemoryKeyValueStore
    readonly copy: StateCopy | undefined
  } {
    const store = new CopiedStore(this.rows)
    const found = [...this.copies].find(([, copy]) => holdsExactly(copy, segments))
    if (segments.length === 0 || found === undefined) return { store, copy: undefined }
    const [place, copy] = found
    for (const [key, value] of this.rows.get(place) ?? []) store.rows.set(key, value)
    return { store, copy }
  }
}
