import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { buildJob } from '../../src/job/build-job.ts'
import { defineJob, jobDefinitionFrom } from '../../src/job/define-job.ts'
import type { Job } from '../../src/job/job-options.ts'
import { validateParameters } from '../../src/job/validate-parameters.ts'
import { anySink, build, errorOf, ordersOf } from '../stream/small-job.ts'

const graph = (job: Job) => void ordersOf(job).to('sink', anySink())

describe('settings', () => {
  test('have the defaults of the documentation', () => {
    expect(build(graph).settings).toEqual({
      checkpoint: {
        everyMs: 10_000,
        minPauseMs: 500,
        timeoutMs: 600_000,
        maxConcurrent: 1,
        keep: 3,
        tolerableFailures: 0,
        mode: 'exactly-once',
      },
      restart: {
        strategy: 'exponential',
        initialDelayMs: 1_000,
        maxDelayMs: 60_000,
        resetAfterMs: 600_000,
        userErrorRestarts: 3,
      },
      maxParallelism: 128,
      state: { backend: 'heap', incremental: true, memoryBytes: 256 * 2 ** 20 },
    })
  })

  test('follow what is written', () => {
    const { settings } = build(graph, {
      checkpoint: { every: '200ms', keep: 5, storage: '/tmp/x', mode: 'at-least-once' },
      restart: { strategy: 'fixed', delay: '2s', maxAttempts: 4 },
      parallelism: 2,
      maxParallelism: 16,
      memory: { perWorker: '1.5GiB' },
    })
    expect(settings).toMatchObject({
      checkpoint: { everyMs: 200, minPauseMs: 100, keep: 5, storage: '/tmp/x' },
      restart: { strategy: 'fixed', delayMs: 2_000, maxAttempts: 4 },
      parallelism: 2,
      maxParallelism: 16,
      memoryPerWorkerBytes: 1_610_612_736,
    })
    expect(build(graph, { checkpoint: 'off' }).settings.checkpoint).toBe('off')
    expect(build(graph, { restart: { strategy: 'exponential' } }).settings.restart).toEqual({
      strategy: 'exponential',
      initialDelayMs: 1_000,
      maxDelayMs: 60_000,
      resetAfterMs: 600_000,
    })
    expect(build(graph, { restart: { strategy: 'none' } }).settings.restart).toEqual({
      strategy: 'none',
    })
  })

  test('out of range or unknown are refused', () => {
    const wrong = [
      { parallelism: 0 },
      { parallelism: 1.5 },
      { parallelism: 129 },
      { maxParallelism: 40_000 },
      { checkpoint: { every: '0s' } },
      { checkpoint: { keep: 0 } },
      { checkpoint: { mode: 'twice' } },
      { checkpoint: { storage: '' } },
      { checkpoint: { interval: '1s' } },
      { checkpoint: 'on' },
      { restart: { strategy: 'sometimes' } },
      { restart: { strategy: 'fixed', delay: '1s' } },
      { restart: { strategy: 'exponential', initialDelay: '1m', maxDelay: '1s' } },
      { restart: { strategy: 'none', delay: '1s' } },
      { memory: { perWorker: '512' } },
      { memory: { perWorker: '0MiB' } },
      { paralelism: 2 },
    ]
    for (const options of wrong) {
      const error = errorOf(() => build(graph, options as never))
      expect(error, JSON.stringify(options)).toMatchObject({ code: 'SETTING_INVALID' })
    }
  })
})

