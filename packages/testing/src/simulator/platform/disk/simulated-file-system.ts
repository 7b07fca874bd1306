// The file system of one simulated process, over the disk that all share.

import type { FileHandle, FileStat, FileSystem } from '@sluice/core/connector'
import { FileSystemError } from '@sluice/core/connector'
import type { Life } from '../life.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Simulation } from '../simulation.ts'
import { normalPath, parentPath } from './disk-path.ts'
import { FileOperations } from './file-operations.ts'
import { type Mounts, mountedPath } from './mounts.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import { SimulatedFileHandle } from './simulated-file-handle.ts'

/** The files of one process; `SimulatedWorld` makes it. */
export class SimulatedFileSystem implements FileSystem {
  readonly #operations: FileOperations
  readonly #disk: SimulatedDisk
  readonly #mounts: Mounts
  /** Folders whose names, up to the root, this process has made durable. */
  readonly #durableDirectories = new Set<string>()

  constructor(simulation: Simulation, life: Life, random: SeededRandom, mounts: Mounts = {}) {
    this.#operations = new FileOperations(simulation, life, random)
    this.#disk = simulation.disk
    this.#mounts = mounts
  }

  async open(seen: string, mode: Parameters<FileSystem['open']>[1]): Promise<FileHandle> {
    const path = this.#placed(seen)
    const writable = mode !== 'read'
    const file = await this.#operations.run('open', path, () =>
      writable ? this.#disk.create(path) : this.#disk.openForReading(path),
    )
    return new SimulatedFileHandle(this.#operations, file, path, writable)
  }

  async stat(seen: string): Promise<FileStat | undefined> {
    const path = this.#placed(seen)
    return await this.#operations.run('stat', path, () => this.#disk.stat(path))
  }

  async list(seen: string): Promise<string[]> {
    const path = this.#placed(seen)
    const { simulation, random } = this.#operations
    return await this.#operations.run('list', path, () => {
      const stale =
        simulation.isStale(normalPath(path)) && simulation.faults.strikes('list-stale', path)
      return this.#disk.list(path, stale ? 1 + random.below(8) : 0)
    })
  }

  async makeDirectory(path: string): Promise<void> {
    const directory = normalPath(this.#placed(path))
    const existing = await this.#operations.run('stat', directory, () => this.#disk.stat(directory))
    if (existing?.kind === 'directory' && this.#durableDirectories.has(directory)) return
    if (existing !== undefined && existing.kind !== 'directory') {
      throw new FileSystemError('not-a-directory', 'makeDirectory', path)
    }
    const lineage = [directory]
    while (lineage[0] !== '/') lineage.unshift(parentPath(lineage[0] as string))
    if (existing === undefined) {
      for (const folder of lineage.slice(1)) {
        await this.#operations.run('makeDirectory', folder, () => this.#disk.makeDirectory(folder))
      }
    }
    for (const folder of lineage.slice(0, -1).reverse()) await this.#syncDirectory(folder)
    this.#durableDirectories.add(directory)
  }

  async rename(seenFrom: string, seenTo: string): Promise<void> {
    const [from, to] = [this.#placed(seenFrom), this.#placed(seenTo)]
    await this.#operations.run('rename', `${from} ${to}`, () => this.#disk.rename(from, to))
  }

  async link(seenExisting: string, seenName: string): Promise<void> {
    const [existing, name] = [this.#placed(seenExisting), this.#placed(seenName)]
    await this.#operations.run('link', `${existing} ${name}`, () => this.#disk.link(existing, name))
  }

  async remove(seen: string): Promise<void> {
    const path = this.#placed(seen)
    await this.#operations.run('remove', path, () => this.#disk.remove(path))
  }

  async removeDirectory(seen: string): Promise<void> {
    const path = this.#placed(seen)
    this.#durableDirectories.clear()
    await this.#operations.run('removeDirectory', path, () => this.#disk.removeDirectory(path))
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#syncDirectory(this.#placed(path))
  }

  async #syncDirectory(path: string): Promise<void> {
    await this.#operations.run('syncDirectory', path, () => this.#disk.syncDirectory(path))
  }

  #placed(path: string): string {
    return mountedPath(this.#mounts, path)
  }
}
