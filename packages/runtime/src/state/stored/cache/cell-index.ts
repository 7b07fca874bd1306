// Finds the cached cells of a table: by key group, key and namespace.

import type { KeyPart } from '@sluice/core/internal'
import { StoredCell } from './stored-cell.ts'

/** A single cell of the key, or its cells by namespace. */
export type Slot = StoredCell | Map<number, StoredCell>

/** The cell of a namespace among those of a key. */
export function inSlot(slot: Slot, namespace: number): StoredCell | undefined {
  if (!(slot instanceof StoredCell)) return slot.get(namespace)
  return slot.namespace === namespace ? slot : undefined
}

export class CellIndex {
  readonly #groups: Map<KeyPart, Slot>[]

  constructor(groups: number) {
    this.#groups = Array.from({ length: groups }, () => new Map())
  }

  find(group: number, mapKey: KeyPart, namespace: number): StoredCell | undefined {
    const slot = this.slotOf(group, mapKey)
    return slot === undefined ? undefined : inSlot(slot, namespace)
  }

  /** All cells of a key; valid until one is added or removed. */
  slotOf(group: number, mapKey: KeyPart): Slot | undefined {
    return this.#groups[group]?.get(mapKey)
  }

  /** Adds a cell to what `slotOf` says of its key, so that no second search is needed. */
  add(cell: StoredCell, slot: Slot | undefined): void {
    const { mapKey, namespace } = cell
    const group = this.#groups[cell.group] as Map<KeyPart, Slot>
    cell.alone = slot === undefined
    if (slot === undefined) group.set(mapKey, cell)
    else if (!(slot instanceof StoredCell)) slot.set(namespace, cell)
    else {
      slot.alone = false
      group.set(mapKey, new Map([slot, cell].map((each) => [each.namespace, each])))
    }
  }

  remove({ alone, group, mapKey, namespace }: StoredCell): void {
    const slots = this.#groups[group] as Map<KeyPart, Slot>
    if (alone) {
      slots.delete(mapKey)
      return
    }
    const slot = slots.get(mapKey)
    if (slot === undefined || slot instanceof StoredCell) return
    slot.delete(namespace)
    if (slot.size > 1) return
    for (const left of slot.values()) {
      left.alone = true
      slots.set(mapKey, left)
    }
  }

  /** All cached cells of a key group. */
  *cellsOf(group: number): Generator<StoredCell> {
    for (const slot of (this.#groups[group] as Map<KeyPart, Slot>).values()) {
      if (slot instanceof StoredCell) yield slot
      else yield* slot.values()
    }
  }
}
