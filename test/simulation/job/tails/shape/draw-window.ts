// Draws windows: kinds, lengths, triggers, lateness. In a time zone all lengths are hours and days.

import type { SeededRandom } from '@sluice/testing/simulator'
import {
  type AlignedShape,
  computations,
  type CountShape,
  type SessionShape,
  triggerNames,
  type TriggerShape,
  type WindowKindShape,
  type WindowShape,
} from './tail-shape.ts'

const hourMs = 3_600_000

const lengthsMs = [200, 1000, 7000, 60_000]

/** Length and step, in hours. */
const zonedSliding = [
  [24, 6],
  [24, 1],
  [6, 1],
  [2, 0.5],
  [6, 9],
] as const

/** A window fires so often at the most, roughly: each firing carries all of its records. */
const mostFirings = 15

export interface WindowFacts {
  /** Between two records of a key. */
  readonly spacingMs: number
  readonly keys: number
  /** From the first event time to the last. */
  readonly spanMs: number
  readonly timeZone: string | undefined
}

export function drawWindow(random: SeededRandom, facts: WindowFacts): WindowShape {
  const all = random.chance(0.2)
  const spacingMs = all ? facts.spacingMs / facts.keys : facts.spacingMs
  // A window over everything holds so much that it is written again with each batch.
  const lengths = all
    ? [3, 8, 50].map((parts) => 10 * Math.ceil(facts.spanMs / parts / 10))
    : lengthsMs
  const of = drawKind(random, { ...facts, spacingMs }, lengths)
  const isTimed = of.kind === 'tumbling' || of.kind === 'session'
  const byProcessingTime = isTimed && facts.timeZone === undefined && random.chance(0.25)
  const lengthMs = 'sizeMs' in of ? of.sizeMs : spacingMs * 20
  const longestMs = 'sizeMs' in of ? Math.min(of.sizeMs, facts.spanMs) : facts.spanMs
  const trigger = drawTrigger(random.fork('trigger'), of, { longestMs, spacingMs })
  return {
    of,
    trigger: byProcessingTime ? { ...trigger, name: 'at-end' } : trigger,
    discards: of.kind !== 'count' && !byProcessingTime && random.chance(0.35),
    latenessMs: byProcessingTime ? 0 : Math.ceil(lengthMs * random.pick([0, 0, 0.3, 5])),
    byProcessingTime,
    computes: random.pick(computations),
    all,
  }
}

function drawKind(
  random: SeededRandom,
  { spacingMs, timeZone }: WindowFacts,
  lengths: readonly number[],
): WindowKindShape {
  if (timeZone !== undefined) return drawZoned(random, timeZone)
  const kind = random.pick([
    'tumbling',
    'sliding',
    'cumulative',
    'session',
    'session',
    'count',
    'global',
  ] as const)
  switch (kind) {
    case 'session':
      return drawSession(random, spacingMs)
    case 'count':
      return drawCount(random)
    case 'global':
      return { kind }
    default:
      return drawAligned(random, kind, lengths)
  }
}

/** Borders in UTC. */
export function drawAligned(
  random: SeededRandom,
  kind: AlignedShape['kind'],
  lengths: readonly number[],
): AlignedShape {
  const sizeMs = random.pick(lengths)
  const everyMs = everyOf(random, kind, sizeMs)
  const periodMs = kind === 'sliding' ? everyMs : sizeMs
  const offsetMs = random.chance(0.4) ? random.below(periodMs) : 0
  return { kind, sizeMs, everyMs, offsetMs, timeZone: undefined }
}

function everyOf(random: SeededRandom, kind: AlignedShape['kind'], sizeMs: number): number {
  switch (kind) {
    case 'tumbling':
      return sizeMs
    case 'cumulative':
      return sizeMs / random.pick([1, 2, 5].filter((steps) => sizeMs % steps === 0))
    case 'sliding':
      // In thirds the step and the length have a small common divisor; beyond 1 there are gaps.
      return Math.ceil(sizeMs * random.pick([0.1, 0.3, 0.5, 1, 1.5]))
  }
}

function drawZoned(random: SeededRandom, timeZone: string): AlignedShape {
  const kind = random.pick(['tumbling', 'sliding', 'cumulative'] as const)
  const [sizeHours, everyHours] = zonedLengths(random, kind)
  const periodHours = kind === 'sliding' ? everyHours : sizeHours
  const offsets = [0, 0, 0.25, 1.5, 5].filter((hours) => hours < periodHours)
  return {
    kind,
    sizeMs: sizeHours * hourMs,
    everyMs: everyHours * hourMs,
    offsetMs: random.pick(offsets) * hourMs,
    timeZone,
  }
}

function zonedLengths(
  random: SeededRandom,
  kind: AlignedShape['kind'],
): readonly [size: number, every: number] {
  if (kind === 'sliding') return random.pick(zonedSliding)
  if (kind === 'cumulative') return [24, random.pick([1, 6])]
  const hours = random.pick([0.5, 1, 3, 24])
  return [hours, hours]
}

function drawSession(random: SeededRandom, spacingMs: number): SessionShape {
  const gap = () => Math.ceil(spacingMs * random.pick([0.3, 1, 2, 6]))
  return { kind: 'session', gapMs: gap(), otherGapMs: random.chance(0.4) ? gap() : undefined }
}

function drawCount(random: SeededRandom): CountShape {
  const records = random.pick([2, 5, 30])
  return { kind: 'count', records, every: Math.ceil(records * random.pick([1, 1, 0.3, 0.5, 2])) }
}

function drawTrigger(
  random: SeededRandom,
  of: WindowKindShape,
  { longestMs, spacingMs }: { readonly longestMs: number; readonly spacingMs: number },
): TriggerShape {
  const name = random.chance(0.15) ? 'at-end' : random.pick(triggerNames)
  const fewest = Math.ceil(longestMs / spacingMs / mostFirings)
  return {
    name: of.kind === 'count' ? 'at-end' : name,
    records: Math.max(fewest, random.pick([1, 3, 10])),
    intervalMs: Math.ceil(longestMs * random.pick([0.1, 0.4, 2])),
  }
}
