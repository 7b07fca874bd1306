// What all queries have in common: the source of the events, where results go, and the parameters
// that choose both. A query itself is a function from the stream of events to a stream of results.

import { fileSink } from '@sluice/files'
import { defineJob, generatorSource, type Job, type JobDefinition, json, type Stream } from 'sluice'
import type { Sink, Source } from 'sluice/connector'
import { textParameters } from '../jobs/parameters.ts'
import { probeSink } from '../jobs/probe-sink.ts'
import { type Event, isAuction, isBid, isPerson, type Person } from './generator/event.ts'
import type { Auction, Bid } from './generator/event.ts'
import { type EventOptions, nexmarkEvents } from './generator/nexmark-events.ts'
import { longestDelayMs } from './generator/timeline.ts'

/** A query of Nexmark. */
export type Query = (events: Stream<Event>) => Stream<object>

/** Parameters of a Nexmark job; texts, because that is what a job is given. */
export interface NexmarkParameters {
  /** How many events; without end unless given. */
  readonly EVENTS?: string
  readonly SEED?: string
  /** How many of them fall into a second of event time. */
  readonly EVENTS_PER_SECOND?: string
  /** They arrive shuffled in groups of so many. */
  readonly DISORDER?: string
  /** After so many events nothing happens for PAUSE_MS. */
  readonly PAUSE_EVERY?: string
  readonly PAUSE_MS?: string
  readonly START_MS?: string
  /** How many splits the source has; one for each subtask unless given. */
  readonly SPLITS?: string
  /** How many events are handed over in a second of real time; as many as possible unless given. */
  readonly PACE?: string
  /** The folder of the results; they are counted and thrown away unless given. */
  readonly OUT?: string
}

/** The first day of Nexmark. */
const firstMs = Date.UTC(2015, 6, 15)

/** What the parameters say about the events. */
export function eventOptions(parameters: NexmarkParameters): EventOptions {
  const { SEED = '1', EVENTS_PER_SECOND = '10000', DISORDER = '1', START_MS } = parameters
  const { PAUSE_EVERY = '0', PAUSE_MS = '0' } = parameters
  return {
    seed: Number(SEED),
    timeline: {
      startMs: START_MS === undefined ? firstMs : Number(START_MS),
      eventsPerSecond: Number(EVENTS_PER_SECOND),
      disorderEvents: Number(DISORDER),
      pauseEveryEvents: Number(PAUSE_EVERY),
      pauseMs: Number(PAUSE_MS),
    },
  }
}

/** The events as a source. */
export function nexmarkSource(parameters: NexmarkParameters): Source<Event> {
  const { EVENTS, SPLITS, PACE } = parameters
  const source = generatorSource({
    generate: nexmarkEvents(eventOptions(parameters)),
    ...(EVENTS === undefined ? {} : { count: Number(EVENTS) }),
    ...(SPLITS === undefined ? {} : { splits: Number(SPLITS) }),
    ...(PACE === undefined ? {} : { ratePerSecond: Number(PACE) }),
  })
  return source as unknown as Source<Event>
}

/** The events as a stream with event time. */
export function nexmarkEventStream(
  job: Job,
  parameters: NexmarkParameters,
  source: Source<Event> = nexmarkSource(parameters),
): Stream<Event> {
  const { timeline } = eventOptions(parameters)
  return job.from('events', source, {
    eventTime: (event) => event.dateTime,
    maxOutOfOrderness: `${longestDelayMs(timeline)}ms`,
  })
}

/** Where results go. */
export function nexmarkSink({ OUT }: NexmarkParameters): Sink<object> {
  return OUT === undefined ? probeSink() : fileSink({ path: OUT, value: json() })
}

/** A job that runs one query. */
export function nexmarkJob(name: string, query: Query): JobDefinition {
  return defineJob({
    name: `nexmark-${name}`,
    params: textParameters,
    checkpoint: { every: '1s' },
    graph(job, parameters) {
      query(nexmarkEventStream(job, parameters)).to('results', nexmarkSink(parameters))
    },
  }) as JobDefinition
}

export function people(events: Stream<Event>): Stream<Person> {
  return events.filter(isPerson)
}

export function auctions(events: Stream<Event>): Stream<Auction> {
  return events.filter(isAuction)
}

export function bids(events: Stream<Event>): Stream<Bid> {
  return events.filter(isBid)
}
