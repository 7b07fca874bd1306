// A transactional system outside: what is prepared becomes visible by a commit or vanishes by an
// abort. It keeps the order of all that happened and fails on demand.

import type { CommittableName, Committer, NamedCommittable, Sink } from '@sluice/core/connector'
import { nameKey } from '../../../src/checkpoint/protocol/owed-entries.ts'

export class OutsideWorld {
  readonly prepared = new Map<string, CommittableName>()
  readonly committed = new Map<string, CommittableName>()
  readonly aborted: CommittableName[] = []
  /** `commit 3`, `committed-checkpoint 3`, `abort 2`, in order. */
  readonly history: string[] = []
  foreignTraces: string | undefined
  adoptedBy: string | undefined
  /** Called before each commit; what it throws is the answer. */
  beforeCommit: (name: CommittableName) => Promise<void> = async () => {}
  /** Called after a commit took effect: the answer may still be lost. */
  afterCommit: (name: CommittableName) => void = () => {}

  prepare(name: CommittableName): NamedCommittable {
    this.prepared.set(nameKey(name), name)
    return { name, bytes: new TextEncoder().encode(nameKey(name)) }
  }

  /** Names that are neither visible nor gone. */
  open(): CommittableName[] {
    return [...this.prepared].flatMap(([key, name]) => (this.committed.has(key) ? [] : [name]))
  }

  committer(): Committer {
    return {
      commit: async ({ name }) => {
        await this.beforeCommit(name)
        const key = nameKey(name)
        if (!this.prepared.has(key)) throw new Error(`never prepared, or aborted: ${key}`)
        this.history.push(`commit ${name.checkpoint}`)
        this.committed.set(key, name)
        this.afterCommit(name)
      },
      checkpointCommitted: async (checkpoint) => {
        this.history.push(`committed-checkpoint ${checkpoint}`)
      },
      findOrphans: async (logId) => this.open().filter((name) => name.logId === logId),
      abort: async (name) => {
        this.prepared.delete(nameKey(name))
        this.aborted.push(name)
        this.history.push(`abort ${name.checkpoint}`)
      },
      findForeignHistory: async (logId) =>
        this.adoptedBy === logId ? undefined : this.foreignTraces,
      startOver: async (logId) => {
        this.adoptedBy = logId
      },
      close: async () => {},
    }
  }
}

/** A two-phase sink into the world. Its writers are played by scripted workers. */
export function worldSink(world: OutsideWorld): Sink<unknown> {
  return {
    kind: 'world',
    guarantee: 'exactly-once',
    description: {},
    createWriter: async () => {
      throw new Error('scripted workers have no writers')
    },
    createCommitter: async () => world.committer(),
  }
}
