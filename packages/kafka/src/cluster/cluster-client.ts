// A client of a cluster: knows who leads and who coordinates, looks again when that has moved, and
// makes a request again, for as long as its deadline allows, where the answer says that this helps.
// What has to go to a certain broker once and no second time goes over a session of its own.

import { type ConnectorContext, SluiceError } from '@sluice/core/connector'
import type { Api } from '../wire/codec/define-api.ts'
import type { BrokerSession, SendOptions } from '../wire/connection/broker-session.ts'
import type { WireContext } from '../wire/connection/connect-broker.ts'
import { findCoordinator } from '../wire/message/find-coordinator.ts'
import { metadata } from '../wire/message/metadata.ts'
import { pauseAfter } from './backoff.ts'
import { type BrokerAddress, brokerAddresses } from './broker-addresses.ts'
import { anySession } from './broker-choice.ts'
import { BrokerRefusal, remedyFor, requestFailure } from './broker-refusal.ts'
import {
  type ClusterMap,
  emptyMap,
  type LeaderNews,
  placeOf,
  type TopicPlace,
  withAnswer,
  withNews,
} from './cluster-map.ts'
import { type ClusterOptions, defaultDeadlineMs, wireOptionsOf } from './cluster-options.ts'
import { SessionPool } from './session-pool.ts'

export type ClusterContext = WireContext & Pick<ConnectorContext, 'log'>

/** Which broker a request is for. */
export type Target =
  | { readonly kind: 'any' }
  | { readonly kind: 'broker'; readonly nodeId: number }
  | { readonly kind: 'leader'; readonly topicId: string; readonly partition: number }
  | { readonly kind: 'transaction' | 'group'; readonly id: string }

/** How a request is made, and made again. */
export interface AskOptions<Response> extends SendOptions {
  /** For messages: `Finding offsets of 'orders'`. */
  readonly what: string
  /** The error code of an answer that decides whether it is asked again; 0 for none. */
  readonly codeOf: (response: Response) => number
  /** Requests of one purpose wait for each other, others do not; `control` unless set. */
  readonly purpose?: string
  /**
   * False where carrying it out twice does harm: then it is made again only if it is certain that
   * it was not carried out.
   */
  readonly repeatable?: boolean
  readonly deadlineMs?: number
  /** Longest wait for one connection, where that is shorter than the client's own limit. */
  readonly connectTimeoutMs?: number
}

const coordinatorTypes = { group: 0, transaction: 1 } as const
const leaderNotAvailable = 5
const brokerNotAvailable = 8
const unknownTopicId = 100
const unknownTopic = 3
const control = 'control'
/** An election takes a moment; whoever waits for longer is told for what. */
const attemptsInSilence = 5
const longestSilenceMs = 2_000

export class ClusterClient {
  readonly #context: ClusterContext
  readonly #seeds: readonly BrokerAddress[]
  readonly #deadlineMs: number
  readonly #pool: SessionPool
  readonly #coordinators = new Map<string, BrokerAddress>()
  #map = emptyMap
  /** Leaders have moved since the map was made. */
  #outOfDate = false
  #refreshing: Promise<void> | undefined
  #closed = false

  /** Connects when something is asked. Throws SETTING_INVALID for addresses that are none. */
  constructor(context: ClusterContext, options: ClusterOptions) {
    this.#context = context
    this.#seeds = brokerAddresses(options.brokers)
    this.#deadlineMs = options.deadlineMs ?? defaultDeadlineMs
    this.#pool = new SessionPool(context, wireOptionsOf(options))
  }

  /** What is known now. */
  get map(): ClusterMap {
    return this.#map
  }

