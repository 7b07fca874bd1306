// The enumerator of the file source: finds files, cuts them into splits, and hands these out on
// request, in order. Each reader gets a second split in advance, so that it never waits between
// two; what is handed out leaves this state, and what is not, files that were not cut yet included,
// is in the snapshot.

import { type EnumeratorContext, SluiceError, type SplitEnumerator } from '@sluice/core/connector'
import { discover } from './discovery.ts'
import type { FileSplit, KnownFile } from '../split/file-split.ts'
import { changedError, changeOf } from '../split/source-change.ts'

export interface FileEnumeratorOptions {
  readonly paths: readonly string[]
  /** Undefined: what is there at the start is all. */
  readonly watchEveryMs: number | undefined
  /** Cuts a file into splits; reads of the file what it needs for that. */
  readonly cut: (file: KnownFile) => Promise<readonly FileSplit[]>
}

interface EnumeratorState {
  readonly version: 1
  /** Found and not cut yet. */
  readonly uncut: readonly KnownFile[]
  /** Cut and not handed out. */
  readonly splits: readonly FileSplit[]
  /** All that were ever found; only where new files are looked for. */
  readonly known: readonly KnownFile[]
  readonly totalBytes: number
}

/** Known files that one look compares with what was known, so that a look stays short. */
const recheckedPerLook = 1000

export class FileEnumerator implements SplitEnumerator {
  readonly #context: EnumeratorContext<FileSplit>
  readonly #options: FileEnumeratorOptions
  readonly #restored: boolean
  readonly #uncut: KnownFile[] = []
  readonly #splits: FileSplit[] = []
  readonly #known = new Map<string, KnownFile>()
  #totalBytes = 0
  /** Subtasks that wait for a split, first come first served. */
  readonly #waiting: number[] = []
  /** Subtasks that get a second split when each has its first. */
  #inAdvance: number[] = []
  readonly #started = new Set<number>()
  readonly #ended = new Set<number>()
  #cutting = false
  #rechecked = 0
  #cancelLook: (() => void) | undefined
  #ready = false
  #closed = false

  constructor(
    context: EnumeratorContext<FileSplit>,
    options: FileEnumeratorOptions,
    restored: unknown,
  ) {
    this.#context = context
    this.#options = options
    this.#restored = restored !== undefined
    if (restored === undefined) return
    const state = restored as EnumeratorState
    if (options.watchEveryMs !== undefined) checkWatched(state, context.step)
    this.#uncut.push(...state.uncut)
    this.#splits.push(...state.splits)
    for (const file of state.known) this.#known.set(file.path, file)
    this.#totalBytes = state.totalBytes
  }

  async start(): Promise<void> {
    if (!this.#restored) {
      await this.#look(true)
      if (this.#totalBytes === 0) {
        this.#context.log.warn('The file source has found nothing to read.', {
          paths: this.#options.paths,
        })
      }
    }
    this.#context.setTotal(this.#totalBytes)
    this.#ready = true
    this.#planLook()
    this.#serve()
  }

  request(subtask: number): void {
    this.#waiting.push(subtask)
    if (!this.#started.has(subtask)) {
      this.#started.add(subtask)
      // A restored reader has splits of its own already.
      if (!this.#restored) this.#inAdvance.push(subtask)
    }
    if (this.#started.size === this.#context.parallelism) {
      this.#waiting.push(...this.#inAdvance)
      this.#inAdvance = []
    }
    this.#serve()
  }

  snapshot(): EnumeratorState {
    const watches = this.#options.watchEveryMs !== undefined
    return {
      version: 1,
      uncut: [...this.#uncut],
      splits: [...this.#splits],
      known: watches ? [...this.#known.values()] : [],
      totalBytes: this.#totalBytes,
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelLook?.()
  }

  #serve(): void {
    if (!this.#ready || this.#closed) return
    while (this.#waiting.length > 0 && this.#splits.length > 0) {
      const subtask = this.#waiting.shift() as number
      const split = this.#splits.shift() as FileSplit
      this.#context.setPending(this.#splits.length > 0 || this.#uncut.length > 0)
      this.#context.assign(subtask, [split])
    }
    const isEmpty = this.#splits.length === 0
    if (isEmpty && this.#uncut.length > 0) return this.#cutNext()
    this.#context.setPending(!isEmpty)
    if (!isEmpty || this.#options.watchEveryMs !== undefined) return
    for (const subtask of this.#waiting.splice(0)) {
      if (this.#ended.has(subtask)) continue
      this.#ended.add(subtask)
      this.#context.noMoreSplits(subtask)
    }
  }

  /** The file stays among the uncut until its splits are there, so that no snapshot misses it. */
  #cutNext(): void {
    const file = this.#uncut[0]
    if (this.#cutting || file === undefined) return
    this.#cutting = true
    this.#context.setPending(true)
    this.#options.cut(file).then(
      (splits) => {
        this.#cutting = false
        this.#uncut.shift()
        this.#splits.push(...splits)
        this.#serve()
      },
      (error: unknown) => this.#fail(error),
    )
  }

  async #look(first: boolean): Promise<void> {
    const found = await discover(this.#context.files, this.#options.paths, first)
    const fresh = found.filter((file) => !this.#known.has(file.path))
    for (const file of fresh) {
      this.#known.set(file.path, file)
      this.#totalBytes += file.sizeBytes
      if (file.sizeBytes > 0) this.#uncut.push(file)
    }
    if (!first) this.#recheck(found)
  }

  /** A file that is read already must not have changed: what was added to it would be lost. */
  #recheck(found: readonly KnownFile[]): void {
    const count = Math.min(recheckedPerLook, found.length)
    for (let look = 0; look < count; look++) {
      const now = found[this.#rechecked++ % found.length] as KnownFile
      const known = this.#known.get(now.path) as KnownFile
      const stat = { ...now, kind: 'file' as const }
      const change = changeOf(known, stat, false)
      if (change !== undefined) throw changedError(known, stat, change)
    }
  }

  #planLook(): void {
    const everyMs = this.#options.watchEveryMs
    if (everyMs === undefined || this.#closed) return
    this.#cancelLook = this.#context.timers.after(everyMs, () => {
      this.#look(false).then(
        () => {
          this.#context.setTotal(this.#totalBytes)
          this.#serve()
          this.#planLook()
        },
        (error: unknown) => this.#fail(error),
      )
    })
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    const { step } = this.#context
    this.#context.fail(
      SluiceError.from(error, 'SOURCE_UNREADABLE', `Source '${step}' cannot find its files`, {
        step,
      }),
    )
  }
}

/** Without the files that were read before, a look would find them all anew. */
function checkWatched(state: EnumeratorState, step: string): void {
  if (state.known.length > 0 || state.totalBytes === 0) return
  throw new SluiceError(
    'CHECKPOINT_INCOMPATIBLE',
    `Source '${step}' watches for new files, and its checkpoint is of a run that did not: which ` +
      'files were read is not known any more, so all of them would be read again.',
    {
      where: { step },
      hint: 'Let the job finish without `watch`, or start it anew with another checkpoint folder.',
    },
  )
}
