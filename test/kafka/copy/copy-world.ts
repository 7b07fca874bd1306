// The topics of one copy, filled with numbered records, and the judgement of what was copied, by a
// reader that is not ours.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JavaClient, ProducerStep } from '../../../packages/kafka/test/real/java-client.ts'
import { uniqueName } from '../../services/shared/shared-service.ts'
import { CommittedWatch } from './committed-watch.ts'
import { type CommitMode, CopyProcess, type RunOrder } from './copy-process.ts'

const keys = 40
const inOneSend = 400
const nothingOpenWithinMs = 60_000
const base64 = (text: string) => Buffer.from(text).toString('base64')

export interface CopyVerdict {
  readonly lost: number
  readonly doubled: number
  /** Records that stand behind a later one of their key. */
  readonly disordered: number
  /** Partitions whose readers of committed records wait for the end of a transaction. */
  readonly held: number
}

export const exact: CopyVerdict = { lost: 0, doubled: 0, disordered: 0, held: 0 }

type Wishes = Partial<Omit<RunOrder, 'brokers' | 'from' | 'to'>>

/** Where it happens, and who fills and judges it. */
export interface CopyPlace {
  readonly url: string
  readonly java: JavaClient
  /** Of both topics; 1 unless said. */
  readonly replicas?: number
}

interface CopyNames {
  readonly job: string
  readonly folder: string
}

export class CopyWorld {
  readonly job: string
  /** The topic of the copy. */
  readonly to = uniqueName('to')
  /** Records to be copied. */
  readonly count: number
  readonly #place: CopyPlace
  readonly #commit: CommitMode
  readonly #from = uniqueName('from')
  readonly #folder: string
  readonly #runs: CopyProcess[] = []

  private constructor(place: CopyPlace, commit: CommitMode, count: number, names: CopyNames) {
    this.#place = place
    this.#commit = commit
    this.count = count
    this.job = names.job
    this.#folder = names.folder
  }

  /** Makes both topics and writes so many records. */
  static async make(
    place: CopyPlace,
    commit: CommitMode,
    count: number,
    job = uniqueName('copy'),
  ): Promise<CopyWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-copy-'))
    const world = new CopyWorld(place, commit, count, { job, folder })
    await world.#fill()
    return world
  }

  /** A run of the job; of all subtasks together about `speed` records a millisecond. */
  start({ speed = 0, ...wishes }: Wishes & { readonly speed?: number } = {}): CopyProcess {
    const { parallelism = 2 } = wishes
    const copy = new CopyProcess(this.job, {
      brokers: this.#place.url,
      from: this.#from,
      to: this.to,
      commit: this.#commit,
      storage: this.storage(),
      parallelism,
      recordsPerMs: speed === 0 ? 0 : Math.max(1, Math.round(speed / parallelism)),
      ...wishes,
    })
    this.#runs.push(copy)
    return copy
  }

  /** The last checkpoint of any run of which all commits were proven. */
  lastProven(): number | undefined {
    const said = this.#runs.flatMap(({ lines }) => lines)
    return said.findLast(({ says }) => says === 'committed')?.checkpoint
  }

  /**
   * Reads what is committed, over and over, while something happens. What a reader of committed
   * records has seen is there for ever, at its place, and nothing comes before it.
   */
  async watchedWhile(happens: () => Promise<void>): Promise<{ looks: number; changed: number }> {
    const watch = new CommittedWatch(this.#place.java, this.to)
    let over = false
    const watching = (async () => {
      while (!over) await watch.look()
    })()
    try {
      await happens()
    } finally {
      over = true
      await watching
    }
    await watch.look()
    return { looks: watch.looks, changed: watch.changed }
  }

  /** A folder for checkpoints. */
  storage(name = 'checkpoints'): string {
    return join(this.#folder, name)
  }

  /**
   * What a reader of committed records finds now. It is Kafka's own: kafkajs steps into one aborted
   * transaction a record and takes their list for sorted, so where some overlap it shows records
   * that were aborted.
   */
  async judge(): Promise<CopyVerdict> {
    const { records, partitions } = await this.#place.java.read(this.to)
    const seen = new Set<string>()
    const last = new Map<string, number>()
    let [doubled, disordered] = [0, 0]
    for (const { key, value } of records) {
      if (key === null || value === null) throw new Error('A record has no key or no value.')
      if (seen.has(value)) doubled++
      seen.add(value)
      const nth = Number(value.slice(value.indexOf(':') + 1))
      if (nth < (last.get(key) ?? -1)) disordered++
      last.set(key, nth)
    }
    const held = partitions.filter(({ end, highWatermark }) => end < highWatermark).length
    return { lost: this.count - seen.size, doubled, disordered, held }
  }

  /** Ids of this job that have a transaction open, with its state. */
  async open(): Promise<readonly string[]> {
    return (await this.#place.java.transactions())
      .filter(({ transactionalId }) => transactionalId.startsWith(`sluice/${this.job}/`))
      .filter(({ state }) => /Ongoing|Prepare/i.test(state))
      .map(({ transactionalId, state }) => `${transactionalId} ${state}`)
      .toSorted()
  }

  /** What is open once all have had the time to end. */
  async stillOpen(): Promise<readonly string[]> {
    const began = performance.now()
    for (;;) {
      const open = await this.open()
      if (open.length === 0 || performance.now() - began > nothingOpenWithinMs) return open
      await sleep(100)
    }
  }

  async end(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #fill(): Promise<void> {
    const { java, replicas = 1 } = this.#place
    await java.createTopic(this.#from, { partitions: 4, replicas })
    await java.createTopic(this.to, { partitions: 3, replicas })
    // Kafka's own producer writes each record once; that of kafkajs, where one partition has no
    // leader yet, sends what the others have taken once more.
    const records = Array.from({ length: this.count }, (_, index) => {
      const key = `${index % keys}`
      return { key: base64(key), value: base64(`${key}:${index}`) }
    })
    const steps: ProducerStep[] = []
    for (let first = 0; first < this.count; first += inOneSend) {
      const sent = records.slice(first, first + inOneSend)
      steps.push({ do: 'send', topic: this.#from, records: sent }, { do: 'flush' })
    }
    await java.produce({ config: {}, steps })
  }
}
