// Finds the cached cells of a table: by key group, key and namespace.

import type { KeyPart } from '@sluice/core/internal'
import { StoredCell } from './stored-cell.ts'

/** A single cell of the key, or its cells by namespace. */
type Slot = StoredCell | Map<number, StoredCell>

export class CellIndex {
  readonly #groups: Map<KeyPart, Slot>[]

  constructor(groups: number) {
    this.#groups = Array.from({ length: groups }, () => new Map())
  }

  find(group: number, mapKey: KeyPart, namespace: number): StoredCell | undefined {
    const slot = this.#groups[group]?.get(mapKey)
    if (slot === undefined) return undefined
    if (!(slot instanceof StoredCell)) return slot.get(namespace)
    return slot.namespace === namespace ? slot : undefined
  }

  add(cell: StoredCell): void {
    const { mapKey, namespace } = cell
    const group = this.#groups[cell.group] as Map<KeyPart, Slot>
    const slot = group.get(mapKey)
    if (slot === undefined) group.set(mapKey, cell)
    else if (!(slot instanceof StoredCell)) slot.set(namespace, cell)
    else group.set(mapKey, new Map([slot, cell].map((each) => [each.namespace, each])))
  }

  remove({ group, mapKey, namespace }: StoredCell): void {
    const slots = this.#groups[group] as Map<KeyPart, Slot>
    const slot = slots.get(mapKey)
    if (slot === undefined) return
    if (slot instanceof StoredCell) {
      slots.delete(mapKey)
      return
    }
    slot.delete(namespace)
    if (slot.size > 1) return
    slots.delete(mapKey)
    for (const left of slot.values()) slots.set(mapKey, left)
  }

  /** All cached cells of a key group. */
  *cellsOf(group: number): Generator<StoredCell> {
    for (const slot of (this.#groups[group] as Map<KeyPart, Slot>).values()) {
      if (slot instanceof StoredCell) yield slot
      else yield* slot.values()
    }
  }
}
