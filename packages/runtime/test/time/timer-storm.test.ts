// Very many timers for one instant. The job's heart must go on beating: the event loop gets its
// turns, checkpoints complete while timers are left, and what was left fires after a crash.

import { count, defineJob, type Emit, generatorSource, memorySink, tumbling } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { EngineJob } from '../attack/world/engine-job.ts'

const instant = 1_000_000

/** A timer that takes its time. */
function spin(lengthMs: number): void {
  const untilMs = performance.now() + lengthMs
  while (performance.now() < untilMs);
}

/** Checkpoints that do not cost more than the storm. */
const checkpoint = { everyMs: 100 }

/** One timer per key, all for one instant of event time, which the last record brings about. */
function eventStorm(keys: number, fired: (key: number) => void) {
  const out = memorySink<number>()
  const source = generatorSource({
    count: keys + 1,
    splits: 1,
    generate: (index) => ({ key: index, at: index === keys ? instant + 1 : 0 }),
  })
  const definition = defineJob({
    name: 'event-storm',
    graph: (job) => {
      job
        .from('keys', source, { eventTime: (each) => each.at })
        .keyBy((each) => each.key)
        .process('storm', {
          onRecord: ({ key }, { timers }) => {
            if (key < keys) timers.atEventTime(instant)
          },
          onTimer: ({ key }, _, emit: Emit<number>) => {
            fired(key)
            emit(key)
          },
        })
        .to('out', out)
    },
  })
  return { definition, out }
}

/** What the timers send is counted in windows of the same time. */
function countedStorm(keys: number, fired: () => void) {
  const results = memorySink<{ readonly value: { readonly n: number } }>()
  const late = memorySink<number>()
  const source = generatorSource({
    count: keys + 1,
    splits: 1,
    generate: (index) => ({ key: index, at: index === keys ? instant + 1000 : 0 }),
  })
  const definition = defineJob({
    name: 'counted-storm',
    graph: (job) => {
      const windows = job
        .from('keys', source, { eventTime: (each) => each.at })
        .keyBy((each) => each.key)
        .process('storm', {
          onRecord: ({ key }, { timers }) => {
            if (key < keys) timers.atEventTime(instant)
          },
          onTimer: ({ key }, _, emit: Emit<number>) => {
            fired()
            emit(key)
          },
        })
        .keyBy((key) => key % 7)
        .window(tumbling('1s'))
        .aggregate('counts', { n: count() })
      windows.to('out', results)
      windows.late.to('late', late)
    },
  })
  return { definition, results, late }
}

/** Timers that fired between two turns of the event loop. */
class Turns {
  longest = 0
  #current = 0
  #beats = true

  constructor() {
    const beat = (): void => {
      this.longest = Math.max(this.longest, this.#current)
      this.#current = 0
      if (this.#beats) setImmediate(beat)
    }
    beat()
  }

  fired(): void {
    this.#current++
  }

  stop(): number {
    this.#beats = false
    return Math.max(this.longest, this.#current)
  }
}

/** Counts checkpoints that completed while some timers had fired and some had not. */
function midway(job: EngineJob, fired: () => number, all: number): () => number {
  const seen = new Set<number>()
  job.run?.on('checkpoint-completed', () => {
    const now = fired()
    if (now > 0 && now < all) seen.add(now)
  })
  return () => seen.size
}

/**
 * Takes a microsecond or less. A thread writes snapshots for half of its time at most while timers
 * fire, so a storm must last longer than a checkpoint of all its timers for one to end within it.
 */
function microsecond(from: number): number {
  let worked = from
  for (let i = 0; i < 500; i++) worked = Math.imul(worked, 31) + i
  return worked
}

describe('very many timers for one instant', () => {
  it('of event time leave the event loop its turns and let checkpoints through', async () => {
    const many = 1_000_000
    let fired = 0
    const turns = new Turns()
    let worked = 1
    const { definition, out } = eventStorm(many, () => {
      fired++
      turns.fired()
      worked = microsecond(worked)
    })
    const job = new EngineJob(definition)
    const run = job.start(1, { checkpoint })
    const checkpoints = midway(job, () => fired, many)
    expect(await run.done).toMatchObject({ outcome: 'finished' })
    expect(out.records).toHaveLength(many)
    expect(checkpoints(), 'checkpoints in the midst of the storm').toBeGreaterThan(0)
    expect(turns.stop(), 'timers between two turns').toBeLessThan(many / 50)
  }, 60_000)

  it('of the clock let input through as well', async () => {
    const many = 300_000
    const out = memorySink<number>()
    const turns = new Turns()
    let fired = 0
    let records = 0
    let midStorm = 0
    const definition = defineJob({
      name: 'clock-storm',
      graph: (job) => {
        job
          .from('keys', generatorSource({ splits: 1, generate: (index) => index }))
          .keyBy((index) => index % many)
          .process('storm', {
            onRecord: (index, { timers }) => {
              records++
              if (index < many) timers.atProcessingTime(instant)
              else if (fired > 0 && fired < many) midStorm++
            },
            onTimer: () => {
              fired++
              turns.fired()
            },
          })
          .to('out', out)
      },
    })
    let nowMs = 0
    const job = new EngineJob(definition, { now: () => nowMs })
    job.start(1, { checkpoint })
    const checkpoints = midway(job, () => fired, many)
    await job.until(() => records > many, 50_000)
    expect(fired).toBe(0)
    nowMs = instant
    await job.until(() => fired === many, 50_000)
    expect(checkpoints()).toBeGreaterThan(0)
    expect(midStorm, 'records in the midst of the storm').toBeGreaterThan(1000)
    expect(turns.stop()).toBeLessThan(many / 50)
  }, 60_000)
})

it.each([1, 2])('a crash in the midst of a storm fires each timer once, %i subtasks', async (n) => {
  const keys = 20_000
  let fired = 0
  const { definition, out } = eventStorm(keys, () => {
    fired++
    spin(0.05)
  })
  const job = new EngineJob(definition)
  const run = job.start(n)
  const checkpoints = midway(job, () => fired, keys)
  await job.until(() => checkpoints() >= 2)
  job.killWorker()
  expect(fired).toBeLessThan(keys)
  expect(await run.done).toMatchObject({ outcome: 'finished', restarts: 1 })
  expect(out.records).toHaveLength(keys)
  expect(new Set(out.records).size).toBe(keys)
})

it('what hangs below hears of it when all timers have fired, also after a crash', async () => {
  const keys = 20_000
  let fired = 0
  const { definition, results, late } = countedStorm(keys, () => {
    fired++
    spin(0.05)
  })
  const job = new EngineJob(definition)
  const run = job.start(1)
  const checkpoints = midway(job, () => fired, keys)
  await job.until(() => checkpoints() >= 2)
  job.killWorker()
  expect(await run.done).toMatchObject({ outcome: 'finished', restarts: 1 })
  expect(late.records).toEqual([])
  expect(results.records.reduce((sum, { value: { n } }) => sum + n, 0)).toBe(keys)
})

it('slow timers do not make a slice longer', async () => {
  const keys = 400
  const turns = new Turns()
  const { definition } = eventStorm(keys, () => {
    spin(1)
    turns.fired()
  })
  const job = new EngineJob(definition)
  await job.start(1).done
  expect(turns.stop()).toBeLessThan(50)
})
