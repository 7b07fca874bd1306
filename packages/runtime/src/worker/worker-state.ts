// Where the keyed state of a worker's tasks lives: in memory, or in stores on the local disk that
// share the worker's memory for state. A store's folder belongs to one attempt: it begins empty, or
// as a local copy of what is restored, and what earlier attempts left of theirs is removed.

import type { KeyValueStore } from '@sluice/core/connector'
import { SluiceError, type StateSettings } from '@sluice/core/internal'
import type { PhysicalPlan } from '../plan/physical-plan.ts'
import type { Platform } from '../platform/platform.ts'
import { createHeapBackend } from '../state/heap-backend.ts'
import type { CreateBackend } from '../state/state-backend.ts'
import type { SegmentRef } from '../state/state-backend.ts'
import { LocalCopies } from '../state/stored/copy/local-copies.ts'
import type { StateCopy } from '../state/stored/copy/state-copy.ts'
import { createStoredBackend } from '../state/stored-backend.ts'
import { removeTree } from '../storage/remove-tree.ts'
import type { WorkerStart } from './messages.ts'
import { logStateFolder } from './state-folder.ts'

/** Of the memory for state, the part for live objects; the rest is the stores'. */
const CACHE_PART = 1 / 2
/** So many runs without checkpoints may share a folder. */
const MOST_BESIDE = 100

type StateStart = Pick<
  WorkerStart,
  'index' | 'workers' | 'state' | 'logId' | 'generation' | 'restore'
>
type OpenStore = NonNullable<Platform['openKeyValueStore']>

/** A store, and what it holds where it is a copy. */
interface OpenedStore {
  readonly store: KeyValueStore
  readonly copy: StateCopy | undefined
}

export class WorkerState {
  readonly #platform: Platform
  readonly #settings: StateSettings
  /** Of this attempt; its siblings are those of others. */
  readonly #folder: string
  readonly #siblings: string
  readonly #start: StateStart
  readonly #plan: PhysicalPlan
  /** For each store of the worker. */
  readonly #memoryBytes: number

  constructor(platform: Platform, plan: PhysicalPlan, start: StateStart) {
    const { state, logId, generation } = start
    this.#platform = platform
    this.#settings = state
    this.#start = start
    this.#plan = plan
    this.#siblings = logStateFolder(state, plan.job, logId)
    this.#folder = `${this.#siblings}/${generation}`
    this.#memoryBytes = state.memoryBytes / Math.max(1, keyedSubtasks(plan, start))
  }

