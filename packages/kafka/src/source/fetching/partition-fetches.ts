// Fetches for the partitions of one reader. One fetch is under way per broker, for all partitions
// there that have room: a partition without room is left out, which is the backpressure. What goes
// wrong with one partition holds up that partition alone.

import { type Counter, type SubtaskContext, SluiceError } from '@sluice/core/connector'
import { BrokerRefusal, remedyFor, requestFailure } from '../../cluster/broker-refusal.ts'
import type { FetchClient } from './fetch-client.ts'
import type { ResponseOf } from '../../wire/codec/define-api.ts'
import type { fetch } from '../../wire/message/fetch.ts'
import { type FetchTrouble, troubleOf } from './fetch-trouble.ts'
import { partitionText } from '../partition/kafka-split.ts'
import type { PartitionReading } from '../partition/partition-reading.ts'
import { logTruncated, offsetOutOfRange, topicGone, topicMadeAnew } from '../source-errors.ts'

/** What becomes of a partition whose next record is not there any more. */
export type OnOffsetLost = 'fail' | 'earliest' | 'latest'

export interface PartitionFetchesOptions {
  readonly client: FetchClient
  readonly committedOnly: boolean
  readonly onOffsetLost: OnOffsetLost
  /** How long a broker may wait for `minBytes` to be there. */
  readonly maxWaitMs: number
  readonly minBytes: number
  /** Largest answer. */
  readonly maxBytes: number
  readonly rack: string
  /** Called when something has come, or reading has failed. */
  readonly arrived: () => void
}

type AnyReading = PartitionReading<unknown>
type PartitionAnswer = ResponseOf<typeof fetch>['responses'][number]['partitions'][number]

/** A partition and what is the matter with it. */
interface Entry {
  readonly reading: AnyReading
  busy: boolean
  /** Failures in a row. */
  failures: number
  /** No fetch before this, by the clock that never goes back. */
  notBeforeMs: number
  /** Since when the brokers have not known the topic. */
  unknownSinceMs: number | undefined
  /** A follower that is nearer, as the leader has said. */
  replica: number | undefined
}

/** While a partition has no room the others of its broker do not wait for long. */
const crowdedWaitMs = 20
const firstPauseMs = 50
const longestPauseMs = 2_000
/** A topic that is unknown for so long is not just being made known. */
const unknownTopicMs = 15_000
const slowWarningMs = 10_000

export class PartitionFetches {
  readonly #context: SubtaskContext
  readonly #options: PartitionFetchesOptions
  readonly #entries = new Map<AnyReading, Entry>()
  /** Brokers with a fetch under way. */
  readonly #busy = new Set<number>()
  #refreshing = false
  #cancelTimer: (() => void) | undefined
  #wakesAtMs = Number.POSITIVE_INFINITY
  #failure: SluiceError | undefined
  #closed = false
  #awaySinceMs: number | undefined
  #warnedAtMs = Number.NEGATIVE_INFINITY
  readonly #bytesRead: Counter

