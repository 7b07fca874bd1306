// What is kept of the records of one window: accumulators, or the records themselves. Everything
// speaks of the key and namespace in hand, which the operator has set; how windows are named by
// namespaces is the operator's affair.

import type { Key } from '../../key/key.ts'
import type { OperatorHost } from '../../operator/host.ts'
import type { StateDescriptor } from '../../state/descriptor.ts'

/** Where a result is made: what a function over records is told. */
export interface ResultPlace {
  readonly key: Key
  readonly window: object
}

export interface WindowContents {
  /** The states that it needs. */
  readonly states: readonly StateDescriptor[]
  open(host: OperatorHost): void
  /** Adds a record. Returns how often the window fired before; -1 for a window that begins. */
  add(value: unknown): number
  /** How often the window fired; -1 where there is none. */
  firings(): number
  setFirings(firings: number): void
  clear(): void
  result(place: ResultPlace): unknown
  /** Puts the contents of several namespaces together: begin, then each in hand in turn. */
  beginMerge(): void
  /** Adds the content in hand; false where there is none. */
  mergeIn(): boolean
  /** The result of what was put together. */
  mergedResult(place: ResultPlace): unknown
  /** Makes what was put together the content in hand. */
  storeMerged(): void
  /** Of contents that are one value each: that value, which never changes, and how to join two. */
  readonly values?: ContentValues
}

export interface ContentValues {
  /** The content in hand; undefined where there is none. */
  get(): unknown
  merge(left: unknown, right: unknown): unknown
  result(merged: unknown): unknown
}