  /**
   * Asks, and asks again until the deadline where that may help. Rejects with a `SluiceError`;
   * where a broker refused, its cause is a `BrokerRefusal`.
   */
  ask<RequestIn, Response>(
    target: Target,
    api: Api<RequestIn, unknown, never, Response>,
    request: RequestIn,
    options: AskOptions<Response>,
  ): Promise<Response> {
    const { what, codeOf, purpose = control, connectTimeoutMs } = options
    return this.#attempts(target, options, async () => {
      const session = await this.session(target, purpose, connectTimeoutMs)
      const response = await session.send(api, request, options)
      const code = codeOf(response)
      if (code !== 0) throw new BrokerRefusal(what, code)
      return response
    })
  }

  /**
   * The connection to a broker for one purpose, in one attempt. Rejects with a `SluiceError` or,
   * where nobody leads or coordinates at the moment, with a `BrokerRefusal`.
   */
  async session(
    target: Target,
    purpose: string,
    connectTimeoutMs?: number,
  ): Promise<BrokerSession> {
    if (target.kind === 'any') return await this.#anySession(purpose, connectTimeoutMs)
    const address = await this.#addressOf(target, connectTimeoutMs)
    return await this.#pool.session(address, purpose, connectTimeoutMs)
  }

  /** Asks for topics by name; those that are not there are left out. */
  async topics(names: readonly string[]): Promise<ReadonlyMap<string, TopicPlace>> {
    await this.#describe(names.map((name) => ({ name })))
    const found = names.map((name) => this.#map.topics.get(name))
    const known = found.filter((topic) => topic !== undefined)
    return new Map(known.map((topic) => [topic.topic, topic]))
  }

  /** All topics that we may know of, without those that Kafka keeps for itself. */
  async allTopics(): Promise<readonly TopicPlace[]> {
    const named = await this.#describe(null)
    const found = named.map((name) => this.#map.topics.get(name))
    return found.filter((topic) => topic !== undefined && !topic.internal) as TopicPlace[]
  }

  /** The map is looked up again before it is used again: a leader has moved, a broker is gone. */
  suspect(): void {
    this.#outOfDate = true
  }

  /** Takes over what an answer of Produce or Fetch said about a leader. */
  learn(news: LeaderNews): void {
    this.#map = withNews(this.#map, news)
  }

  /** What is open fails. */
  close(): void {
    this.#closed = true
    this.#pool.close()
  }

  async #attempts<Result>(
    target: Target,
    { what, repeatable = true, deadlineMs = this.#deadlineMs }: Omit<AskOptions<never>, 'codeOf'>,
    attempt: () => Promise<Result>,
  ): Promise<Result> {
    const { clock, timers, random, log } = this.#context
    const beganMs = clock.monotonic()
    let isTold = false
    for (let count = 1; ; count++) {
      try {
        return await attempt()
      } catch (error) {
        const remedy = remedyFor(error, repeatable)
        if (remedy === 'give-up' || this.#closed) throw requestFailure(what, error)
        const pauseMs = pauseAfter(count, random)
        const passedMs = clock.monotonic() - beganMs
        if (passedMs + pauseMs > deadlineMs) throw requestFailure(what, error, passedMs)
        if (remedy === 'refresh') this.#suspect(target)
        const text = `${what} is tried for up to ${deadlineMs / 1000} s: ${toldReason(error)}`
        const lasts = count >= attemptsInSilence || passedMs >= longestSilenceMs
        if (lasts && !isTold) log.warn(text)
        else if (count === 1) log.debug(text)
        isTold ||= lasts
        await timers.sleep(pauseMs)
      }
    }
  }

  #suspect(target: Target): void {
    this.#outOfDate = true
    if (target.kind === 'group' || target.kind === 'transaction') {
      this.#coordinators.delete(`${target.kind} ${target.id}`)
    }
  }

  async #addressOf(
    target: Exclude<Target, { readonly kind: 'any' }>,
    connectTimeoutMs: number | undefined,
  ): Promise<BrokerAddress> {
    switch (target.kind) {
      case 'broker':
        return await this.#broker(target.nodeId)
      case 'leader':
        return await this.#broker(await this.#leader(target.topicId, target.partition))
      case 'group':
      case 'transaction':
        return await this.#coordinator(target.kind, target.id, connectTimeoutMs)
    }
  }

  #anySession(purpose: string, connectTimeoutMs?: number): Promise<BrokerSession> {
    const known = [...this.#map.brokers.values()]
    const seeds = this.#seeds.filter(
      (seed) => !known.some(({ host, port }) => host === seed.host && port === seed.port),
    )
    // Those that the cluster named itself count first; if all of them are gone, it may have moved.
    const among = (addresses: readonly BrokerAddress[]): Promise<BrokerSession> =>
      anySession(this.#pool, addresses, this.#context.random, { purpose, connectTimeoutMs })
    if (known.length === 0) return among(seeds)
    return among(known).catch((error: unknown) => {
      const isGone = error instanceof SluiceError && error.code === 'KAFKA_UNREACHABLE'
      if (!isGone || seeds.length === 0) throw error
      return among(seeds)
    })
  }

  async #broker(nodeId: number): Promise<BrokerAddress> {
    if (this.#outOfDate || !this.#map.brokers.has(nodeId)) await this.#refresh()
    const broker = this.#map.brokers.get(nodeId)
    if (broker === undefined) throw new BrokerRefusal(`Broker ${nodeId}`, brokerNotAvailable)
    return broker
  }

  async #leader(topicId: string, partition: number): Promise<number> {
    if (this.#outOfDate || placeOf(this.#map, topicId, partition) === undefined) {
      await this.#refresh()
    }
    const place = placeOf(this.#map, topicId, partition)
    const what = `The leader of partition ${partition} of topic ${topicId}`
    if (place === undefined) throw new BrokerRefusal(what, unknownTopicId)
    if (place.leader < 0) throw new BrokerRefusal(what, leaderNotAvailable)
    return place.leader
  }

  async #coordinator(
    kind: 'group' | 'transaction',
    id: string,
    connectTimeoutMs: number | undefined,
  ): Promise<BrokerAddress> {
    const key = `${kind} ${id}`
    const known = this.#coordinators.get(key)
    if (known !== undefined) return known
    const session = await this.#anySession(control, connectTimeoutMs)
    const { coordinators } = await session.send(findCoordinator, {
      keyType: coordinatorTypes[kind],
      coordinatorKeys: [id],
    })
    const what = `Finding the coordinator of ${kind} '${id}'`
    const [found] = coordinators
    if (found === undefined) throw new BrokerRefusal(what, brokerNotAvailable)
    if (found.errorCode !== 0) throw new BrokerRefusal(what, found.errorCode)
    const address = { host: found.host, port: found.port }
    this.#coordinators.set(key, address)
    return address
  }

  /** One request for all that wait for it, for every topic that is known. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#lookAgain().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #lookAgain(): Promise<void> {
    // Doubts that arise while the answer is on its way are about what it says.
    this.#outOfDate = false
    try {
      const session = await this.#anySession(control)
      const topics = [...this.#map.topics.keys()].map((name) => ({ name }))
      this.#take(await session.send(metadata, { topics }))
    } catch (error) {
      this.#outOfDate = true
      throw error
    }
  }

  /** The names that the answer has. */
  async #describe(topics: readonly { readonly name: string }[] | null): Promise<string[]> {
    const target = { kind: 'any' } as const
    const what = topics === null ? 'Listing the topics' : `Describing ${namesOf(topics)}`
    const answer = await this.ask(
      target,
      metadata,
      { topics },
      {
        what,
        codeOf: (response) =>
          response.topics.map(({ errorCode }) => errorCode).find(isTroubling) ?? 0,
      },
    )
    this.#take(answer)
    return answer.topics.flatMap(({ name }) => (name === null ? [] : [name]))
  }

  #take(answer: Parameters<typeof withAnswer>[1]): void {
    const before = this.#map.clusterId
    if (before !== null && answer.clusterId !== null && answer.clusterId !== before) {
      throw new SluiceError(
        'KAFKA_REQUEST_FAILED',
        `The brokers belong to another cluster by now: ${answer.clusterId}, not ${before}.`,
        { hint: 'The addresses lead to two clusters, or the cluster was made anew.' },
      )
    }
    this.#map = withAnswer(this.#map, answer)
  }
}

/** That a topic is not there is an answer. */
function isTroubling(code: number): boolean {
  return code !== 0 && code !== unknownTopic
}

function namesOf(topics: readonly { readonly name: string }[]): string {
  const names = topics.slice(0, 5).map(({ name }) => `'${name}'`)
  return topics.length > names.length
    ? `${names.join(', ')} and ${topics.length - names.length} more topics`
    : `topics ${names.join(', ')}`
}

/** With what may help: whoever waits should not have to wait for that as well. */
function toldReason(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error)
  const hint = error instanceof SluiceError ? error.hint : undefined
  return hint === undefined ? reason : `${reason} ${hint}`
}
