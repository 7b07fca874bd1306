// A small exactly-once sink to copy: lines in text files of a folder. Two-phase commit by renaming:
// what a checkpoint prepares is durable under a hidden name, and its commit makes it visible.

import {
  type CommittableName,
  type Committer,
  type CommitterContext,
  type FileHandle,
  type FileSystem,
  type NamedCommittable,
  type Sink,
  SluiceError,
  type SinkWriter,
  type WriterContext,
} from 'sluice/connector'

/** Writes each record as a line into files of a folder, exactly once. */
export function lineSink(folder: string): Sink<string> {
  return {
    kind: 'lines',
    guarantee: 'exactly-once',
    description: { folder },
    async createWriter(context) {
      await context.files.makeDirectory(folder)
      return new LineWriter(folder, context)
    },
    async createCommitter(context) {
      await context.files.makeDirectory(folder)
      return new LineCommitter(folder, context)
    },
  }
}

/** The checkpoint in the name of a file that is still being written. */
const noCheckpoint = 0
const fullChars = 1024 * 1024
const encoder = new TextEncoder()

/** Lives in a task. One file at a time; it belongs to the next checkpoint. */
class LineWriter implements SinkWriter<string> {
  readonly #folder: string
  readonly #files: FileSystem
  readonly #name: Omit<CommittableName, 'checkpoint'>
  #text = ''
  #file: FileHandle | undefined
  #appending: Promise<void> | undefined
  #error: unknown

  constructor(folder: string, { files, logId, sink, generation, subtask }: WriterContext) {
    this.#folder = folder
    this.#files = files
    this.#name = { logId, sink, generation, part: String(subtask) }
  }

  write(records: readonly string[], _times: Float64Array, from: number, length: number): number {
    if (this.#error !== undefined) throw this.#error
    let index = from
    for (; index < length && this.#text.length < fullChars; index++) {
      this.#text += `${records[index]}\n`
    }
    if (this.#text.length >= fullChars) this.#appending ??= this.#append()
    return index - from
  }

  async ready(): Promise<void> {
    await this.#appending
  }

  async prepareCommit(checkpoint: number) {
    await this.#appending
    await this.#append()
    if (this.#error !== undefined) throw this.#error
    const file = this.#file
    if (file === undefined) return []
    this.#file = undefined
    await file.sync()
    await file.close()
    await this.#files.rename(this.#path(noCheckpoint), this.#path(checkpoint))
    // Until the folder is synced too, a power cut could take the name away again.
    await this.#files.syncDirectory(this.#folder)
    return [{ part: this.#name.part, bytes: new Uint8Array(0) }]
  }

  async close(): Promise<void> {
    await this.#appending
    await this.#file?.close()
  }

  /** Never rejects: an error that arose in the background is thrown by the next call. */
  async #append(): Promise<void> {
    const text = this.#text
    this.#text = ''
    try {
      if (text === '') return
      this.#file ??= await this.#files.open(this.#path(noCheckpoint), 'create')
      await this.#file.append(encoder.encode(text))
    } catch (error) {
      this.#error = SluiceError.from(error, 'SINK_FAILED', `Writing to ${this.#folder} failed`)
    } finally {
      this.#appending = undefined
    }
  }

  #path(checkpoint: number): string {
    return hiddenPath(this.#folder, { ...this.#name, checkpoint })
  }
}

/** Lives in the coordinator's process. Every call may come twice, also from two runs at once. */
class LineCommitter implements Committer {
  readonly #folder: string
  readonly #files: FileSystem
  readonly #sink: string

  constructor(folder: string, { files, sink }: CommitterContext) {
    this.#folder = folder
    this.#files = files
    this.#sink = sink
  }

  async commit({ name }: NamedCommittable): Promise<void> {
    const hidden = hiddenPath(this.#folder, name)
    const visible = visiblePath(this.#folder, name)
    if ((await this.#files.stat(visible)) === undefined) {
      try {
        await this.#files.rename(hidden, visible)
      } catch (error) {
        // Another run may have been faster between the look and the rename.
        if ((await this.#files.stat(visible)) === undefined)
          throw this.#failure(name, hidden, error)
      }
    }
    await this.#files.syncDirectory(this.#folder)
  }

  async findOrphans(logId: string): Promise<readonly CommittableName[]> {
    const names = (await this.#files.list(this.#folder)).map(parseHidden)
    return names
      .filter((name) => name !== undefined)
      .filter((name) => name.logId === logId && name.sink === this.#sink)
  }

  async abort(name: CommittableName): Promise<void> {
    await this.#files.remove(hiddenPath(this.#folder, name))
  }

  async close(): Promise<void> {}

  /** A file that is gone cannot be committed any more; everything else may pass. */
  #failure(name: CommittableName, hidden: string, cause: unknown): SluiceError {
    const isGone = (cause as { kind?: unknown }).kind === 'not-found'
    const code = isGone ? 'COMMIT_IMPOSSIBLE' : 'COMMIT_FAILED'
    return new SluiceError(code, `The prepared file ${hidden} cannot be made visible.`, {
      where: { sink: name.sink, checkpoint: name.checkpoint, file: hidden },
      cause,
    })
  }
}

/** Everything that tells one prepared thing from another stands in its name outside. */
function hiddenPath(folder: string, name: CommittableName): string {
  return `${folder}/.${plainName(name)}`
}

function visiblePath(folder: string, name: CommittableName): string {
  return `${folder}/${plainName(name)}.txt`
}

function plainName({ logId, sink, generation, checkpoint, part }: CommittableName): string {
  return [logId, sink, generation, checkpoint, part].join('~')
}

function parseHidden(name: string): CommittableName | undefined {
  const [logId, sink, generation, checkpoint, part] = name.slice(1).split('~')
  if (!name.startsWith('.') || part === undefined) return undefined
  return {
    logId: logId as string,
    sink: sink as string,
    generation: Number(generation),
    checkpoint: Number(checkpoint),
    part,
  }
}
