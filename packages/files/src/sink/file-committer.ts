// The committer of the file sink: publishes prepared parts by renaming them, proves it by length
// and checksum, and lists them in the manifest of their checkpoint. Every step may have been done
// already, by this run or by another at the same time; a promise that cannot be kept is an error,
// never skipped.

import {
  type Committer,
  type CommittableName,
  type CommitterContext,
  type FileSystem,
  FileSystemError,
  type NamedCommittable,
  SluiceError,
} from '@sluice/core/connector'
import { decodePrepared, type PreparedFile } from './committed-file.ts'
import { DirectorySyncs } from './directory-syncs.ts'
import { listOrNone, measure } from './file-content.ts'
import { foreignHistories, supersede } from './manifest/foreign-histories.ts'
import { ManifestLog } from './manifest/manifest-log.ts'
import { commitError, writeError } from './sink-errors.ts'
import {
  hiddenName,
  joinPath,
  manifestFolder,
  parentOf,
  parseHiddenName,
  type SinkHistory,
  sinkOfStaging,
  stagingFolder,
  stagingFolders,
} from './sink-folder.ts'

/** A commit looks again this often when another run moves the files at the same time. */
const looks = 5

export class FileCommitter implements Committer {
  readonly #context: CommitterContext
  readonly #history: SinkHistory
  readonly #files: FileSystem
  readonly #staging: string
  readonly #syncs: DirectorySyncs
  readonly #manifests: ManifestLog
  #begun: Promise<void> | undefined

  constructor(context: CommitterContext, history: SinkHistory) {
    this.#context = context
    this.#history = history
    this.#files = context.files
    this.#staging = stagingFolder(history)
    this.#syncs = new DirectorySyncs(context.files)
    this.#manifests = new ManifestLog(context.files, history, context.generation)
  }

