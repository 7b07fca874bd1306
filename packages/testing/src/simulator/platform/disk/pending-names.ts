// Changes of names that no folder sync has made durable yet. The medium holds, per name, some
// prefix of its changes; a rename is one change: its old name never goes before its new one is
// there. A file may have both after a crash, where one was a link; a folder never has two names.

import type { SeededRandom } from '../seeded-random.ts'
import type { DirectoryNode, DiskNode } from './node.ts'

export interface NameChange {
  readonly directory: DirectoryNode
  readonly name: string
  /** Undefined: the name was removed. */
  readonly node: DiskNode | undefined
  /** The new name of a rename, without which the old one stays. */
  readonly after: NameChange | undefined
  /** The old name of a folder that was renamed: it goes in the same instant. */
  with: NameChange | undefined
}

export class PendingNames {
  #changes: NameChange[] = []

  get count(): number {
    return this.#changes.length
  }

  add(
    directory: DirectoryNode,
    name: string,
    node: DiskNode | undefined,
    after?: NameChange,
  ): NameChange {
    const change: NameChange = { directory, name, node, after, with: undefined }
    this.#changes.push(change)
    if (after?.node?.kind === 'directory') after.with = change
    return change
  }

  /** A folder was synced: its changes are durable, and what they rest on. */
  sync(directory: DirectoryNode): void {
    for (const change of this.#changes.filter((pending) => pending.directory === directory)) {
      this.#persist(change)
    }
  }

  /** A crash: the seed says which changes had reached the medium; the others are lost. */
  crash(random: SeededRandom): void {
    const changes = [...this.#changes]
    const way = random.pick(['none', 'all', 'prefix', 'any', 'any'] as const)
    const prefix = random.below(changes.length + 1)
    for (const [index, change] of changes.entries()) {
      const kept =
        way === 'all' ||
        (way === 'prefix' && index < prefix) ||
        (way === 'any' && random.chance(0.5))
      if (kept) this.#persist(change)
    }
    this.#changes = []
  }

  #persist(change: NameChange): void {
    const index = this.#changes.indexOf(change)
    if (index < 0) return
    const { directory, name } = change
    // Earlier changes of this name came first.
    const earlier = this.#changes
      .slice(0, index)
      .filter((other) => other.directory === directory && other.name === name)
    for (const one of [...earlier, change]) {
      if (one.after !== undefined) this.#persist(one.after)
      if (!this.#changes.includes(one)) continue
      if (one.node === undefined) directory.durable.delete(name)
      else directory.durable.set(name, one.node)
      this.#changes.splice(this.#changes.indexOf(one), 1)
      if (one.with !== undefined) this.#persist(one.with)
    }
  }
}
