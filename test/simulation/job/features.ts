// What a job has, in words: a campaign counts them, and one that never drew a feature is blind for
// it.

import { type JobShape, rescales } from './shape.ts'
import {
  computations,
  joinTypes,
  tailKinds,
  triggerNames,
  type WindowShape,
} from './tails/shape/tail-shape.ts'

const windowKinds = ['tumbling', 'sliding', 'cumulative', 'session', 'count', 'global'] as const

/** All that `featuresOf` can say. */
export const features: readonly string[] = [
  ...['generator', 'memory', 'files'].map((kind) => `input: ${kind}`),
  ...['map', 'filter', 'flat-map', 'rebalance', 'broadcast', 'burst', 'map-async'].map(
    (kind) => `stage: ${kind}`,
  ),
  ...tailKinds.map((kind) => `tail: ${kind}`),
  ...windowKinds.map((kind) => `window: ${kind}`),
  ...triggerNames.map((name) => `trigger: ${name}`),
  ...computations.map((name) => `window computes: ${name}`),
  'window: time zone',
  'window: lateness',
  'window: offset',
  'window: discarding',
  'window: processing time',
  'window: whole stream',
  'window: gap by record',
  'window: gaps between windows',
  ...joinTypes.map((type) => `interval join: ${type}`),
  'interval join: open bounds',
  'interval join: lateness',
  ...joinTypes.map((type) => `window join: ${type}`),
  'temporal join: inner',
  'temporal join: left',
  'deduplication: for ever',
  'deduplication: event time',
  'deduplication: processing time',
  'ttl: event time',
  'ttl: processing time',
  'ttl: refreshed by reading',
  'two streams: inputs',
  'two streams: records',
  'rules: keyed',
  'rules: unkeyed',
  'records too late',
  'watermarks by function',
  'source alignment',
  'parallelism: the same',
  'parallelism: another after each start',
  'parallelism: of a step',
]

export function featuresOf(shape: JobShape): string[] {
  const { inputs, stages, tail } = shape
  return [
    ...new Set(inputs.map(({ kind }) => `input: ${kind}`)),
    ...new Set(stages.map(({ kind }) => `stage: ${kind}`)),
    `tail: ${tail.kind}`,
    ...(tail.window === undefined ? [] : windowFeatures(tail.window)),
    ...joinFeatures(shape),
    ...ageFeatures(shape),
    ...(inputs.some(({ tooLateShare }) => tooLateShare > 0) ? ['records too late'] : []),
    ...(inputs.some(({ saysWatermarks }) => saysWatermarks) ? ['watermarks by function'] : []),
    ...(inputs.some(({ maxDriftMs }) => maxDriftMs !== undefined) ? ['source alignment'] : []),
    rescales(shape) ? 'parallelism: another after each start' : 'parallelism: the same',
    ...(tail.parallelism === undefined ? [] : ['parallelism: of a step']),
  ]
}

function windowFeatures(window: WindowShape): string[] {
  const { of, trigger, computes } = window
  const isAligned = 'offsetMs' in of
  return [
    `window: ${of.kind}`,
    `trigger: ${trigger.name}`,
    `window computes: ${computes}`,
    ...(isAligned && of.timeZone !== undefined ? ['window: time zone'] : []),
    ...(isAligned && of.offsetMs > 0 ? ['window: offset'] : []),
    ...(isAligned && of.everyMs > of.sizeMs ? ['window: gaps between windows'] : []),
    ...(window.latenessMs > 0 ? ['window: lateness'] : []),
    ...(window.discards ? ['window: discarding'] : []),
    ...(window.byProcessingTime ? ['window: processing time'] : []),
    ...(window.all ? ['window: whole stream'] : []),
    ...('otherGapMs' in of && of.otherGapMs !== undefined ? ['window: gap by record'] : []),
  ]
}

function joinFeatures({ tail }: JobShape): string[] {
  const { intervalJoin: interval, windowJoin, temporalJoin, kind } = tail
  const rules = tail.rulesMeetKeys ? 'rules: keyed' : 'rules: unkeyed'
  const isTwoSided = interval || windowJoin || temporalJoin || kind === 'co-process'
  return [
    ...(isTwoSided || kind === 'broadcast-rules' ? [`two streams: ${tail.sides}`] : []),
    ...(kind === 'broadcast-rules' ? [rules] : []),
    ...(interval === undefined ? [] : [`interval join: ${interval.type}`]),
    ...(interval?.open === undefined ? [] : ['interval join: open bounds']),
    ...((interval?.latenessMs ?? 0) > 0 ? ['interval join: lateness'] : []),
    ...(windowJoin === undefined ? [] : [`window join: ${windowJoin.type}`]),
    ...(temporalJoin === undefined ? [] : [`temporal join: ${temporalJoin.type}`]),
  ]
}

function ageFeatures({ tail: { ttl, deduplication } }: JobShape): string[] {
  const clock = deduplication?.ttlMs === undefined ? 'for ever' : `${deduplication.clock} time`
  return [
    ...(ttl === undefined ? [] : [`ttl: ${ttl.clock} time`]),
    ...(ttl?.refreshes === true ? ['ttl: refreshed by reading'] : []),
    ...(deduplication === undefined ? [] : [`deduplication: ${clock}`]),
  ]
}
