// Triggers: when a window gives its result. Plain data, composed by `anyOf` and `allOf`;
// trigger-machine.ts runs them.

import { SluiceError } from '../../errors.ts'
import { durationText } from '../duration-text.ts'
import { type Duration, parseDuration } from '../../time/duration.ts'
import type { WindowTime } from '../window.ts'

/** When a window gives a result. Made by `atEnd`, `every`, `early`, `onCount`, `anyOf`, `allOf`. */
export type Trigger =
  | { readonly kind: 'at-end' }
  | { readonly kind: 'every'; readonly intervalMs: number; readonly time: WindowTime }
  | { readonly kind: 'on-count'; readonly records: number }
  | { readonly kind: 'any-of' | 'all-of'; readonly triggers: readonly Trigger[] }

/** Options of triggers that go by time. */
export interface EveryOptions {
  /** Which clock counts: the machine's (`processing`, unless set) or that of the records. */
  readonly time?: WindowTime
}

/** When the window ends, and again at once for each record that is late but allowed. */
export function atEnd(): Trigger {
  return { kind: 'at-end' }
}

/**
 * Every so often while records come: at the next full interval after a record, counted from 1970.
 * A window that nothing came to since it last fired does not fire.
 */
export function every(interval: Duration, options: EveryOptions = {}): Trigger {
  const intervalMs = parseDuration(interval, 'The interval of a trigger')
  if (intervalMs === 0) {
    throw new SluiceError(
      'SETTING_INVALID',
      'The interval of a trigger must be longer than nothing.',
      { hint: "For example every('10s')." },
    )
  }
  return { kind: 'every', intervalMs, time: options.time ?? 'processing' }
}

/**
 * Results ahead of time, every so often, and the whole result when the window ends.
 *
 * @example
 * const perDay = tumbling('1d', { trigger: early('10s') })
 */
export function early(interval: Duration, options: EveryOptions = {}): Trigger {
  return anyOf(atEnd(), every(interval, options))
}

/** Each time that so many records have come since the window last fired. */
export function onCount(records: number): Trigger {
  if (!Number.isSafeInteger(records) || records < 1) {
    throw new SluiceError('SETTING_INVALID', `A trigger cannot count to ${String(records)}.`, {
      hint: 'Give a whole number of records, 1 or more.',
    })
  }
  return { kind: 'on-count', records }
}

/**
 * As soon as one of them would fire; then all begin anew.
 *
 * @example
 * const trigger = anyOf(atEnd(), onCount(1000))
 */
export function anyOf(...triggers: readonly [Trigger, ...Trigger[]]): Trigger {
  return { kind: 'any-of', triggers: checked(triggers) }
}

/** When each of them has fired since the window last did; then all begin anew. */
export function allOf(...triggers: readonly [Trigger, ...Trigger[]]): Trigger {
  return { kind: 'all-of', triggers: checked(triggers) }
}

const kinds: readonly string[] = ['at-end', 'every', 'on-count', 'any-of', 'all-of']

/** Throws SETTING_INVALID for what is no trigger. */
export function checkTrigger(trigger: unknown): asserts trigger is Trigger {
  const kind = (trigger as Trigger | null | undefined)?.kind
  if (typeof kind === 'string' && kinds.includes(kind)) return
  throw new SluiceError('SETTING_INVALID', 'The trigger of a window is not one.', {
    hint: "Make it with atEnd(), every('10s'), early('10s'), onCount(100), anyOf(…) or allOf(…).",
  })
}

function checked(triggers: readonly Trigger[]): readonly Trigger[] {
  if (triggers.length === 0) {
    throw new SluiceError('SETTING_INVALID', 'anyOf and allOf need at least one trigger.')
  }
  for (const trigger of triggers) checkTrigger(trigger)
  return triggers
}

/** The triggers that others are composed of, from left to right. */
export function leavesOf(trigger: Trigger): readonly Trigger[] {
  return 'triggers' in trigger ? trigger.triggers.flatMap(leavesOf) : [trigger]
}

/** `any of (at end, every 10s)`: for plans. */
export function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'at-end':
      return 'at end'
    case 'every':
      return `every ${durationText(trigger.intervalMs)} of ${trigger.time} time`
    case 'on-count':
      return `on count ${trigger.records}`
    default:
      return `${trigger.kind.replace('-', ' ')} (${trigger.triggers.map(triggerText).join(', ')})`
  }
}

/** What the state of a window depends on: the kinds of its triggers, not their figures. */
export function triggerShape(trigger: Trigger): string {
  if (!('triggers' in trigger)) {
    return trigger.kind === 'every' ? `every-${trigger.time}` : trigger.kind
  }
  return `${trigger.kind}(${trigger.triggers.map(triggerShape).join(',')})`
}
