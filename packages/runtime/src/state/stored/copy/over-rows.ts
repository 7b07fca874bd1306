// Removes from the rows of a copy what was over at its barrier, as a restore from segments does:
// such cells stay gone, whatever the clock says now, and the next delta says so.

import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { UNDATED } from '../../heap/cell.ts'
import { wasOver } from '../../heap/cell-age.ts'
import type { KeyGroupRange } from '../../state-backend.ts'
import type { Generations } from '../generations.ts'
import { CONTAINER_ROW, DATED_ROW, type Rows, writeRowPrefix } from '../rows/rows.ts'
import type { StoredTable } from '../stored-table.ts'

/** The group is no part of a row's name, the table is. */
const NAME_AT = 2

interface OverTarget {
  readonly rows: Rows
  readonly generations: Generations
  readonly range: KeyGroupRange
}

/** The map whose items come next: its row says how many there are. */
interface Container {
  readonly key: Uint8Array
  readonly count: number
  gone: number
}

export function removeOver(table: StoredTable, overUntil: number, target: OverTarget): void {
  const { range } = target
  for (let group = range.first; group <= range.last; group++) {
    new GroupSweep(table, overUntil, target, group).run()
  }
}

class GroupSweep {
  readonly #table: StoredTable
  readonly #overUntil: number
  readonly #target: OverTarget
  readonly #group: number
  #container: Container | undefined = undefined

  constructor(table: StoredTable, overUntil: number, target: OverTarget, group: number) {
    this.#table = table
    this.#overUntil = overUntil
    this.#target = target
    this.#group = group
  }

  run(): void {
    const { reader } = this.#target.rows
    const end = this.#prefix(this.#table.index + 1)
    let start: Uint8Array | undefined = this.#prefix(this.#table.index)
    while (start !== undefined) {
      start = reader.scan(start, end, (bytes, keyAt, valueAt) => {
        const value = reader.readerAt(valueAt)
        const kind = value.u8()
        if (kind === CONTAINER_ROW) {
          this.#endContainer()
          this.#container = { key: bytes.slice(keyAt, valueAt), count: value.varint(), gone: 0 }
          return
        }
        const writtenAt = kind === DATED_ROW ? value.f64() : UNDATED
        if (!wasOver(writtenAt, this.#overUntil)) return
        this.#remove(bytes.slice(keyAt, valueAt))
      })
    }
    this.#endContainer()
  }

  #prefix(table: number): Uint8Array {
    const writer = new ByteWriter(8)
    writeRowPrefix(writer, this.#group, table)
    return writer.copy()
  }

  #remove(key: Uint8Array): void {
    const { rows, generations, range } = this.#target
    rows.delete(key)
    generations.changed.addGone(this.#group - range.first, key, NAME_AT, key.length)
    this.#table.cells--
    if (this.#container !== undefined) this.#container.gone++
  }

  #endContainer(): void {
    const container = this.#container
    this.#container = undefined
    if (container === undefined || container.gone === 0) return
    const { rows } = this.#target
    const count = container.count - container.gone
    if (count === 0) {
      rows.delete(container.key)
      return
    }
    const value = new ByteWriter(16)
    value.u8(CONTAINER_ROW)
    value.varint(count)
    rows.put(container.key, value.written())
  }
}
