// Draws the last part of a job. A seed draws among the kinds with about equal chance; windows have
// so many forms of their own that they come more often.

import type { SeededRandom } from '@sluice/testing/simulator'
import { keyKinds } from '../../item.ts'
import type { InputShape } from '../../shape.ts'
import { keyCount, type Keys, spacingMs, spanMs } from './density.ts'
import { drawAligned, drawWindow } from './draw-window.ts'
import {
  type IntervalShape,
  joinTypes,
  type TailKind,
  tailKinds,
  type TailShape,
  type TtlShape,
  type WindowJoinShape,
} from './tail-shape.ts'

const weights: Partial<Record<TailKind, number>> = {
  'any-window': 6,
  'interval-join': 2,
  deduplication: 2,
  ttl: 2,
}

const bag = tailKinds.flatMap((kind) => Array.from({ length: weights[kind] ?? 1 }, () => kind))

const timeless: readonly TailKind[] = ['plain', 'counting', 'states', 'buffer']

const twoSided: readonly TailKind[] = [
  'interval-join',
  'window-join',
  'temporal-join',
  'co-process',
  'broadcast-rules',
]

const joins: readonly TailKind[] = ['interval-join', 'window-join', 'temporal-join']

export function drawTailKind(random: SeededRandom): TailKind {
  return random.pick(bag)
}

export function needsEventTime(kind: TailKind): boolean {
  return !timeless.includes(kind)
}

/** Whether the naive evaluation can tell two records of one id. */
export function allowsCopies(kind: TailKind): boolean {
  const tellsRecordsById: readonly TailKind[] = [
    'sessions',
    'any-window',
    'deduplication',
    ...joins,
  ]
  return !tellsRecordsById.includes(kind)
}

/** Where the two sides have no lane in common they must have keys in common. */
export function drawSides(
  random: SeededRandom,
  kind: TailKind,
  inputs: readonly InputShape[],
): TailShape['sides'] {
  const mayBeInputs = twoSided.includes(kind) && inputs.length > 1
  return mayBeInputs && random.chance(0.6) ? 'inputs' : 'records'
}

export interface TailFacts {
  readonly kind: TailKind
  readonly inputs: readonly InputShape[]
  readonly keys: Keys
  readonly sides: TailShape['sides']
  readonly timeZone: string | undefined
}

export function drawTail(random: SeededRandom, facts: TailFacts): TailShape {
  const { kind, inputs, keys, sides, timeZone } = facts
  const sizeMs = random.pick([200, 1000, 7000, 60_000])
  const betweenMs = spacingMs(inputs, keys)
  const own = random.fork('own')
  const windowFacts = {
    spacingMs: betweenMs,
    keys: keyCount(inputs, keys),
    spanMs: Math.max(...inputs.map(spanMs)),
    timeZone,
  }
  return {
    kind,
    keyKind: random.pick(keyKinds),
    sizeMs,
    offsetMs: random.chance(0.3) ? random.below(sizeMs) : 0,
    latenessMs: random.pick([0, 0, 300, 5000]),
    delayMs: random.pick([1, 40, 400]),
    parallelism: random.chance(0.2) ? 1 + random.below(4) : undefined,
    splits: random.chance(0.3),
    sides,
    window: kind === 'any-window' ? drawWindow(own, windowFacts) : undefined,
    intervalJoin: kind === 'interval-join' ? drawInterval(own, betweenMs) : undefined,
    windowJoin: kind === 'window-join' ? drawWindowJoin(own, betweenMs) : undefined,
    temporalJoin: kind === 'temporal-join' ? { type: own.pick(['inner', 'left']) } : undefined,
    deduplication: kind === 'deduplication' ? drawDeduplication(own, betweenMs) : undefined,
    ttl: kind === 'ttl' ? drawTtl(own, betweenMs) : undefined,
    rulesMeetKeys: own.chance(0.7),
  }
}

/** An interval that holds so many records of a key: none or few, or a dozen. */
function drawInterval(random: SeededRandom, betweenMs: number): IntervalShape {
  const widthMs = Math.ceil(betweenMs * random.pick([0.2, 2, 12]))
  const [lower, upper] = random.pick([
    [-0.5, 0.5],
    [0, 1],
    [-1, 0],
    [-0.3, 0.7],
    [1, 2],
    [-2, -1],
    [0, 0],
  ] as const)
  const lowerMs = Math.ceil(widthMs * lower)
  const upperMs = Math.ceil(widthMs * upper)
  const mayBeOpen = lowerMs < upperMs && random.chance(0.4)
  return {
    type: random.pick(joinTypes),
    lowerMs,
    upperMs,
    open: mayBeOpen ? random.pick(['lower', 'upper', 'both']) : undefined,
    latenessMs: Math.ceil(widthMs * random.pick([0, 0, 0.5, 5])),
  }
}

function drawWindowJoin(random: SeededRandom, betweenMs: number): WindowJoinShape {
  const kind = random.pick(['tumbling', 'tumbling', 'sliding', 'cumulative'] as const)
  const lengths = [1, 4, 10].map((records) => 10 * Math.ceil((records * betweenMs) / 10))
  const window = drawAligned(random, kind, lengths)
  const latenessMs = Math.ceil(window.sizeMs * random.pick([0, 0, 0.5, 3]))
  return { type: random.pick(joinTypes), window, latenessMs }
}

function drawTtl(random: SeededRandom, betweenMs: number): TtlShape {
  const clock = random.pick(['event', 'event', 'processing'] as const)
  const ttlMs =
    clock === 'event' ? Math.ceil(betweenMs * random.pick([0.5, 3, 20])) : random.pick([20, 300])
  return { clock, ttlMs, refreshes: random.chance(0.5) }
}

function drawDeduplication(random: SeededRandom, betweenMs: number) {
  const lives = random.chance(0.75)
  return {
    ttlMs: lives ? Math.ceil(betweenMs * random.pick([0.5, 3, 20])) : undefined,
    clock: lives && random.chance(0.75) ? ('event' as const) : ('processing' as const),
  }
}
