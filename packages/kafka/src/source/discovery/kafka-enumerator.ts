// The enumerator of the Kafka source: finds partitions, says where each begins and, for bounded
// reading, where it ends, and deals them out by a rule that is the same after a restart. A
// partition is in its state in the same turn in which it is given to a reader, so a checkpoint
// knows it from exactly one of them. Ends are fixed when a job starts for the first time.

import { type EnumeratorContext, SluiceError, type SplitEnumerator } from '@sluice/core/connector'
import type { KafkaSplit, TopicPartition } from '../partition/kafka-split.ts'
import type { PartitionDirectory, TopicFacts } from './partition-directory.ts'
import { newSplits, type ReadingRange } from './reading-range.ts'
import { checkPresent, selectedTopics, selects, type TopicSelection } from './topic-selection.ts'
import { topicGone, topicMadeAnew } from '../source-errors.ts'

export interface KafkaEnumeratorOptions {
  readonly selection: TopicSelection
  readonly range: ReadingRange
  /** Undefined: new partitions are not looked for. */
  readonly discoverEveryMs: number | undefined
  readonly openDirectory: () => PartitionDirectory
}

interface EnumeratorState {
  readonly version: 1
  /** All that were ever found, with as many partitions as were dealt out. */
  readonly topics: readonly TopicFacts[]
}

/** A topic that so many looks in a row do not find is gone: one may ask a broker that lags. */
const looksUntilGone = 3

export class KafkaEnumerator implements SplitEnumerator {
  readonly #context: EnumeratorContext<KafkaSplit>
  readonly #options: KafkaEnumeratorOptions
  readonly #directory: PartitionDirectory
  readonly #restored: boolean
  readonly #known = new Map<string, TopicFacts>()
  /** By name: looks in a row that have not found it. */
  readonly #absent = new Map<string, number>()
  #cancelLook: (() => void) | undefined
  #closed = false

  constructor(
    context: EnumeratorContext<KafkaSplit>,
    options: KafkaEnumeratorOptions,
    restored: unknown,
  ) {
    this.#context = context
    this.#options = options
    this.#directory = options.openDirectory()
    this.#restored = restored !== undefined
    const { topics = [] } = (restored ?? {}) as Partial<EnumeratorState>
    for (const facts of topics) this.#known.set(facts.topic, facts)
  }

  async start(): Promise<void> {
    const { range } = this.#options
    const bounded = range.stopAt !== undefined
    if (!this.#restored || !bounded) await this.#look(true)
    this.#context.setPending(false)
    if (bounded) {
      const { parallelism } = this.#context
      for (let subtask = 0; subtask < parallelism; subtask++) this.#context.noMoreSplits(subtask)
    } else {
      this.#planLook()
    }
  }

  /** Partitions are not dealt out on request: each has its reader. */
  request(): void {}

  snapshot(): EnumeratorState {
    return { version: 1, topics: [...this.#known.values()] }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelLook?.()
    this.#directory.close()
  }

  async #look(first: boolean): Promise<void> {
    const { selection, range } = this.#options
    const found = await selectedTopics(this.#directory, selection)
    if (this.#closed) return
    if (first && !this.#restored) checkPresent(selection, found)
    this.#checkKnown(found)
    const fresh = found.flatMap((facts) => this.#newPartitionsOf(facts))
    if (fresh.length > 0) {
      const splits = await newSplits(this.#directory, range, fresh)
      if (this.#closed) return
      for (const facts of found) this.#known.set(facts.topic, facts)
      this.#deal(splits)
    }
    if (first && !this.#restored && fresh.length === 0) {
      this.#context.log.warn('The Kafka source has found no partition to read.')
    }
  }

  /**
   * Partitions that were not known. All records of one that came after the job began are younger
   * than the job, so it is read from its beginning; a topic that was added to the job's options
   * begins where the options say.
   */
  #newPartitionsOf(facts: TopicFacts): (TopicPartition & { readonly grown: boolean })[] {
    const { selection } = this.#options
    const known = this.#known.get(facts.topic)
    const isAdded = known === undefined && !(selection.topics instanceof RegExp)
    const grown = this.#known.size > 0 && !isAdded
    const { topic, topicId, partitions } = facts
    const fresh = []
    for (let partition = known?.partitions ?? 0; partition < partitions; partition++) {
      if (selects(selection, { topic, partition })) {
        fresh.push({ topic, topicId, partition, grown })
      }
    }
    return fresh
  }

  #deal(splits: readonly KafkaSplit[]): void {
    const { parallelism } = this.#context
    const bySubtask = Map.groupBy(splits, (split) => subtaskOf(split, parallelism))
    for (const [subtask, own] of bySubtask) this.#context.assign(subtask, own)
    const ends = splits.every(({ stopAt }) => stopAt !== undefined)
    if (!ends) return
    this.#context.setTotal(
      splits.reduce((sum, { offset, stopAt = offset }) => sum + stopAt - offset, 0),
    )
  }

  #checkKnown(found: readonly TopicFacts[]): void {
    for (const known of this.#known.values()) {
      if (!this.#isSelected(known.topic)) continue
      const now = found.find(({ topic }) => topic === known.topic)
      if (now !== undefined && now.topicId !== known.topicId) throw topicMadeAnew(known)
      const absent = now === undefined ? (this.#absent.get(known.topic) ?? 0) + 1 : 0
      this.#absent.set(known.topic, absent)
      if (absent >= looksUntilGone) throw topicGone(known.topic)
    }
  }

  /** A topic that was taken out of the job's options is no business of this job any more. */
  #isSelected(topic: string): boolean {
    const { topics } = this.#options.selection
    return topics instanceof RegExp ? true : topics.includes(topic)
  }

  #planLook(): void {
    const { discoverEveryMs } = this.#options
    if (discoverEveryMs === undefined || this.#closed) return
    this.#cancelLook = this.#context.timers.after(discoverEveryMs, () => {
      this.#look(false).then(
        () => this.#planLook(),
        (error: unknown) => this.#lookFailed(error),
      )
    })
  }

  /** A cluster that is away for a moment is asked again; the readers say when it is away longer. */
  #lookFailed(error: unknown): void {
    if (this.#closed) return
    const { step, log } = this.#context
    const reason = SluiceError.from(error, 'SOURCE_UNREADABLE', 'Partitions cannot be found', {
      step,
    })
    if (reason.retry === 'never') return this.#context.fail(reason)
    log.warn(`${reason.message} It is tried again.`, { step })
    this.#planLook()
  }
}

/** Every run of a job with the same parallelism deals a partition to the same subtask. */
function subtaskOf(split: KafkaSplit, parallelism: number): number {
  let hash = 0
  for (const character of split.topicId) hash = (hash * 31 + character.charCodeAt(0)) >>> 0
  return (hash + split.partition) % parallelism
}
