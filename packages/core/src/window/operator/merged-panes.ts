// What panes make together, remembered in memory so that a firing need not put all of them together
// again. Time is cut into blocks as long as a window: a sliding window is the end of one block and
// the beginning of the next, a cumulative one the beginning of a block. Of the block before, what
// each of its ends makes is known; of the block in hand, its panes up to the one that came last and
// what they make. So a firing reads one pane and merges three times, however many panes there are.
// (Van Herk, and Gil and Werman: running maxima; as queues: two stacks, in Tangwongsan, Hirzel and
// Schneider, "Low-latency sliding-window aggregation". Panes: Li and others, "No pane, no gain".)
// Nothing of it is state: it is made anew where it is missing.

import type { Key, KeyPart } from '../../key/key.ts'
import { mapKey } from '../../key/map-key.ts'

/** So many accumulators are remembered at most: some 30 MiB. Further keys do without. */
const REMEMBERED = 400_000

/** The accumulators of single panes of the key in hand, and how to make one of two. */
export interface PaneSource {
  /** What the pane with this number holds; undefined for nothing. */
  pane(number: number): unknown
  merge(left: unknown, right: unknown): unknown
}

/** What the panes of a window make, and the number of the newest that holds anything. */
export interface MergedWindow {
  readonly merged: unknown
  readonly newest: number
}

interface Blocks {
  /** The number of the first pane of the block in hand. */
  start: number
  /** What the panes of the block before make, from each of them to its end. */
  ends: unknown[]
  /** The newest pane of the block before that holds anything. */
  newestEnd: number
  /** The panes of the block in hand up to and without the pane `until`. */
  panes: unknown[]
  /** What they make. */
  beginning: unknown
  newest: number
  until: number
}

export class MergedPanes {
  readonly #blocks = new Map<KeyPart, Blocks>()
  readonly #panes: number
  readonly #grows: boolean
  readonly #source: PaneSource

  /**
   * @param panes Panes in a window, or in the longest of those that grow.
   * @param grows Whether windows begin together.
   */
  constructor(panes: number, grows: boolean, source: PaneSource) {
    this.#panes = panes
    this.#grows = grows
    this.#source = source
  }

  /** The window of a key that ends before the pane `until`; undefined where it holds nothing. */
  window(key: Key, until: number): MergedWindow | undefined {
    const start = Math.floor((until - 1) / this.#panes) * this.#panes
    const from = this.#grows ? start : until - this.#panes
    const blocks = this.#upTo(mapKey(key), start, from, until)
    const end = blocks.ends[from - (start - this.#panes)]
    const { beginning, newest } = blocks
    if (beginning === undefined) {
      return end === undefined ? undefined : { merged: end, newest: blocks.newestEnd }
    }
    const merged = end === undefined ? beginning : this.#source.merge(end, beginning)
    return { merged, newest }
  }

  /** A pane of the key changed that may be part of what is remembered, or the key has no more. */
  forget(key: Key): void {
    this.#blocks.delete(mapKey(key))
  }

  #upTo(key: KeyPart, start: number, from: number, until: number): Blocks {
    let blocks = this.#blocks.get(key)
    if (blocks === undefined || blocks.until > until || !this.#reaches(blocks, start)) {
      const isKnown = blocks !== undefined
      blocks = this.#begin(start, from)
      const room = REMEMBERED / (this.#grows ? 1 : this.#panes)
      if (isKnown || this.#blocks.size < room) this.#blocks.set(key, blocks)
    } else if (blocks.start < start) {
      this.#read(blocks, start)
      this.#endBlock(blocks)
    }
    this.#read(blocks, until)
    return blocks
  }

  /** Whether the block that begins at `start` is the one in hand, or follows on it. */
  #reaches(blocks: Blocks, start: number): boolean {
    return blocks.start === start || (!this.#grows && blocks.start === start - this.#panes)
  }

  /** Reads on in the block in hand. */
  #read(blocks: Blocks, until: number): void {
    for (; blocks.until < until; blocks.until++) {
      const pane = this.#source.pane(blocks.until)
      if (!this.#grows) blocks.panes[blocks.until - blocks.start] = pane
      if (pane === undefined) continue
      const { beginning } = blocks
      blocks.beginning = beginning === undefined ? pane : this.#source.merge(beginning, pane)
      blocks.newest = blocks.until
    }
  }

  /** The block in hand, all of which was read, becomes the block before. */
  #endBlock(blocks: Blocks): void {
    const { ends, panes } = blocks
    let end: unknown
    for (let index = this.#panes - 1; index >= 0; index--) {
      const pane = panes[index]
      if (pane !== undefined) end = end === undefined ? pane : this.#source.merge(pane, end)
      panes[index] = end
    }
    blocks.ends = panes
    blocks.panes = ends
    blocks.newestEnd = blocks.newest
    blocks.start += this.#panes
    blocks.beginning = undefined
    blocks.newest = Number.NaN
  }

  /** The blocks at the first window that reaches into the block that begins at `start`. */
  #begin(start: number, from: number): Blocks {
    const places = this.#grows ? 0 : this.#panes
    const blocks: Blocks = {
      start: start - places,
      ends: new Array<unknown>(places).fill(undefined),
      newestEnd: Number.NaN,
      panes: new Array<unknown>(places).fill(undefined),
      beginning: undefined,
      newest: Number.NaN,
      until: this.#grows ? start : from,
    }
    if (this.#grows) return blocks
    this.#read(blocks, start)
    this.#endBlock(blocks)
    return blocks
  }
}
