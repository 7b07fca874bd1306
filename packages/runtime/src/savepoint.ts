// Reading and making savepoints in a program of one's own (`sluice/savepoint`). No job has to run.

import type { JobDefinition } from '@sluice/core/internal'
import { createNodePlatform } from './platform/node/node-platform.ts'
import { emptySavepoint, readCheckpoint, readSavepoint } from './savepoint-tools/open-savepoint.ts'
import type { SavepointEdit } from './savepoint-tools/savepoint-edit.ts'
import type {
  StateSelection,
  StoredEntry,
  StoredStep,
  StoredTimer,
} from './savepoint-tools/state-reader.ts'

export type { EntryPlace, SavepointEdit, WritingOptions } from './savepoint-tools/savepoint-edit.ts'
export type {
  StateSelection,
  StoredEntry,
  StoredStep,
  StoredTimer,
} from './savepoint-tools/state-reader.ts'

/**
 * The state of a checkpoint or savepoint. What is read is verified first: a wrong byte is
 * CHECKPOINT_DAMAGED, never a wrong value. Memory holds a small part of the state at a time.
 */
export interface StoredState {
  /** In words: `checkpoint 12`, `savepoint 'before'`. */
  readonly name: string
  readonly job: string
  /** All steps that it knows. */
  readonly steps: readonly StoredStep[]
  /** The states of a step. Throws CHECKPOINT_NOT_FOUND where there is no such step or state. */
  entries(step: string, selection?: StateSelection): AsyncGenerator<StoredEntry>
  /** The timers of a step. Throws CHECKPOINT_NOT_FOUND where there is no such step. */
  timers(step: string, selection?: StateSelection): AsyncGenerator<StoredTimer>
}

/** A savepoint, to be read, or changed into another one. */
export interface OpenSavepoint extends StoredState {
  /** When it was made, in milliseconds. */
  readonly createdAtMs: number
  /** Begins another savepoint, which at first holds what this one holds. */
  edit(): SavepointEdit
}

/**
 * Opens the savepoint in a folder. Throws CHECKPOINT_NOT_FOUND where the folder is none,
 * CHECKPOINT_DAMAGED and CHECKPOINT_FORMAT_NEWER.
 *
 * @example
 * const savepoint = await openSavepoint('savepoints/before-upgrade')
 * for await (const { key, value } of savepoint.entries('revenue')) console.log(key, value)
 */
export async function openSavepoint(folder: string): Promise<OpenSavepoint> {
  return await readSavepoint(createNodePlatform(), folder)
}

/**
 * Opens a checkpoint of the log in a folder, also while the job runs: the newest one unless an id
 * is given. Throws CHECKPOINT_NOT_FOUND, CHECKPOINT_DAMAGED and CHECKPOINT_FORMAT_NEWER; a job that
 * runs may delete an old checkpoint while it is read.
 *
 * @example
 * const checkpoint = await openCheckpoint('.sluice/shop-revenue')
 * for await (const { value } of checkpoint.entries('revenue', { key: 'rome' })) console.log(value)
 */
export async function openCheckpoint(
  folder: string,
  id: number | 'latest' = 'latest',
): Promise<StoredState> {
  return await readCheckpoint(createNodePlatform(), folder, id)
}

/**
 * Begins a savepoint of a job without a run: state for it to start with. Its sources begin at their
 * beginning. Throws what building the job throws.
 *
 * @example
 * const edit = newSavepoint(job)
 * edit.set('revenue', 'total', 'rome', 1_200)
 * await edit.writeTo('savepoints/imported')
 */
export function newSavepoint<Parameters>(
  job: JobDefinition<Parameters>,
  parameters: Readonly<Record<string, string>> = {},
): SavepointEdit {
  return emptySavepoint(createNodePlatform(), job as JobDefinition, parameters)
}
