// Goes through the cells of one key group, one by one, while the group goes on changing: what was
// there at the start and still is comes exactly once, in a stable order; what is added meanwhile
// may come. Nothing is collected first, so a step costs the same however large the group is.

import type { KeyPart } from '@sluice/core/internal'
import { type Cell, Entry, type MapItem, NamespaceIndex, type Slot } from './cell.ts'
import { entriesOf } from './namespace-chain.ts'

/** Cells, one after the other; undefined when there are no more. */
export interface CellSource {
  next(): Cell | undefined
  /** A capture has changed the stamp of the cell that came last. */
  written?(cell: Cell): void
}

/** Cells of a list that stays as it is. */
export class ListedCells implements CellSource {
  readonly #cells: readonly Cell[]
  #at = 0

  constructor(cells: readonly Cell[]) {
    this.#cells = cells
  }

  next(): Cell | undefined {
    return this.#cells[this.#at++]
  }
}

/** Iterators of Maps see each entry once, also when others come and go. */
export class CellCursor implements CellSource {
  readonly #slots: MapIterator<Slot>
  readonly #holdsItems: boolean
  /** Entries of the key in hand: a short chain as it was, or all of an index. */
  #entries: Iterator<Entry> | undefined = undefined
  #items: MapIterator<MapItem> | undefined = undefined

  constructor(group: ReadonlyMap<KeyPart, Slot>, holdsItems: boolean) {
    this.#slots = group.values()
    this.#holdsItems = holdsItems
  }

  next(): Cell | undefined {
    if (!this.#holdsItems) return this.#nextEntry()
    for (;;) {
      const item = this.#items?.next()
      if (item !== undefined && item.done !== true) return item.value
      const owner = this.#nextEntry()
      if (owner === undefined) return undefined
      this.#items = (owner.value as Map<KeyPart, MapItem>).values()
    }
  }

  #nextEntry(): Entry | undefined {
    for (;;) {
      if (this.#entries !== undefined) {
        const entry = this.#entries.next()
        if (entry.done !== true) return entry.value
        this.#entries = undefined
      }
      const slot = this.#slots.next()
      if (slot.done === true) return undefined
      const found = slot.value
      if (found instanceof NamespaceIndex) this.#entries = found.entries.values()
      else if (found.next === undefined) return found
      else this.#entries = entriesOf(found).values()
    }
  }
}
