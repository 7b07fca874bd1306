// The definition of a window for the engine, from its shape.

import {
  allOf,
  anyOf,
  atEnd,
  countWindow,
  cumulative,
  type Duration,
  early,
  every,
  type Firings,
  globalWindow,
  onCount,
  session,
  sliding,
  type Trigger,
  tumbling,
  type WindowDefinition,
} from '@sluice/core'
import type { Item } from '../../item.ts'
import type { AlignedShape, TriggerShape, WindowShape } from '../shape/tail-shape.ts'

export function defineWindow(shape: WindowShape): WindowDefinition<Item> {
  const { of, latenessMs, byProcessingTime, discards } = shape
  const firings: Firings = discards ? 'discarding' : 'accumulating'
  const fires = { trigger: defineTrigger(shape.trigger), firings }
  const time = byProcessingTime ? 'processing' : 'event'
  const lateness = byProcessingTime ? {} : { allowedLateness: ms(latenessMs) }
  switch (of.kind) {
    case 'global':
      return globalWindow(fires)
    case 'count':
      return countWindow(of.records, { every: of.every })
    case 'session': {
      const { gapMs, otherGapMs } = of
      const gap = otherGapMs === undefined ? ms(gapMs) : (item: Item) => ms(gapOf(of, item))
      return session(gap, { ...fires, ...lateness, time })
    }
    default:
      return defineAligned(of, { ...fires, ...lateness, time })
  }
}

export function defineAligned<Options extends object>(shape: AlignedShape, options: Options) {
  const { kind, sizeMs, everyMs, offsetMs, timeZone } = shape
  const borders = {
    ...options,
    offset: ms(offsetMs),
    ...(timeZone === undefined ? {} : { timeZone }),
  }
  switch (kind) {
    case 'tumbling':
      return tumbling(ms(sizeMs), borders)
    case 'sliding':
      return sliding(ms(sizeMs), { ...borders, every: ms(everyMs) })
    case 'cumulative':
      return cumulative(ms(sizeMs), { ...borders, every: ms(everyMs) })
  }
}

/** How long a session goes on after a record. */
export function gapOf(
  { gapMs, otherGapMs }: { readonly gapMs: number; readonly otherGapMs: number | undefined },
  { value }: Item,
): number {
  return otherGapMs !== undefined && value % 2 === 0 ? otherGapMs : gapMs
}

function defineTrigger({ name, records, intervalMs }: TriggerShape): Trigger {
  const interval = ms(intervalMs)
  const byEvents = every(interval, { time: 'event' })
  switch (name) {
    case 'at-end':
      return atEnd()
    case 'early-processing':
      return early('30ms')
    case 'early-event':
      return early(interval, { time: 'event' })
    case 'count-or-end':
      return anyOf(atEnd(), onCount(records))
    case 'count':
      return onCount(records)
    case 'count-and-end':
      return allOf(atEnd(), onCount(records))
    case 'event':
      return byEvents
    case 'mixed':
      return anyOf(atEnd(), allOf(onCount(records), byEvents))
  }
}

function ms(duration: number): Duration {
  return `${duration}ms`
}
