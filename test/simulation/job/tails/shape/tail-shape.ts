// What the last part of a simulated job looks like, as data: its kind, and what that kind draws.

import type { KeyKind } from '../../item.ts'

export const tailKinds = [
  'plain',
  'counting',
  'states',
  'buckets',
  'sessions',
  'buffer',
  'window',
  'counting-window',
  'any-window',
  'interval-join',
  'window-join',
  'temporal-join',
  'deduplication',
  'ttl',
  'co-process',
  'broadcast-rules',
] as const

export type TailKind = (typeof tailKinds)[number]

/** Parts of a trigger are composed as the name says; `mixed`: at the end, or by count and time. */
export const triggerNames = [
  'at-end',
  'early-processing',
  'early-event',
  'count-or-end',
  'count',
  'count-and-end',
  'event',
  'mixed',
] as const

export type TriggerName = (typeof triggerNames)[number]

export interface TriggerShape {
  readonly name: TriggerName
  /** Of the part that counts. */
  readonly records: number
  /** Of the part that waits. */
  readonly intervalMs: number
}

/** A window whose borders lie in time, the same for all keys. */
export interface AlignedShape {
  readonly kind: 'tumbling' | 'sliding' | 'cumulative'
  readonly sizeMs: number
  /** As long as the window, where it is tumbling. */
  readonly everyMs: number
  readonly offsetMs: number
  readonly timeZone: string | undefined
}

export interface SessionShape {
  readonly kind: 'session'
  readonly gapMs: number
  /** Of every other record, where it depends on the record. */
  readonly otherGapMs: number | undefined
}

export interface CountShape {
  readonly kind: 'count'
  readonly records: number
  readonly every: number
}

export interface GlobalShape {
  readonly kind: 'global'
}

export type WindowKindShape = AlignedShape | SessionShape | CountShape | GlobalShape

export const computations = ['aggregate', 'distinct', 'apply', 'reduce'] as const

export interface WindowShape {
  readonly of: WindowKindShape
  readonly trigger: TriggerShape
  readonly discards: boolean
  readonly latenessMs: number
  readonly byProcessingTime: boolean
  readonly computes: (typeof computations)[number]
  /** Over the whole stream instead of each key. */
  readonly all: boolean
}

export const joinTypes = ['inner', 'left', 'right', 'full'] as const

export type JoinTypeName = (typeof joinTypes)[number]

export interface IntervalShape {
  readonly type: JoinTypeName
  readonly lowerMs: number
  readonly upperMs: number
  readonly open: 'lower' | 'upper' | 'both' | undefined
  readonly latenessMs: number
}

export interface WindowJoinShape {
  readonly type: JoinTypeName
  readonly window: AlignedShape
  readonly latenessMs: number
}

export interface DeduplicationShape {
  readonly ttlMs: number | undefined
  readonly clock: 'processing' | 'event'
}

export interface TtlShape {
  readonly clock: 'processing' | 'event'
  readonly ttlMs: number
  readonly refreshes: boolean
}

export interface TailShape {
  readonly kind: TailKind
  readonly keyKind: KeyKind
  /** Length of windows and buckets, gap of sessions. */
  readonly sizeMs: number
  readonly offsetMs: number
  readonly latenessMs: number
  /** Delay of processing-time timers. */
  readonly delayMs: number
  /** The keyed steps run at a parallelism of their own. */
  readonly parallelism: number | undefined
  /** Results go to two sinks. */
  readonly splits: boolean
  /** What two streams are made of: the first input and the others, or the records of one stream. */
  readonly sides: 'inputs' | 'records'
  /** Each of these for the kind that is named so, and undefined otherwise. */
  readonly window: WindowShape | undefined
  readonly intervalJoin: IntervalShape | undefined
  readonly windowJoin: WindowJoinShape | undefined
  readonly temporalJoin: { readonly type: 'inner' | 'left' } | undefined
  readonly deduplication: DeduplicationShape | undefined
  readonly ttl: TtlShape | undefined
  /** The stream beside the rules has keys. */
  readonly rulesMeetKeys: boolean
}
