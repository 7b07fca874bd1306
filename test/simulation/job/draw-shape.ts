// Draws the shape of a job from a seed, swarm style: every feature is in some jobs and absent from
// others, so that rare combinations occur.

import type { SeededRandom } from '@sluice/testing/simulator'
import type {
  CheckpointShape,
  EventTimeShape,
  InputShape,
  JobShape,
  SinkShape,
  StageShape,
} from './shape.ts'
import { spanMs } from './tails/shape/density.ts'
import {
  allowsCopies,
  drawSides,
  drawTail,
  drawTailKind,
  needsEventTime,
} from './tails/shape/draw-tail.ts'
import type { TailKind } from './tails/shape/tail-shape.ts'

/** Time zones, and days before their clocks change: back, forward, by half an hour, never. */
const zones = [
  ['Europe/Rome', Date.UTC(2023, 9, 26)],
  ['Europe/Rome', Date.UTC(2024, 2, 28)],
  ['America/New_York', Date.UTC(2023, 10, 2)],
  ['Australia/Lord_Howe', Date.UTC(2023, 8, 28)],
  ['Asia/Kolkata', Date.UTC(2023, 10, 14)],
] as const

const zonedSpanMs = 8 * 86_400_000

export function drawShape(random: SeededRandom): JobShape {
  const kind = drawTailKind(random.fork('tail'))
  const hasEventTime = needsEventTime(kind) || random.chance(0.5)
  const durationMs = random.between(700, 2000)
  const drawn = drawInputs(random, kind, durationMs)
  const time = drawTime(random.fork('time'), kind, drawn)
  const inputs = drawn.map((input) => scaled(input, time.scale))
  // Age goes by watermarks, which are surest where they never go back.
  const steady = random.chance(kind === 'ttl' ? 0.6 : 0.3)
  const parallelism = 1 + random.below(4)
  const parallelisms = steady ? [parallelism] : Array.from({ length: 5 }, () => 1 + random.below(4))
  const sides = drawSides(random.fork('sides'), kind, inputs)
  const keys = {
    keysByLane: kind === 'sessions' || (random.chance(0.6) && sides !== 'inputs'),
    keys: random.pick([1, 3, 7, 20, 60]),
  }
  return {
    inputs,
    hasEventTime,
    time,
    ...keys,
    stages: drawStages(random, kind, steady ? parallelism : undefined),
    tail: drawTail(random, { kind, inputs, keys, sides, timeZone: time.timeZone }),
    checkpoint: drawCheckpoint(random, durationMs),
    sink: drawSink(random),
    parallelisms,
    ringBytes: random.pick([1024, 4096, 65_536, undefined]),
    freezes: random.chance(0.3),
    metricsEveryMs: random.pick([150, 500, 2000]),
  }
}

function drawTime(
  random: SeededRandom,
  kind: TailKind,
  inputs: readonly InputShape[],
): EventTimeShape {
  if (kind !== 'any-window' || !random.chance(0.2)) {
    return { startMs: 1_700_000_000_000, scale: 1, timeZone: undefined }
  }
  const [timeZone, startMs] = random.pick(zones)
  const longestMs = Math.max(...inputs.map(spanMs))
  return { startMs, scale: Math.ceil(zonedSpanMs / longestMs), timeZone }
}

function scaled(input: InputShape, scale: number): InputShape {
  const { stepMs, outOfOrderMs, maxDriftMs } = input
  return {
    ...input,
    stepMs: stepMs * scale,
    outOfOrderMs: outOfOrderMs * scale,
    maxDriftMs: maxDriftMs === undefined ? undefined : maxDriftMs * scale,
  }
}

