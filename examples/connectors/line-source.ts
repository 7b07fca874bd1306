// A small source to copy: the lines of all text files of a folder. Each file is a split; the
// position in it is a byte. What is not UTF-8 becomes a dead letter.

import {
  type DeadLetter,
  type EnumeratorContext,
  type FileSystem,
  NO_TIMESTAMP,
  type PollStatus,
  SluiceError,
  type Source,
  type SourceBatch,
  type SourceReader,
  type SplitEnumerator,
  type SubtaskContext,
} from 'sluice/connector'

/** A file and how far it was read: plain data, since it stands in checkpoints. */
interface FileSplit {
  readonly id: string
  readonly position: number
}

/** The lines of the files in a folder, as they are when the job starts for the first time. */
export function lineSource(folder: string): Source<string, FileSplit> {
  return {
    kind: 'lines',
    bounded: true,
    ordered: 'none',
    description: { folder },
    createEnumerator: (context, restored) =>
      new FileEnumerator(folder, context, restored as readonly FileSplit[] | undefined),
    createReader: (context) => new LineReader(folder, context),
  }
}

/** Lives in the coordinator: finds the files and deals them out, one per request. */
class FileEnumerator implements SplitEnumerator {
  readonly #folder: string
  readonly #context: EnumeratorContext<FileSplit>
  /** Undefined until the folder was listed. */
  #unassigned: FileSplit[] | undefined
  #requests: number[] = []

  constructor(
    folder: string,
    context: EnumeratorContext<FileSplit>,
    restored: readonly FileSplit[] | undefined,
  ) {
    this.#folder = folder
    this.#context = context
    this.#unassigned = restored?.slice()
  }

  async start(): Promise<void> {
    if (this.#unassigned === undefined) {
      const names = await this.#context.files.list(this.#folder)
      const texts = names.filter((name) => name.endsWith('.txt'))
      this.#unassigned = texts.map((id) => ({ id, position: 0 }))
    }
    this.#context.setPending(this.#unassigned.length > 0)
    for (const subtask of this.#requests) this.request(subtask)
    this.#requests = []
  }

  request(subtask: number): void {
    if (this.#unassigned === undefined) {
      this.#requests.push(subtask)
      return
    }
    const split = this.#unassigned.shift()
    this.#context.setPending(this.#unassigned.length > 0)
    if (split === undefined) this.#context.noMoreSplits(subtask)
    else this.#context.assign(subtask, [split])
  }

  snapshot(): readonly FileSplit[] | undefined {
    return this.#unassigned?.slice()
  }

  async close(): Promise<void> {}
}

const chunkBytes = 64 * 1024
const lineBreak = 0x0a
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A line that was read and not handed over, and the position behind it. */
interface Line {
  readonly bytes: Uint8Array
  readonly end: number
}

/** Lives in a task: reads a chunk in the background, hands over its lines synchronously. */
class LineReader implements SourceReader<string, FileSplit> {
  readonly #folder: string
  readonly #files: FileSystem
  readonly #job: string
  readonly #step: string
  readonly #waiting: FileSplit[] = []
  #current: FileSplit | undefined
  #lines: Line[] = []
  /** How far the current file was read into `#lines`, and whether that is its end. */
  #readTo = 0
  #isRead = false
  #isLast = false
  #reading: Promise<void> | undefined
  #error: unknown
  #wake = () => {}

  constructor(folder: string, context: SubtaskContext) {
    this.#folder = folder
    this.#files = context.files
    this.#job = context.job
    this.#step = context.step
  }

  addSplits(splits: readonly FileSplit[]): void {
    this.#waiting.push(...splits)
    this.#wake()
  }

  noMoreSplits(): void {
    this.#isLast = true
    this.#wake()
  }

  poll(batch: SourceBatch<string>): PollStatus {
    if (this.#error !== undefined) throw this.#error
    const split = this.#current ?? this.#next()
    if (split === undefined) return this.#isLast ? 'end' : 'wait'
    batch.split = split.id
    let taken = 0
    let position = split.position
    while (taken < this.#lines.length && batch.length < batch.capacity) {
      const { bytes, end } = this.#lines[taken] as Line
      this.#hand(bytes, batch, position)
      position = end
      taken++
    }
    this.#lines.splice(0, taken)
    this.#current = { id: split.id, position }
    if (this.#lines.length > 0) return 'more'
    if (this.#isRead) {
      batch.splitFinished = true
      this.#current = undefined
      return 'more'
    }
    this.#reading ??= this.#read(split.id)
    return 'wait'
  }

  ready(): Promise<void> {
    if (this.#reading !== undefined) return this.#reading
    if (this.#current !== undefined || this.#waiting.length > 0) return Promise.resolve()
    if (this.#isLast) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** Exactly behind the last line that was handed over: what was only read is read again. */
  snapshot(): FileSplit[] {
    return this.#current === undefined ? [...this.#waiting] : [this.#current, ...this.#waiting]
  }

  /** A file that waits its turn has something to say: none is silent. */
  silentSplits(): readonly string[] {
    return []
  }

  async close(): Promise<void> {
    await this.#reading
  }

  #next(): FileSplit | undefined {
    this.#current = this.#waiting.shift()
    this.#readTo = this.#current?.position ?? 0
    this.#isRead = false
    return this.#current
  }

  #hand(bytes: Uint8Array, batch: SourceBatch<string>, position: number): void {
    try {
      batch.values[batch.length] = decoder.decode(bytes)
    } catch {
      const letter: DeadLetter = {
        job: this.#job,
        source: this.#step,
        split: batch.split,
        position: `byte ${position}`,
        code: 'RECORD_MALFORMED',
        reason: 'This is not UTF-8.',
        raw: bytes.slice(),
      }
      batch.reject(letter)
      return
    }
    batch.timestamps[batch.length] = NO_TIMESTAMP
    batch.length++
  }

  /** Never rejects: an error that arose in the background is thrown by the next poll. */
  async #read(name: string): Promise<void> {
    try {
      await this.#readChunk(`${this.#folder}/${name}`)
    } catch (error) {
      this.#error = SluiceError.from(error, 'SOURCE_UNREADABLE', `Reading ${name} failed`)
    } finally {
      this.#reading = undefined
    }
  }

  async #readChunk(path: string): Promise<void> {
    const file = await this.#files.open(path, 'read')
    try {
      // A chunk without the end of a line holds a part of a long one: it is read again with more.
      for (let size = chunkBytes; ; size *= 2) {
        const chunk = new Uint8Array(size)
        let length = 0
        for (let more = -1; more !== 0 && length < size; length += more) {
          more = await file.read(chunk.subarray(length), this.#readTo + length)
        }
        this.#isRead = length < size
        const end = this.#isRead ? length : chunk.lastIndexOf(lineBreak) + 1
        if (end === 0 && !this.#isRead) continue
        this.#cut(chunk.subarray(0, end))
        return
      }
    } finally {
      await file.close()
    }
  }

  #cut(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const found = chunk.indexOf(lineBreak, from)
      const to = found < 0 ? chunk.length : found
      const behind = Math.min(to + 1, chunk.length)
      this.#lines.push({ bytes: chunk.subarray(from, to), end: this.#readTo + behind })
      from = behind
    }
    this.#readTo += chunk.length
  }
}
