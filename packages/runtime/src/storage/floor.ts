// The floor of the log as empty files named after positions; the highest name holds. A file is
// never changed, so a floor is there whole or not at all, and several runs may raise it at once.

import { FileSystemError, type FileSystem } from '@sluice/core/connector'
import { positionName, positionsIn } from './position-name.ts'

// Some lower names stay: whoever lists the folder while the floor is raised twice finds one of them
// even if the listing passed the new name's place before it came and the old one's after it went.
const keptNames = 3

export class Floor {
  readonly #files: FileSystem
  readonly #folder: string

  constructor(files: FileSystem, folder: string) {
    this.#files = files
    this.#folder = folder
  }

  async read(): Promise<number> {
    return positionsIn(await this.#files.list(this.#folder)).at(-1) ?? 0
  }

  async raise(position: number): Promise<void> {
    const known = positionsIn(await this.#files.list(this.#folder))
    if ((known.at(-1) ?? 0) < position) {
      await this.#create(position)
      known.push(position)
    }
    // Also where the name was there: another run may not have synced it yet.
    await this.#files.syncDirectory(this.#folder)
    for (const old of known.slice(0, -keptNames)) {
      await this.#files.remove(`${this.#folder}/${positionName(old)}`)
    }
  }

  async #create(position: number): Promise<void> {
    try {
      const handle = await this.#files.open(`${this.#folder}/${positionName(position)}`, 'create')
      await handle.close()
    } catch (error) {
      if (!(error instanceof FileSystemError) || error.kind !== 'exists') throw error
    }
  }
}
