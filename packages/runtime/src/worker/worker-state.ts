// Where the keyed state of a worker's tasks lives: in memory, or in stores on the local disk that
// share the worker's memory for state. A store's folder belongs to one attempt: it begins empty,
// and what earlier attempts left of theirs is removed.

import type { FileSystem } from '@sluice/core/connector'
import { SluiceError, type StateSettings } from '@sluice/core/internal'
import type { PhysicalPlan } from '../plan/physical-plan.ts'
import type { Platform } from '../platform/platform.ts'
import { createHeapBackend } from '../state/heap-backend.ts'
import type { CreateBackend } from '../state/state-backend.ts'
import { createStoredBackend } from '../state/stored-backend.ts'
import type { WorkerStart } from './messages.ts'

/** Of the memory for state, the part for live objects; the rest is the stores'. */
const CACHE_PART = 1 / 2

type StateStart = Pick<WorkerStart, 'index' | 'workers' | 'state' | 'logId' | 'generation'>

export class WorkerState {
  readonly #platform: Platform
  readonly #settings: StateSettings
  /** Of this attempt; its siblings are those of others. */
  readonly #folder: string
  readonly #siblings: string
  readonly #generation: number
  /** For each store of the worker. */
  readonly #memoryBytes: number

  constructor(platform: Platform, plan: PhysicalPlan, start: StateStart) {
    const { state, logId, generation } = start
    this.#platform = platform
    this.#settings = state
    this.#generation = generation
    this.#siblings = `${state.path ?? `.sluice/.state/${plan.job}`}/${logId || 'no-log'}`
    this.#folder = `${this.#siblings}/${generation}`
    this.#memoryBytes = state.memoryBytes / Math.max(1, keyedSubtasks(plan, start))
  }

  /** Removes what lower generations of this run of the job left. */
  async sweep(): Promise<void> {
    if (this.#settings.backend === 'heap') return
    const { files, log } = this.#platform
    try {
      if ((await files.stat(this.#siblings)) === undefined) return
      for (const name of await files.list(this.#siblings)) {
        if (/^\d+$/.test(name) && Number(name) < this.#generation) {
          await removeTree(files, `${this.#siblings}/${name}`)
        }
      }
    } catch (error) {
      // Another worker removes the same; and what stays costs room and nothing else.
      log.debug('Old state was not removed.', { folder: this.#siblings, error: String(error) })
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
    const store = await open(`${this.#folder}/${step}-${subtask}`, { memoryBytes })
    return (options) => createStoredBackend({ ...options, incremental, cacheBytes }, store)
  }
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

async function removeTree(files: FileSystem, path: string): Promise<void> {
  const stat = await files.stat(path)
  if (stat === undefined) return
  if (stat.kind !== 'directory') return files.remove(path)
  for (const name of await files.list(path)) await removeTree(files, `${path}/${name}`)
  await files.removeDirectory(path)
}