  /** Makes the folders, so that missing rights show at the start. */
  async open(): Promise<void> {
    try {
      await this.#files.makeDirectory(this.#staging)
      await this.#files.makeDirectory(manifestFolder(this.#history))
    } catch (error) {
      throw writeError(error, 'Opening the sink', this.#history.sink, this.#history.path)
    }
  }

  async commit(committable: NamedCommittable): Promise<void> {
    const prepared = decodePrepared(committable.bytes)
    const target = joinPath(this.#history.path, prepared.file)
    try {
      await (this.#begun ??= this.#begin())
      for (let look = 1; !(await this.#publish(committable.name, prepared, target)); look++) {
        if (look === looks) throw new Error('the files were moved again and again')
      }
    } catch (error) {
      this.#begun = undefined
      throw commitError(error, this.#history.sink, target)
    }
  }

  /**
   * Before the first result is visible: leaves the trace that another history finds, then looks
   * for others. Two copies of a job that started at the same time saw nothing of each other then;
   * here the later one does.
   */
  async #begin(): Promise<void> {
    await this.#manifests.begin()
    const traces = await this.findForeignHistory(this.#history.logId)
    if (traces === undefined) return
    throw new SluiceError('SINK_FOREIGN_HISTORY', `Nothing is published: ${traces}.`, {
      where: { sink: this.#history.sink },
      hint: 'Run the job in one place at a time, or go on beside these results with --start-over.',
    })
  }

  async checkpointCommitted(
    checkpoint: number,
    committables: readonly NamedCommittable[],
  ): Promise<void> {
    if (committables.length === 0) return
    const published = committables.map(({ bytes }) => decodePrepared(bytes))
    try {
      await this.#manifests.append(checkpoint, published)
    } catch (error) {
      throw commitError(error, this.#history.sink, manifestFolder(this.#history))
    }
  }

  async findOrphans(logId: string): Promise<readonly CommittableName[]> {
    const { path, job, sink } = this.#history
    try {
      const orphans: CommittableName[] = []
      for (const name of await listOrNone(this.#files, stagingFolders(path))) {
        const writer = sinkOfStaging(name, job)
        if (writer === undefined) continue
        const folder = stagingFolder({ path, job, sink: writer, logId })
        for (const file of await listOrNone(this.#files, folder)) {
          const orphan = parseHiddenName(file, logId, writer)
          if (orphan !== undefined) orphans.push(orphan)
        }
      }
      return orphans
    } catch (error) {
      throw writeError(error, 'Looking for hidden files', sink, path)
    }
  }

  async abort(name: CommittableName): Promise<void> {
    const { logId, sink } = name
    const folder = stagingFolder({ ...this.#history, logId, sink })
    const hidden = joinPath(folder, hiddenName(name))
    try {
      await this.#removeHidden(folder, hidden)
    } catch (error) {
      throw writeError(error, 'Removing a hidden file', this.#history.sink, hidden)
    }
  }

  async findForeignHistory(logId: string): Promise<string | undefined> {
    const { job, sink, path } = this.#history
    try {
      const foreign = await foreignHistories(this.#files, { ...this.#history, logId })
      if (foreign.length === 0) return undefined
      const listed = foreign.join(', ')
      const whose = `sink '${sink}' of job '${job}'`
      return `${path} holds results of ${whose} under another log id (${listed})`
    } catch (error) {
      throw writeError(error, 'Looking for results of another history', sink, path)
    }
  }

  async startOver(logId: string): Promise<void> {
    try {
      await supersede(this.#files, { ...this.#history, logId }, this.#context.generation)
    } catch (error) {
      throw writeError(error, 'Starting over', this.#history.sink, this.#history.path)
    }
  }

  async close(): Promise<void> {}

  /** One look at both names, and what follows from it. Returns false to look again. */
  async #publish(name: CommittableName, prepared: PreparedFile, target: string): Promise<boolean> {
    const hidden = joinPath(this.#staging, prepared.hidden)
    // The hidden name first: when it is gone because somebody renames it just now, the target is
    // there.
    const found = await this.#files.stat(hidden)
    const there = await this.#files.stat(target)
    if (there !== undefined) {
      await this.#proveContent(prepared, target, name)
      await this.#syncs.sync(parentOf(target))
      // After a crash of the machine the new name can be durable and the old one too. The old one
      // must not come back once this counts as committed: a consumer may have taken the result.
      if (found === undefined) await this.#syncs.sync(this.#staging)
      else await this.#removeHidden(this.#staging, hidden)
      return true
    }
    if (found === undefined) {
      if (await this.#manifests.holds(name.checkpoint, prepared)) return true
      throw this.#impossible(
        name,
        prepared,
        target,
        'neither the hidden file nor the result is there',
      )
    }
    if (found.sizeBytes !== prepared.sizeBytes) {
      const sizes = `the hidden file has ${found.sizeBytes} bytes instead of ${prepared.sizeBytes}`
      throw this.#impossible(name, prepared, target, sizes)
    }
    await this.#files.makeDirectory(parentOf(target))
    try {
      await this.#files.rename(hidden, target)
    } catch (error) {
      if (error instanceof FileSystemError && error.kind === 'not-found') return false
      throw error
    }
    await this.#syncs.sync(parentOf(target))
    await this.#syncs.sync(this.#staging)
    return true
  }

  async #removeHidden(folder: string, hidden: string): Promise<void> {
    if ((await this.#files.stat(hidden)) === undefined) return
    await this.#files.remove(hidden)
    await this.#syncs.sync(folder)
  }

  async #proveContent(
    prepared: PreparedFile,
    target: string,
    name: CommittableName,
  ): Promise<void> {
    const content = await measure(this.#files, target)
    if (content.sizeBytes === prepared.sizeBytes && content.crc32 === prepared.crc32) return
    const wanted = `${prepared.sizeBytes} bytes with CRC-32 ${hex(prepared.crc32)}`
    const found = `${content.sizeBytes} bytes with CRC-32 ${hex(content.crc32)}`
    throw this.#impossible(name, prepared, target, `the result has ${found} instead of ${wanted}`)
  }

  #impossible(
    name: CommittableName,
    prepared: PreparedFile,
    target: string,
    reason: string,
  ): SluiceError {
    const { sink, checkpoint, generation, part } = name
    const hidden = joinPath(this.#staging, prepared.hidden)
    return new SluiceError(
      'COMMIT_IMPOSSIBLE',
      `Sink '${sink}' cannot publish part ${part} of checkpoint ${checkpoint} (generation ` +
        `${generation}, ${prepared.records} records, ${prepared.sizeBytes} bytes): ${reason}. ` +
        `Hidden file: ${hidden}; result: ${target}.`,
      {
        where: { sink, checkpoint, file: target },
        hint: 'Put the file back under one of the two names, then start the job again.',
      },
    )
  }
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0')
}
