// A trigger at work on one window. What it remembers is an array of slots that is kept in state
// with the window, one for each trigger that counts or waits:
//   on-count: records since the window last fired
//   every:    null, the time that it waits for, or true when that has come

import { leavesOf, type Trigger } from './trigger.ts'
import type { WindowTime } from '../window.ts'

export type TriggerSlot = number | true | null

/** The clocks of a window while a record is added to it. */
export interface TriggerClocks {
  /** The event time that an interval begins at: the record's, or the first that is yet to come. */
  readonly eventTime: number
  readonly processingTime: number
  setEventTimer(time: number): void
  setProcessingTimer(time: number): void
}

type Node =
  | { readonly kind: 'at-end' }
  | { readonly kind: 'on-count'; readonly slot: number; readonly records: number }
  | {
      readonly kind: 'every'
      readonly slot: number
      readonly intervalMs: number
      readonly time: WindowTime
    }
  | { readonly kind: 'any-of' | 'all-of'; readonly nodes: readonly Node[] }

type Leaf = Exclude<Node, { readonly nodes: readonly Node[] }>

export class TriggerMachine {
  readonly usesEnd: boolean
  readonly slots: number
  readonly #root: Node
  readonly #leaves: readonly Leaf[]

  constructor(trigger: Trigger) {
    let slots = 0
    const compile = (part: Trigger): Node => {
      switch (part.kind) {
        case 'at-end':
          return part
        case 'on-count':
        case 'every':
          return { ...part, slot: slots++ }
        default:
          return { kind: part.kind, nodes: part.triggers.map(compile) }
      }
    }
    const leaves = (node: Node): Leaf[] => ('nodes' in node ? node.nodes.flatMap(leaves) : [node])
    this.#root = compile(trigger)
    this.#leaves = leaves(this.#root)
    this.slots = slots
    this.usesEnd = leavesOf(trigger).some(({ kind }) => kind === 'at-end')
  }

  /** Slots of a window that has just begun, or just fired. */
  fresh(): TriggerSlot[] {
    const slots = new Array<TriggerSlot>(this.slots).fill(null)
    for (const leaf of this.#leaves) if (leaf.kind === 'on-count') slots[leaf.slot] = 0
    return slots
  }

  /** A copy of what was stored of a window, or of one that begins: firings, then slots. */
  begun(stored: readonly TriggerSlot[] | undefined): TriggerSlot[] {
    return stored === undefined ? [0, ...this.fresh()] : [...stored]
  }

  /** Notes one record in the slots from `from` on. */
  countRecord(slots: TriggerSlot[], from: number, clocks: TriggerClocks): void {
    for (const leaf of this.#leaves) {
      if (leaf.kind === 'on-count') {
        slots[from + leaf.slot] = (slots[from + leaf.slot] as number) + 1
      } else if (leaf.kind === 'every' && slots[from + leaf.slot] === null) {
        slots[from + leaf.slot] = wait(leaf, clocks)
      }
    }
  }

  /** Notes that a clock has come to a time; true when something waited for that. */
  noteTime(slots: TriggerSlot[], from: number, domain: WindowTime, time: number): boolean {
    let came = false
    for (const leaf of this.#leaves) {
      if (leaf.kind !== 'every' || leaf.time !== domain) continue
      const slot = slots[from + leaf.slot]
      if (typeof slot !== 'number' || slot > time) continue
      slots[from + leaf.slot] = true
      came = true
    }
    return came
  }

  /** Whether a window with these slots fires now. */
  fires(slots: readonly TriggerSlot[], from: number, ended: boolean): boolean {
    return isMet(this.#root, slots, from, ended)
  }

  /** Adds what another window's slots remember: the two become one. */
  merge(
    slots: TriggerSlot[],
    from: number,
    others: readonly TriggerSlot[],
    othersFrom: number,
  ): void {
    for (const leaf of this.#leaves) {
      if (leaf.kind === 'at-end') continue
      const own = slots[from + leaf.slot] as TriggerSlot
      const other = others[othersFrom + leaf.slot] as TriggerSlot
      slots[from + leaf.slot] =
        leaf.kind === 'on-count' ? (own as number) + (other as number) : earlier(own, other)
    }
  }
}

function isMet(node: Node, slots: readonly TriggerSlot[], from: number, ended: boolean): boolean {
  switch (node.kind) {
    case 'at-end':
      return ended
    case 'on-count':
      return (slots[from + node.slot] as number) >= node.records
    case 'every':
      return slots[from + node.slot] === true
    case 'any-of':
      return node.nodes.some((part) => isMet(part, slots, from, ended))
    case 'all-of':
      return node.nodes.every((part) => isMet(part, slots, from, ended))
  }
}

/** Sets the timer of an `every` and returns the time that it waits for. */
function wait(
  { intervalMs, time }: { readonly intervalMs: number; readonly time: WindowTime },
  clocks: TriggerClocks,
): number {
  if (time === 'processing') {
    const due = nextMultiple(clocks.processingTime, intervalMs)
    clocks.setProcessingTimer(due)
    return due
  }
  // As with windows, an interval is over when its last millisecond has been seen.
  const due = nextMultiple(clocks.eventTime, intervalMs) - 1
  clocks.setEventTimer(due)
  return due
}

function nextMultiple(time: number, intervalMs: number): number {
  return (Math.floor(time / intervalMs) + 1) * intervalMs
}

function earlier(own: TriggerSlot, other: TriggerSlot): TriggerSlot {
  if (own === true || other === true) return true
  if (own === null || other === null) return own ?? other
  return Math.min(own, other)
}