  constructor(context: SubtaskContext, options: PartitionFetchesOptions) {
    this.#context = context
    this.#options = options
    this.#bytesRead = context.metrics.counter('bytes-read')
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  add(reading: AnyReading): void {
    this.#entries.set(reading, {
      reading,
      busy: false,
      failures: 0,
      notBeforeMs: Number.NEGATIVE_INFINITY,
      unknownSinceMs: undefined,
      replica: undefined,
    })
    this.schedule()
  }

  remove(reading: AnyReading): void {
    this.#entries.delete(reading)
  }

  /** Fetches what there is room for, as far as brokers are not busy with a fetch of ours. */
  schedule(): void {
    if (this.#closed || this.failed) return
    const nowMs = this.#nowMs()
    const byNode = new Map<number, Entry[]>()
    let crowded: Set<number> | undefined
    let nextMs = Number.POSITIVE_INFINITY
    let lacksLeader = false
    for (const entry of this.#entries.values()) {
      if (entry.busy) continue
      if (entry.notBeforeMs > nowMs) {
        nextMs = Math.min(nextMs, entry.notBeforeMs)
        continue
      }
      const node = entry.replica ?? this.#options.client.leaderOf(entry.reading.split)?.node
      if (node === undefined) {
        lacksLeader = true
        continue
      }
      if (this.#busy.has(node)) continue
      if (!entry.reading.wantsFetch) {
        crowded ??= new Set()
        crowded.add(node)
        continue
      }
      const entries = byNode.get(node)
      if (entries === undefined) byNode.set(node, [entry])
      else entries.push(entry)
    }
    for (const [node, entries] of byNode) {
      void this.#fetch(node, entries, crowded?.has(node) === true)
    }
    if (lacksLeader) void this.#refresh()
    this.#wakeAt(nextMs)
  }

  close(): void {
    this.#closed = true
    this.#cancelTimer?.()
    this.#options.client.close()
  }

  async #fetch(node: number, entries: readonly Entry[], crowded: boolean): Promise<void> {
    this.#busy.add(node)
    for (const entry of entries) entry.busy = true
    try {
      const { client, maxWaitMs } = this.#options
      const answer = await client.fetch(
        node,
        this.#request(entries, crowded ? crowdedWaitMs : maxWaitMs),
      )
      if (this.#closed) return
      if (answer.errorCode !== 0) throw new BrokerRefusal('Fetching', answer.errorCode)
      this.#awaySinceMs = undefined
      await this.#take(entries, answer.responses)
    } catch (error) {
      this.#fetchFailed(entries, error)
    } finally {
      this.#busy.delete(node)
      for (const entry of entries) entry.busy = false
    }
    this.#options.arrived()
    this.schedule()
  }

  #request(entries: readonly Entry[], maxWaitMs: number) {
    const { committedOnly, minBytes, maxBytes, rack, client } = this.#options
    const byTopic = Map.groupBy(entries, ({ reading }) => reading.split.topicId)
    return {
      maxWaitMs,
      minBytes,
      maxBytes,
      isolationLevel: committedOnly ? 1 : 0,
      rackId: rack,
      topics: [...byTopic].map(([topicId, own]) => ({
        topicId,
        partitions: own.map(({ reading }) => ({
          partition: reading.split.partition,
          currentLeaderEpoch: client.leaderOf(reading.split)?.epoch ?? -1,
          fetchOffset: reading.fetchOffset,
          // With it the broker notices that its log was cut below what was read.
          lastFetchedEpoch: reading.fetchEpoch,
          partitionMaxBytes: reading.fetchBytes,
        })),
      })),
    }
  }

  async #take(
    entries: readonly Entry[],
    responses: ResponseOf<typeof fetch>['responses'],
  ): Promise<void> {
    const answers = new Map<string, PartitionAnswer>()
    let sizeBytes = 0
    for (const { topicId, partitions } of responses) {
      for (const answer of partitions) {
        answers.set(`${topicId}/${answer.partitionIndex}`, answer)
        sizeBytes += answer.records?.length ?? 0
      }
    }
    for (const entry of entries) {
      const answer = answers.get(entry.reading.split.id)
      // Without an answer nothing is known: it is asked again.
      if (answer !== undefined) await this.#takeOne(entry, answer, sizeBytes)
    }
  }

  async #takeOne(entry: Entry, answer: PartitionAnswer, responseBytes: number): Promise<void> {
    const { reading } = entry
    const trouble = troubleOf(answer.errorCode)
    if (trouble !== undefined) return await this.#meet(entry, trouble, answer.errorCode)
    if (answer.divergingEpoch !== undefined && answer.divergingEpoch.endOffset >= 0) {
      return await this.#truncated(entry, answer.divergingEpoch.endOffset)
    }
    entry.failures = 0
    entry.unknownSinceMs = undefined
    entry.replica = answer.preferredReadReplica >= 0 ? answer.preferredReadReplica : entry.replica
    const records = answer.records ?? new Uint8Array()
    reading.arrived({
      // A small part of a large answer is copied, so that it does not keep all of it in memory.
      bytes: records.length * 2 < responseBytes ? records.slice() : records,
      aborted: answer.abortedTransactions ?? [],
      highWatermark: answer.highWatermark,
      lastStableOffset:
        answer.lastStableOffset < 0 ? answer.highWatermark : answer.lastStableOffset,
    })
    this.#bytesRead.add(records.length)
  }

  async #meet(entry: Entry, trouble: FetchTrouble, errorCode: number): Promise<void> {
    entry.replica = undefined
    switch (trouble) {
      case 'moved':
        this.#pause(entry)
        return await this.#refresh()
      case 'busy':
        return this.#pause(entry)
      case 'unknown-topic':
        return await this.#unknownTopic(entry)
      case 'out-of-range':
        return await this.#outOfRange(entry)
      case 'forbidden':
      case 'broken':
        throw this.#options.client.errorOf(errorCode, entry.reading.split)
    }
  }

  /** Nobody leads a topic that is gone, so no fetch would ever say so. */
  async #checkTopic(entry: Entry): Promise<void> {
    const isLed = this.#options.client.leaderOf(entry.reading.split) !== undefined
    if (!isLed) await this.#unknownTopic(entry)
  }

  async #unknownTopic(entry: Entry): Promise<void> {
    const { split } = entry.reading
    const nowMs = this.#nowMs()
    entry.unknownSinceMs ??= nowMs
    this.#pause(entry)
    const now = await this.#options.client.topicIdOf(split.topic)
    if (now === split.topicId) entry.unknownSinceMs = undefined
    else if (now !== undefined) throw topicMadeAnew(split)
    else if (nowMs - entry.unknownSinceMs > unknownTopicMs) {
      throw topicGone(split.topic)
    }
  }

  async #outOfRange(entry: Entry): Promise<void> {
    const { reading } = entry
    const { client, onOffsetLost } = this.#options
    const { earliest, latest } = await client.ends(reading.split)
    const wanted = reading.fetchOffset
    // The answer came from a broker that lagged behind.
    if (wanted >= earliest && wanted <= latest) return this.#pause(entry)
    const error = offsetOutOfRange(reading.split, wanted, earliest, latest)
    if (onOffsetLost === 'fail') throw error
    this.#skip(entry, onOffsetLost === 'earliest' ? earliest : latest, error)
  }

  async #truncated(entry: Entry, endOffset: number): Promise<void> {
    const { reading } = entry
    const { client, onOffsetLost } = this.#options
    const error = logTruncated(reading.split, reading.fetchOffset, endOffset)
    if (onOffsetLost === 'fail') throw error
    const { latest } = await client.ends(reading.split)
    this.#skip(entry, onOffsetLost === 'earliest' ? Math.min(endOffset, latest) : latest, error)
  }

  #skip({ reading }: Entry, offset: number, error: SluiceError): void {
    this.#context.log.warn(`${error.message} It is read on from offset ${offset}.`, {
      step: this.#context.step,
      partition: partitionText(reading.split),
    })
    reading.skipTo(offset)
  }

  #fetchFailed(entries: readonly Entry[], error: unknown): void {
    if (this.#closed) return
    if (remedyFor(error, true) === 'give-up') return this.#fail(requestFailure('Fetching', error))
    for (const entry of entries) this.#pause(entry)
    const nowMs = this.#nowMs()
    this.#awaySinceMs ??= nowMs
    if (nowMs - this.#awaySinceMs >= slowWarningMs && nowMs - this.#warnedAtMs >= slowWarningMs) {
      this.#warnedAtMs = nowMs
      const seconds = Math.round((nowMs - this.#awaySinceMs) / 1000)
      const reason = error instanceof Error ? error.message : String(error)
      const { step } = this.#context
      const message = `Kafka has not answered source '${step}' for ${seconds} s: ${reason}`
      this.#context.log.warn(message, { step: this.#context.step })
    }
    void this.#refresh()
  }

  async #refresh(): Promise<void> {
    if (this.#refreshing || this.#closed) return
    this.#refreshing = true
    try {
      await this.#options.client.refreshLeaders()
      for (const entry of this.#entries.values()) await this.#checkTopic(entry)
    } catch (error) {
      if (remedyFor(error, true) === 'give-up') this.#fail(requestFailure('Finding leaders', error))
    } finally {
      this.#refreshing = false
    }
    // Not at once: a cluster in motion would be asked without end.
    this.#wakeAt(this.#nowMs() + firstPauseMs)
  }

  #pause(entry: Entry): void {
    const pauseMs = Math.min(firstPauseMs * 2 ** entry.failures, longestPauseMs)
    entry.failures += 1
    entry.notBeforeMs = this.#nowMs() + pauseMs * (0.5 + this.#context.random.fraction() / 2)
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakesAtMs || this.#closed) return
    this.#cancelTimer?.()
    this.#wakesAtMs = atMs
    const delayMs = Math.max(1, Math.ceil(atMs - this.#nowMs()))
    this.#cancelTimer = this.#context.timers.after(delayMs, () => {
      this.#wakesAtMs = Number.POSITIVE_INFINITY
      this.schedule()
    })
  }

  #fail(error: SluiceError): void {
    if (this.#closed) return
    this.#failure ??= error.at({ step: this.#context.step })
    this.#options.arrived()
  }

  #nowMs(): number {
    return this.#context.clock.monotonic()
  }
}
