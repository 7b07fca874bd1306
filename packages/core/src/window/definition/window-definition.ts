// All kinds of windows, and what types and plans say about them.

import { triggerShape, triggerText } from '../trigger/trigger.ts'
import type { CountedWindow, Window, WindowTime } from '../window.ts'
import type { CountWindow, GlobalWindow } from './counted.ts'
import type { SessionWindow } from './session.ts'
import type { CumulativeWindow, SlidingWindow } from './sliding.ts'
import type { TumblingWindow } from './tumbling.ts'

/** Windows whose borders are the same for all keys. */
export type AlignedWindow = TumblingWindow | SlidingWindow | CumulativeWindow

/** What `.window` takes, over records of type `In`. */
export type WindowDefinition<In = never> =
  | AlignedWindow
  | SessionWindow<In>
  | GlobalWindow
  | CountWindow

/** Windows that put accumulators together: every aggregate in them needs a `merge`. */
export type MergingWindow = SlidingWindow | CumulativeWindow | SessionWindow

/** Windows that have no late records. */
export type WindowWithoutLateness = { readonly time: 'processing' } | GlobalWindow | CountWindow

/** What the results of a window carry as `window`. */
export type WindowOf<Definition> = Definition extends GlobalWindow | CountWindow
  ? CountedWindow
  : Window

const kinds: readonly unknown[] = [
  'tumbling',
  'sliding',
  'cumulative',
  'session',
  'global',
  'count',
] satisfies WindowDefinition['kind'][]

/** Whether a value, from JavaScript perhaps, is a window at all. */
export function isWindow(candidate: unknown): candidate is WindowDefinition {
  if (typeof candidate !== 'object' || candidate === null) return false
  return kinds.includes((candidate as Partial<WindowDefinition>).kind)
}

/** Whether a result is made of several accumulators. */
export function merges(window: WindowDefinition): boolean {
  if (window.kind === 'count') return window.every !== window.records
  return window.kind === 'session' || window.kind === 'sliding' || window.kind === 'cumulative'
}

/** The clock that a window goes by; global and count windows go by none. */
export function timeOf(window: WindowDefinition): WindowTime | undefined {
  return 'time' in window ? window.time : undefined
}

/** Whether a window fires at its end alone, with all that came. */
export function firesPlainly(window: AlignedWindow | SessionWindow): boolean {
  return window.trigger.kind === 'at-end' && window.firings === 'accumulating'
}

/** What stored state depends on. The words for a plain tumbling window are older than the rest. */
export function windowShape(window: WindowDefinition): Record<string, unknown> {
  switch (window.kind) {
    case 'session':
      return { window: window.kind, ...clockShape(window), ...firingShape(window) }
    case 'global':
      return { window: window.kind, trigger: triggerShape(window.trigger) }
    case 'count':
      return { window: window.kind, records: window.records, every: window.every }
    default:
      return {
        window: window.kind,
        sizeMs: window.sizeMs,
        ...(window.kind === 'tumbling' ? {} : { everyMs: window.everyMs }),
        offsetMs: window.offsetMs,
        ...(window.timeZone === undefined ? {} : { timeZone: window.timeZone }),
        ...clockShape(window),
        ...firingShape(window),
      }
  }
}

function clockShape({ time }: { readonly time: WindowTime }): Record<string, unknown> {
  return time === 'event' ? {} : { time }
}

function firingShape(window: AlignedWindow | SessionWindow): Record<string, unknown> {
  return firesPlainly(window) ? {} : { trigger: triggerShape(window.trigger) }
}

/** What a plan shows of a window. */
export function windowDescription(window: WindowDefinition): Record<string, unknown> {
  if (window.kind === 'count') return windowShape(window)
  const { trigger, firings } = window
  const fires = {
    ...(trigger.kind === 'at-end' ? {} : { trigger: triggerText(trigger) }),
    ...(firings === 'accumulating' ? {} : { firings }),
  }
  if (window.kind === 'global') return { window: window.kind, ...fires }
  const { allowedLatenessMs } = window
  const late = window.time === 'event' ? { allowedLatenessMs } : { time: window.time }
  if (window.kind === 'session') {
    return { window: window.kind, gapMs: window.gapMs ?? 'by record', ...late, ...fires }
  }
  return { ...windowShape(window), ...late, ...fires }
}
