// Segments in memory, and a snapshot taken in one go: what most tests of state need of a
// checkpoint.

import type {
  KeyedStateBackend,
  SegmentNaming,
  SegmentRef,
  SegmentWriter,
  SnapshotScope,
} from '../../src/state/state-backend.ts'

export class MemorySegments implements SegmentWriter, SegmentNaming {
  readonly byName = new Map<string, Uint8Array>()
  /** Names in order of writing. */
  readonly written: string[] = []
  #sequence = 0

  next(step: string, subtask: number): string {
    return `${step}-${subtask}-${this.#sequence++}`
  }

  async write(name: string, chunks: Iterable<Uint8Array>): Promise<void> {
    this.byName.set(name, Buffer.concat([...chunks]))
    this.written.push(name)
  }

  read(refs: readonly SegmentRef[]): { ref: SegmentRef; bytes: Uint8Array }[] {
    return refs.map((ref) => ({ ref, bytes: this.byName.get(ref.name) as Uint8Array }))
  }

  /** A whole snapshot, from barrier to references. */
  async save(backend: KeyedStateBackend, scope?: SnapshotScope): Promise<readonly SegmentRef[]> {
    const snapshot = backend.startSnapshot(1, this, scope)
    for (let written = false; !written; ) written = snapshot.advance(1)
    return snapshot.finish(this)
  }
}
