// Syncs of folders, shared: commits run several at a time and mostly in the same folder, so those
// that wait while one sync runs are served by the next. A sync only counts for changes made before
// it began.

import type { FileSystem } from '@sluice/core/connector'

interface FolderSyncs {
  /** Ends when no sync of the folder is in progress. */
  running: Promise<void>
  /** The sync that has not begun, which a new caller may join. */
  next: Promise<void> | undefined
}

export class DirectorySyncs {
  readonly #files: FileSystem
  readonly #folders = new Map<string, FolderSyncs>()

  constructor(files: FileSystem) {
    this.#files = files
  }

  /** Resolves when a sync of the folder that began after this call has succeeded. */
  async sync(folder: string): Promise<void> {
    let syncs = this.#folders.get(folder)
    if (syncs === undefined) {
      syncs = { running: Promise.resolve(), next: undefined }
      this.#folders.set(folder, syncs)
    }
    syncs.next ??= this.#after(folder, syncs)
    await syncs.next
  }

  async #after(folder: string, syncs: FolderSyncs): Promise<void> {
    await syncs.running
    const sync = this.#files.syncDirectory(folder)
    const ended = sync.then(
      () => undefined,
      () => undefined,
    )
    syncs.running = ended
    syncs.next = undefined
    void ended.then(() => {
      if (syncs.running === ended && syncs.next === undefined) this.#folders.delete(folder)
    })
    await sync
  }
}