  /** The folder of local copies, of all attempts. */
  get #copies(): string {
    return `${this.#siblings}/copies`
  }

  /** Removes what lower generations of this run of the job left, and copies that nobody takes. */
  async sweep(): Promise<void> {
    if (this.#settings.backend === 'heap') return
    const { files, log } = this.#platform
    try {
      if ((await files.stat(this.#siblings)) === undefined) return
      for (const name of await files.list(this.#siblings)) {
        if (/^\d+$/.test(name) && Number(name) < this.#start.generation) {
          await removeTree(files, `${this.#siblings}/${name}`)
        }
      }
      await this.#sweepCopies()
    } catch (error) {
      // Another worker removes the same; and what stays costs room and nothing else.
      log.debug('Old state was not removed.', { folder: this.#siblings, error: String(error) })
    }
  }

  async #sweepCopies(): Promise<void> {
    const { files } = this.#platform
    if ((await files.stat(this.#copies)) === undefined) return
    const kept = this.#settings.localRecovery === true ? storeNames(this.#plan) : new Set()
    for (const name of await files.list(this.#copies)) {
      if (!kept.has(name)) await removeTree(files, `${this.#copies}/${name}`)
    }
  }

  /**
   * Removes the folders of this attempt once their stores are gone: the last worker to close finds
   * them empty. Without checkpoints they stay, since another run may be opening a store there.
   */
  async close(): Promise<void> {
    if (this.#settings.backend === 'heap' || this.#start.logId === '') return
    const { files, log } = this.#platform
    try {
      await files.removeDirectory(this.#folder)
      await files.removeDirectory(this.#siblings)
    } catch (error) {
      // Another worker's stores are still open, or there are copies; empty folders cost nothing.
      log.debug('A folder for state stays.', { folder: this.#folder, error: String(error) })
    }
  }

  /** Opens what a backend of this step and subtask rests on. */
  async open(step: string, subtask: number): Promise<CreateBackend> {
    const { backend, incremental } = this.#settings
    if (backend === 'heap') return (options) => createHeapBackend({ ...options, incremental })
    const open = this.#platform.openKeyValueStore
    if (open === undefined) {
      throw new SluiceError('STATE_STORE_MISSING', 'State cannot be kept on disk here.', {
        hint: "Keep it in memory: `state: { backend: 'heap' }`.",
      })
    }
    const cacheBytes = Math.floor(this.#memoryBytes * CACHE_PART)
    const memoryBytes = Math.floor(this.#memoryBytes - cacheBytes)
    const name = storeName(step, subtask)
    const path = `${this.#folder}/${name}`
    const isProtected = this.#start.logId !== ''
    const copies =
      isProtected && this.#settings.localRecovery === true ? this.#copiesOf(name) : undefined
    const openEmpty = async (): Promise<KeyValueStore> =>
      isProtected
        ? await open(path, { memoryBytes })
        : await this.#openFree(open, name, memoryBytes)
    const { store, copy } =
      copies === undefined
        ? { store: await openEmpty(), copy: undefined }
        : await this.#openCopy(open, path, memoryBytes, copies, this.#restored(step, subtask))
    return (options) => {
      return createStoredBackend({ ...options, incremental, cacheBytes, copies, copy }, store)
    }
  }

  /**
   * Without checkpoints a run has no log and no generation, and only the locks of its stores tell
   * it from others: a store takes the first place that is free.
   */
  async #openFree(open: OpenStore, name: string, memoryBytes: number): Promise<KeyValueStore> {
    for (let place = 0; ; place++) {
      try {
        return await open(`${this.#siblings}/${place}/${name}`, { memoryBytes })
      } catch (error) {
        const isTaken = error instanceof SluiceError && error.code === 'STATE_STORE_LOCKED'
        if (!isTaken || place === MOST_BESIDE) throw error
      }
    }
  }

  #copiesOf(name: string): LocalCopies {
    const { files, log } = this.#platform
    const { logId, generation } = this.#start
    return new LocalCopies({ files, log, logId, generation, folder: `${this.#copies}/${name}` })
  }

  /** The segments that this step and subtask restores. */
  #restored(step: string, subtask: number): readonly SegmentRef[] {
    const task = this.#start.restore.find((each) => {
      return each.subtask === subtask && each.keyed[step] !== undefined
    })
    return task?.keyed[step] ?? []
  }

  /** An empty store, or a local copy of what is restored if there is one that can be opened. */
  async #openCopy(
    open: OpenStore,
    path: string,
    memoryBytes: number,
    copies: LocalCopies,
    segments: readonly SegmentRef[],
  ): Promise<OpenedStore> {
    const { files, log } = this.#platform
    try {
      await files.makeDirectory(this.#folder)
      const copy = await copies.takeTo(path, segments)
      if (copy !== undefined) {
        return { store: await open(path, { memoryBytes, reopen: true }), copy }
      }
    } catch (error) {
      log.debug('A local copy of the state cannot be opened.', { error: String(error) })
    }
    // Whatever is in the folder by now goes.
    return { store: await open(path, { memoryBytes }), copy: undefined }
  }
}

function storeName(step: string, subtask: number): string {
  return `${step}-${subtask}`
}

/** The names of all stores that a plan needs. */
function storeNames(plan: PhysicalPlan): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { steps, parallelism } of plan.chains) {
    for (const { id, operator } of steps) {
      if (operator?.keyed !== true) continue
      for (let subtask = 0; subtask < parallelism; subtask++) names.add(storeName(id, subtask))
    }
  }
  return names
}

/** How many keyed operators run in this worker, each with a backend of its own. */
function keyedSubtasks(
  plan: PhysicalPlan,
  { index, workers }: Pick<WorkerStart, 'index' | 'workers'>,
): number {
  let keyed = 0
  for (const { steps, parallelism } of plan.chains) {
    const operators = steps.filter(({ operator }) => operator?.keyed === true).length
    for (let subtask = index; subtask < parallelism; subtask += workers) keyed += operators
  }
  return keyed
}
