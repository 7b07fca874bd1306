// Collects records in memory, exactly once: what a writer has prepared becomes visible when its
// checkpoint commits. Writers and committer meet in the sink object itself, so it works where all
// of a job runs in one thread (tests), and the object is made outside of the graph function.

import type {
  CommitScope,
  CommittableName,
  Committer,
  Sink,
  SinkWriter,
  WriterContext,
} from '../connector/sink.ts'
import { SluiceError } from '../errors.ts'

/** A sink whose results can be read. */
export interface MemorySink<T> extends Sink<T> {
  /** All committed records, in order of their commits. */
  readonly records: readonly T[]
}

interface Prepared<T> {
  readonly name: CommittableName
  readonly records: readonly T[]
}

/** What has the lifetime of the outside world: it outlives attempts, writers and committers. */
interface Store<T> {
  readonly prepared: Map<string, Prepared<T>>
  readonly committed: Set<string>
  readonly records: T[]
}

const memorySinks = new WeakSet<object>()

/** Whether a sink works only where writers and committer share a thread. */
export function isMemorySink(sink: object): boolean {
  return memorySinks.has(sink)
}

/**
 * A sink that collects records for tests. Make it outside of `graph`, and run the job in the
 * single-thread placement: a job on worker threads is refused with JOB_INVALID.
 *
 * @example
 * const results = memorySink<number>()
 */
export function memorySink<T>(): MemorySink<T> {
  const store: Store<T> = { prepared: new Map(), committed: new Set(), records: [] }
  const sink: MemorySink<T> = {
    kind: 'memory',
    guarantee: 'exactly-once',
    description: {},
    records: store.records,
    createWriter: async (context) => memoryWriter(store, context),
    createCommitter: async (context) => memoryCommitter(store, context.sink),
  }
  memorySinks.add(sink)
  return sink
}

function memoryWriter<T>(store: Store<T>, context: WriterContext): SinkWriter<T> {
  const { logId, sink, generation } = context
  const part = String(context.subtask)
  let records: T[] = []
  return {
    write(batch, _timestamps, from, length) {
      for (let index = from; index < length; index++) records.push(batch[index] as T)
      return length - from
    },
    ready: async () => {},
    async prepareCommit(checkpoint) {
      if (records.length === 0) return []
      const name = { logId, sink, generation, checkpoint, part }
      store.prepared.set(keyOf(name), { name, records })
      records = []
      return [{ part, bytes: new Uint8Array(0) }]
    },
    close: async () => {},
  }
}

function memoryCommitter<T>(store: Store<T>, sink: CommitScope['sink']): Committer {
  return {
    async commit({ name }) {
      const key = keyOf(name)
      if (store.committed.has(key)) return
      const prepared = store.prepared.get(key)
      if (prepared === undefined) {
        throw new SluiceError('COMMIT_IMPOSSIBLE', 'A memory sink has lost what it had prepared.', {
          where: { sink, checkpoint: name.checkpoint },
          hint: 'Memory sinks work in the single-thread placement only, made outside of graph().',
        })
      }
      store.committed.add(key)
      store.prepared.delete(key)
      for (const record of prepared.records) store.records.push(record)
    },
    async findOrphans(logId) {
      const names = Array.from(store.prepared.values(), ({ name }) => name)
      return names.filter((name) => name.logId === logId)
    },
    async abort(name) {
      store.prepared.delete(keyOf(name))
    },
    close: async () => {},
  }
}

function keyOf({ logId, sink, generation, checkpoint, part }: CommittableName): string {
  return JSON.stringify([logId, sink, generation, checkpoint, part])
}
