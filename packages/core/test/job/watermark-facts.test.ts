// What a job says of the event time of a source, as facts of the graph.

import { expect, test } from 'vitest'
import { memorySource } from '../../src/builtin/memory-source.ts'
import type { EventTimeOptions, Job } from '../../src/job/job-options.ts'
import { anySink, build, errorOf } from '../stream/small-job.ts'

interface Click {
  readonly at: number
}

function graphWith(options: EventTimeOptions<Click>) {
  return (job: Job) =>
    void job.from('clicks', memorySource<Click>([]), options).to('out', anySink())
}

function factsOf(options: EventTimeOptions<Click>) {
  return build(graphWith(options)).graph.steps[0]?.source?.watermarks
}

const eventTime = (click: Click) => click.at

test('event times that only rise need no more said', () => {
  expect(factsOf({ eventTime })).toEqual({ maxOutOfOrdernessMs: 0, idleAfterMs: 30_000 })
})

test('a function that says watermarks takes the place of the bound', () => {
  const options = { eventTime, watermark: (_: Click, time: number) => time, idleAfter: 'never' }
  expect(factsOf(options as EventTimeOptions<Click>)).toEqual({})
  expect(factsOf({ watermark: () => undefined })).toEqual({ idleAfterMs: 30_000 })
})

test('a bound and a function that says watermarks exclude each other', () => {
  const options = { eventTime, watermark: () => 1, maxOutOfOrderness: '1s' } as const
  const error = errorOf(() => build(graphWith(options)))
  expect(error).toMatchObject({ code: 'SETTING_INVALID', where: { step: 'clicks' } })
})

test('a split is not silent at once', () => {
  const options = { eventTime, idleAfter: '0s' } as const
  const error = errorOf(() => build(graphWith(options)))
  expect(error).toMatchObject({ code: 'SETTING_INVALID', where: { step: 'clicks' } })
})

test('what is no function says no watermarks', () => {
  const options = { eventTime, watermark: 5 as never }
  expect(errorOf(() => build(graphWith(options)))).toMatchObject({ code: 'JOB_INVALID' })
})

test('sources are aligned by themselves or in a group', () => {
  expect(factsOf({ eventTime, alignment: { maxDrift: '10s' } })?.alignment).toEqual({
    maxDriftMs: 10_000,
  })
  expect(factsOf({ eventTime, alignment: { maxDrift: '0ms', group: 'bids' } })?.alignment).toEqual({
    maxDriftMs: 0,
    group: 'bids',
  })
})

test('an alignment needs event time, a duration and a name', () => {
  const wrong = [
    { alignment: { maxDrift: '10s' } },
    { eventTime, alignment: { maxDrift: '10 seconds' } },
    { eventTime, alignment: { maxDrift: '10s', group: 'Bids' } },
  ].map((options) => errorOf(() => build(graphWith(options as EventTimeOptions<Click>))))
  expect(wrong).toMatchObject([
    { code: 'SETTING_INVALID' },
    { code: 'DURATION_INVALID' },
    { code: 'STEP_NAME_INVALID' },
  ])
})
