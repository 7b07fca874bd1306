// The rows of one key group for a snapshot, one by one, while the group goes on changing. Each is
// found by its place when its turn comes, because a group that makes room moves its rows.

import type { Cell } from '../cell.ts'
import type { CellSource } from '../cell-cursor.ts'
import type { PlaceList } from './place-list.ts'
import type { RowCell, SeenRows } from './row-cell.ts'

/** Places in order; `next` is false behind the last one. */
export interface Places {
  readonly key: number
  readonly namespace: number
  next(): boolean
}

/** `live`: removed rows are passed over; `gone`: those are shown too that left no trace. */
export type ShownRows = 'live' | 'removed' | 'gone'

export class RowSource implements CellSource {
  readonly #rows: SeenRows
  readonly #group: number
  readonly #places: Places
  readonly #shows: ShownRows
  readonly #cell: RowCell
  /** The row that came last: nothing comes between it and its being written. */
  #row = -1

  /**
   * @param group Index of the key group.
   * @param cell Shows the row in hand.
   */
  constructor(rows: SeenRows, group: number, places: Places, shows: ShownRows, cell: RowCell) {
    this.#rows = rows
    this.#group = group
    this.#places = places
    this.#shows = shows
    this.#cell = cell
  }

  next(): RowCell | undefined {
    const rows = this.#rows
    const places = this.#places
    while (places.next()) {
      const row = rows.find(places.key, places.namespace)
      const stamp = row < 0 ? 0 : rows.stamp(row)
      if (stamp > 0 || (stamp < 0 && this.#shows !== 'live')) {
        this.#row = row
        return this.#cell.show(rows, row, this.#group)
      }
      if (stamp !== 0 || this.#shows !== 'gone') continue
      this.#row = -1
      return this.#cell.showGone(places.key, places.namespace, this.#group)
    }
    return undefined
  }

  written({ stamp }: Cell): void {
    const row = this.#row
    if (row >= 0) this.#rows.setStamp(row, this.#rows.stamp(row) > 0 ? stamp : -stamp)
  }
}

/** Of a key group without rows. */
export const noRows: CellSource = { next: () => undefined }

/** The places of a list that stays as it is. */
export class ListedPlaces implements Places {
  key = 0
  namespace = 0
  readonly #list: PlaceList
  #at = 0

  constructor(list: PlaceList) {
    this.#list = list
  }

  next(): boolean {
    if (this.#at === this.#list.length) return false
    this.key = this.#list.key(this.#at)
    this.namespace = this.#list.namespace(this.#at++)
    return true
  }
}

/** The places of all rows of a group as they are now, in order. */
export class PlacesOfRows implements Places {
  key = 0
  namespace = 0
  readonly #integers: Int32Array
  readonly #numbers: Float64Array
  readonly #stride: number
  readonly #namespaceAt: number
  readonly #used: number
  #row = 0

  /**
   * When the group makes room, these columns stay behind as they were.
   *
   * @param numbers The columns as doubles; the key of a row is the first half of its first one.
   * @param stride Doubles of a row.
   * @param namespaceAt Which of them is the namespace; -1 where rows have none.
   */
  constructor(numbers: Float64Array, stride: number, namespaceAt: number, used: number) {
    this.#numbers = numbers
    this.#integers = new Int32Array(numbers.buffer)
    this.#stride = stride
    this.#namespaceAt = namespaceAt
    this.#used = used
  }

  next(): boolean {
    if (this.#row === this.#used) return false
    const start = this.#row++ * this.#stride
    this.key = this.#integers[start * 2] as number
    if (this.#namespaceAt > 0) this.namespace = this.#numbers[start + this.#namespaceAt] as number
    return true
  }
}
