// State and timers as plainly as can be: what a backend must show, kept in ordinary collections
// without snapshots, groups or sharing. Used by the tests as the truth.

import type { Key } from '@sluice/core/internal'
import type { TimerDomain } from '../../src/state/state-backend.ts'

export interface PlainCell {
  value: unknown
  /** By the clock of its state. */
  writtenAt: number
}

export interface PlainTimer {
  readonly time: number
  readonly key: Key
  readonly namespace: number
}

export const VALUE_TTL_MS = 10
export const ITEM_TTL_MS = 7
/** Of the states that reads refresh. */
export const READ_TTL_MS = 5

/** How long cells live, by the name of their state, and by which clock. */
const lives: Readonly<Record<string, { ttlMs: number; clock: 'now' | 'watermark' }>> = {
  aged: { ttlMs: VALUE_TTL_MS, clock: 'now' },
  agedItems: { ttlMs: ITEM_TTL_MS, clock: 'watermark' },
  met: { ttlMs: READ_TTL_MS, clock: 'now' },
  metItems: { ttlMs: READ_TTL_MS, clock: 'watermark' },
}

/** `place` is a state's name, key and namespace as a text; items add their own key. */
export class PlainState {
  cells = new Map<string, PlainCell>()
  timers: Record<TimerDomain, Map<string, PlainTimer>> = { event: new Map(), processing: new Map() }

  copy(): PlainState {
    const copy = new PlainState()
    copy.cells = structuredClone(this.cells)
    copy.timers = structuredClone(this.timers)
    return copy
  }

  set(place: string, value: unknown, writtenAt: number): void {
    this.cells.set(place, { value, writtenAt })
  }

  /** What is at a place, unless it expired. */
  get(place: string, clocks: { readonly now: number; readonly watermark: number }): unknown {
    const cell = this.cells.get(place)
    const life = lives[place.slice(0, place.indexOf(' '))]
    if (cell === undefined || life === undefined) return cell?.value
    return clocks[life.clock] >= cell.writtenAt + life.ttlMs ? undefined : cell.value
  }

  timerId(time: number, key: Key, namespace: number): string {
    return `${text(key)} ${namespace} ${time}`
  }
}

/** A key or value as a text that differs whenever the value does. */
export function text(value: unknown): string {
  return JSON.stringify(value, (_, each) => {
    if (typeof each === 'bigint') return `bigint ${each}`
    if (each instanceof Map) return [...each]
    return each === undefined ? 'undefined' : each
  })
}

/** What is visible at these clocks, as sorted lines. */
export function visible(state: PlainState, now: number, watermark: number): string[] {
  const lines: string[] = []
  for (const place of state.cells.keys()) {
    const value = state.get(place, { now, watermark })
    if (value !== undefined) lines.push(`${place} = ${text(value)}`)
  }
  for (const domain of ['event', 'processing'] as const) {
    for (const id of state.timers[domain].keys()) lines.push(`${domain} timer ${id}`)
  }
  return lines.sort()
}