function drawInputs(random: SeededRandom, kind: TailKind, durationMs: number): InputShape[] {
  const count = random.pick([1, 1, 2, 2, 3])
  const total = 2010 + random.below(300)
  return Array.from({ length: count }, (_, index): InputShape => {
    const inputKind = random.pick(['generator', 'generator', 'memory', 'files', 'files'] as const)
    const orderedByTime = inputKind === 'files' && random.chance(0.4)
    const mayCut = inputKind === 'files' && kind !== 'sessions' && random.chance(0.4)
    const inOrder = kind === 'sessions' || random.chance(0.3)
    const time = random.fork(`time of input ${index}`)
    return {
      name: `input-${index}`,
      kind: inputKind,
      records: Math.ceil(total / count),
      lanes: inputKind === 'memory' ? 1 : 1 + random.below(inputKind === 'files' ? 9 : 5),
      durationMs: durationMs * random.between(0.4, 1),
      batchRecords: random.pick([1, 7, 30, 200]),
      parallelism: kind !== 'sessions' && random.chance(0.15) ? 1 + random.below(4) : undefined,
      stepMs: random.pick([1, 4, 40]),
      outOfOrderMs: inOrder ? 0 : random.pick([5, 100, 1000]),
      tooLateShare: inOrder ? 0 : random.pick([0, 0, 0.01, 0.1]),
      orderedByTime,
      cutBytes: mayCut ? 500 + random.below(8000) : undefined,
      saysWatermarks: time.chance(0.2),
      maxDriftMs: time.chance(0.4) ? time.pick([0, 50, 1000, 20_000]) : undefined,
    }
  })
}

/** `parallelism` where it stays the same. */
function drawStages(
  random: SeededRandom,
  kind: TailKind,
  parallelism: number | undefined,
): StageShape[] {
  const stages = Array.from({ length: random.below(4) }, () => drawStage(random))
  const mayBroadcast = parallelism !== undefined && allowsCopies(kind) && random.chance(0.35)
  if (mayBroadcast) stages[0] = { kind: 'broadcast', copies: parallelism }
  if (kind !== 'sessions') return stages
  // Sessions need the order within a lane.
  return stages.filter((stage) => {
    if (stage.kind === 'rebalance') return false
    return stage.kind !== 'map-async' || (stage.ordered && parallelism !== undefined)
  })
}

function drawStage(random: SeededRandom): StageShape {
  const kind = random.pick([
    'map',
    'filter',
    'flat-map',
    'rebalance',
    'burst',
    'map-async',
  ] as const)
  switch (kind) {
    case 'map':
    case 'rebalance':
      return { kind }
    case 'burst':
      return { kind, every: 200 + random.below(600), records: 200 + random.below(3000) }
    case 'filter':
      return { kind, keepsOutOf: 4 + random.below(20) }
    case 'flat-map':
      return { kind, most: random.pick([1, 2, 3]) }
    case 'map-async': {
      // Enough calls at once for the pace of the sources: else no barrier gets through in time.
      const longestDelayMs = random.pick([0, 3, 20])
      return {
        kind,
        ordered: random.chance(0.5),
        concurrency: Math.max(random.pick([2, 8, 40]), 3 * longestDelayMs),
        longestDelayMs,
        timeoutMs: random.pick([60, 400]),
        retries: random.pick([0, 1, 3]),
      }
    }
  }
}

function drawCheckpoint(random: SeededRandom, durationMs: number): CheckpointShape {
  return {
    everyMs: Math.ceil(durationMs / random.pick([9, 12, 16])),
    minPauseMs: random.pick([0, 1, 10, 30]),
    timeoutMs: random.pick([700, 2000, 10_000]),
    maxConcurrent: random.pick([1, 1, 2]),
    keep: random.pick([1, 1, 2, 3]),
    tolerableFailures: random.pick([0, 1, 3]),
  }
}

function drawSink(random: SeededRandom): SinkShape {
  return {
    rollBytes: random.chance(0.25) ? 200 + random.below(5000) : undefined,
    rollEveryMs: random.chance(0.15) ? 5 + random.below(100) : undefined,
    buckets: random.pick([1, 1, 1, 2, 5]),
    compress: random.chance(0.05) ? random.pick(['gzip', 'zstd'] as const) : undefined,
  }
}
