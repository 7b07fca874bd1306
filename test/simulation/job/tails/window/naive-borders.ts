// Which windows hold an instant, found by trying all that are near. Imports nothing of the engine.

import type { AlignedShape } from '../shape/tail-shape.ts'
import { ZoneLine } from './zone-line.ts'

export interface Bounds {
  readonly start: number
  readonly end: number
}

/** Clocks are set by this at the most. */
const furthestShiftMs = 3 * 3_600_000

/** The windows that hold an instant; none where it lies between two. */
export function windowsAt(shape: AlignedShape): (instant: number) => Bounds[] {
  const { kind, sizeMs, everyMs, offsetMs, timeZone } = shape
  const periodMs = kind === 'sliding' ? everyMs : sizeMs
  const zone = timeZone === undefined ? undefined : new ZoneLine(timeZone, periodMs)
  const aroundMs = zone === undefined ? 0 : furthestShiftMs
  const at = (border: number) => (zone === undefined ? border : zone.instant(border))
  return (instant) => {
    const shown = zone === undefined ? instant : zone.shown(instant)
    const newest = Math.floor((shown + aroundMs - offsetMs) / periodMs) * periodMs + offsetMs
    const found = new Map<string, Bounds>()
    for (let border = newest; border + sizeMs + aroundMs > shown; border -= periodMs) {
      const lengths = kind === 'cumulative' ? stepsUpTo(sizeMs, everyMs) : [sizeMs]
      for (const length of lengths) {
        const bounds = { start: at(border), end: at(border + length) }
        if (bounds.start <= instant && instant < bounds.end) {
          found.set(`${bounds.start}/${bounds.end}`, bounds)
        }
      }
    }
    return [...found.values()]
  }
}

function stepsUpTo(sizeMs: number, everyMs: number): number[] {
  return Array.from({ length: sizeMs / everyMs }, (_, index) => (index + 1) * everyMs)
}