describe('a job', () => {
  test('needs a source, a sink, and a way to a sink from every step', () => {
    expect(errorOf(() => build(() => {}))).toMatchObject({ message: 'The job has no source.' })
    expect(errorOf(() => build((job) => void ordersOf(job)))).toMatchObject({
      message: 'The job has no sink.',
    })
    const dangling = (job: Job) => {
      const orders = ordersOf(job)
      orders.map(String)
      orders.to('s', anySink())
    }
    expect(errorOf(() => build(dangling))).toMatchObject({
      code: 'JOB_INVALID',
      message: "No sink is reached from 'orders/map1'.",
    })
  })

  test('must not rename to a step that exists, nor two from one', () => {
    const renamed = (first: string, second: string) => (job: Job) => {
      ordersOf(job).to('a', anySink(), { renamedFrom: first }).parallelism(1)
      job
        .from('more', { ...memory, createReader: () => ({}) as never })
        .to('b', anySink(), { renamedFrom: second })
    }
    expect(errorOf(() => build(renamed('b', 'c')))).toMatchObject({ code: 'JOB_INVALID' })
    expect(errorOf(() => build(renamed('c', 'c')))).toMatchObject({ code: 'JOB_INVALID' })
    expect(errorOf(() => build(renamed('c', 'd')))).toBeUndefined()
    const hintOf = (first: string, second: string) => {
      return (errorOf(() => build(renamed(first, second))) as { hint?: string } | undefined)?.hint
    }
    expect(hintOf('b', 'a')).toContain('Give one of the two a third name')
    expect(hintOf('b', 'x')).toContain('once the job has run with the new name')
    expect(hintOf('a', 'x')).toBe('Take it away.')
  })

  const memory = {
    kind: 'm',
    bounded: true,
    ordered: 'none',
    description: {},
    createEnumerator: () => ({}) as never,
  } as const

  test('has no step wider than maxParallelism', () => {
    const wide = (job: Job) => void ordersOf(job).to('s', anySink()).parallelism(17)
    expect(errorOf(() => build(wide, { maxParallelism: 16 }))).toMatchObject({
      code: 'SETTING_INVALID',
    })
  })

  test('says what its graph function threw, and keeps our own errors as they are', () => {
    const broken = () => {
      throw new TypeError('x is not a function')
    }
    expect(errorOf(() => build(broken))).toMatchObject({
      code: 'JOB_BUILD_FAILED',
      message: 'The graph function threw TypeError: x is not a function',
      cause: expect.any(TypeError),
    })
  })

  test('must be built synchronously', () => {
    const waiting = (async (job: Job) => graph(job)) as unknown as typeof graph
    expect(errorOf(() => build(waiting))).toMatchObject({ code: 'JOB_INVALID' })
    const promising = (job: Job) => Promise.resolve(graph(job)) as unknown as undefined
    expect(errorOf(() => build(promising))).toMatchObject({ code: 'JOB_INVALID' })
  })

  test('needs a name and a graph, also without a compiler', () => {
    const nameless = defineJob({ name: 'No Name', graph })
    expect(errorOf(() => buildJob(nameless, {}))).toMatchObject({ code: 'STEP_NAME_INVALID' })
    const empty = defineJob({ name: 'x' } as never)
    expect(errorOf(() => buildJob(empty, {}))).toMatchObject({ code: 'JOB_INVALID' })
  })

  test('is known by its fields, whichever copy of the package made it', () => {
    const definition = defineJob({ name: 'x', graph })
    expect(jobDefinitionFrom(definition, 'job.ts')).toBe(definition)
    expect(jobDefinitionFrom({ ...definition }, 'job.ts')).toEqual(definition)
    for (const other of [undefined, null, 5, {}, { kind: 'sluice-job' }, graph]) {
      expect(errorOf(() => jobDefinitionFrom(other, 'job.ts'))).toMatchObject({
        code: 'JOB_NO_DEFAULT_EXPORT',
        where: { file: 'job.ts' },
      })
    }
    const newer = { ...definition, version: 99 }
    expect(errorOf(() => jobDefinitionFrom(newer, 'job.ts'))).toMatchObject({
      message: expect.stringContaining('99'),
    })
  })
})

describe('parameters', () => {
  const params = z.object({ BROKERS: z.string(), LIMIT: z.coerce.number().default(5) })
  const typed = defineJob({ name: 'typed', params, graph })

  test('are what the schema makes of the raw texts', () => {
    expect(validateParameters(typed, { BROKERS: 'a', LIMIT: '7', OTHER: 'x' })).toEqual({
      BROKERS: 'a',
      LIMIT: 7,
    })
    expect(validateParameters(typed, { BROKERS: 'a', LIMIT: undefined }).LIMIT).toBe(5)
    expect(validateParameters(defineJob({ name: 'x', graph }), { A: 'a' })).toEqual({})
  })

  test('that are unset are not there, rather than there and undefined', () => {
    const all = defineJob({ name: 'x', params: z.record(z.string(), z.string()), graph })
    expect(validateParameters(all, { A: 'a', B: undefined })).toStrictEqual({ A: 'a' })
  })

  test('that are missing or wrong are all listed at once', () => {
    for (const schema of [
      params,
      v.object({ BROKERS: v.string(), LIMIT: v.pipe(v.string(), v.transform(Number), v.number()) }),
    ]) {
      const error = errorOf(() =>
        validateParameters(defineJob({ name: 'x', params: schema, graph }), { LIMIT: 'many' }),
      )
      expect(error).toMatchObject({
        code: 'PARAMETER_INVALID',
        message: expect.stringMatching(/BROKERS[^]*LIMIT/),
      })
    }
  })

  test('are validated synchronously, by a schema', () => {
    const slow = z.object({ A: z.string().refine(async () => false) })
    const waiting = defineJob({ name: 'x', params: slow, graph })
    expect(errorOf(() => validateParameters(waiting, { A: 'a' }))).toMatchObject({
      code: 'SCHEMA_ASYNC',
    })
    const wrong = defineJob({ name: 'x', params: {} as never, graph })
    expect(errorOf(() => validateParameters(wrong, {}))).toMatchObject({ code: 'SETTING_INVALID' })
  })
})
