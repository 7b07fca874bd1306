// The state of a checkpoint or savepoint as something to read: by step, by state, by key. A key
// group at a time is in memory, and a lookup reads the segments of its key's group alone.

import { type Key, keyGroupOf, mapKey, SluiceError } from '@sluice/core/internal'
import type { CheckpointEntry } from '../checkpoint/protocol/log/entry.ts'
import type { DescribedStep } from '../restore/step-identity.ts'
import type { TableFacts } from '../state/segment/segment-format.ts'
import {
  type GroupState,
  placeName,
  readGroup,
  type StoredCell,
  type StoredTable,
} from './group-state.ts'
import type { SegmentFolder } from './segment-files.ts'
import { type IndexedSegment, indexSegment } from './segment-index.ts'

/** What a state of a step holds for one key (and window). */
export interface StoredEntry {
  readonly state: string
  /** How it is kept: `value`, `counter`, `list`, `map`, … */
  readonly kind: string
  readonly key: Key
  /** States per window: which one, usually by its start in milliseconds. */
  readonly namespace?: number
  /** The value; of a list an array of its elements, of a map a `Map` of its items. */
  readonly value: unknown
  /** States with a life time: when it was last written, in milliseconds by the state's clock. */
  readonly writtenAt?: number
}

/** A timer that was set when the checkpoint was taken. */
export interface StoredTimer {
  /** By which clock it fires. */
  readonly domain: 'event' | 'processing'
  readonly key: Key
  /** The window that it belongs to; 0 where there is none. */
  readonly namespace: number
  /** When it fires, in milliseconds. */
  readonly time: number
}

/** What is looked for. */
export interface StateSelection {
  /** This state alone. */
  readonly state?: string
  /** This key alone. */
  readonly key?: Key
}

/** A step that keeps something in the checkpoint. */
export interface StoredStep {
  readonly step: string
  /** `source`, `operator` or `sink`. */
  readonly kind: string
  /** The type of an operator or connector: `process`, `window`, `files`. */
  readonly type: string | undefined
  /** Whether it keeps state or timers by key. */
  readonly isKeyed: boolean
  readonly states: readonly { readonly name: string; readonly kind: string }[]
  readonly sizeBytes: number
}

/** What a checkpoint and a savepoint say alike. */
export type Snapshot = Pick<CheckpointEntry, 'job' | 'plan' | 'steps'>

/**
 * The state of a checkpoint or savepoint. What is read is verified first: a wrong byte is
 * CHECKPOINT_DAMAGED, never a wrong value.
 */
export class StateReader {
  /** In words: `checkpoint 12`, `savepoint 'before'`. */
  readonly name: string
  readonly snapshot: Snapshot
  readonly folder: SegmentFolder
  /** Whether a run has let go of it meanwhile. */
  readonly #isGone: () => Promise<boolean>

  constructor(
    name: string,
    snapshot: Snapshot,
    folder: SegmentFolder,
    isGone: () => Promise<boolean> = async () => false,
  ) {
    this.name = name
    this.snapshot = snapshot
    this.folder = folder
    this.#isGone = isGone
  }

  get job(): string {
    return this.snapshot.job
  }

  get maxParallelism(): number {
    return this.snapshot.plan.maxParallelism
  }

  /** All steps that the checkpoint knows. */
  get steps(): readonly StoredStep[] {
    return (this.snapshot.steps as readonly DescribedStep[]).map(({ step, facts, segments }) => ({
      step,
      kind: facts.kind,
      type: facts.operator ?? facts.connector,
      isKeyed: facts.keyed ?? facts.state.length > 0,
      states: facts.state.map(({ name, kind }) => ({ name, kind })),
      sizeBytes: segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    }))
  }

  /** The states of a step, key group by key group. Throws CHECKPOINT_NOT_FOUND for no such step. */
  async *entries(step: string, selection: StateSelection = {}): AsyncGenerator<StoredEntry> {
    this.#checkState(step, selection.state)
    // As the step declares them; a segment names them as they were opened.
    const order = this.step(step).facts.state.map(({ name }) => name)
    const place = ({ facts }: StoredTable): number => order.indexOf(facts.name)
    for await (const group of this.groups(step, selection.key)) {
      for (const table of group.tables.toSorted((one, other) => place(one) - place(other))) {
        if (table.facts.kind === 'timers') continue
        if (selection.state !== undefined && table.facts.name !== selection.state) continue
        yield* entriesOf(table, selection.key)
      }
    }
  }

  /** The timers of a step; the name of a state selects nothing here. */
  async *timers(step: string, { key }: StateSelection = {}): AsyncGenerator<StoredTimer> {
    for await (const group of this.groups(step, key)) {
      for (const table of group.tables) {
        if (table.facts.kind === 'timers') yield* timersOf(table, key)
      }
    }
  }

  /** What a step holds, one key group after the other; of a key, its group alone. */
  async *groups(step: string, key?: Key): AsyncGenerator<GroupState> {
    const { maxParallelism } = this
    const only = key === undefined ? undefined : keyGroupOf(key, maxParallelism)
    const { segments } = this.step(step)
    const indexed = new Map<string, IndexedSegment>()
    for (let group = only ?? 0; group <= (only ?? maxParallelism - 1); group++) {
      const open: IndexedSegment[] = []
      for (const ref of segments) {
        if (ref.range.last < group) indexed.delete(ref.name)
        if (ref.range.first > group || ref.range.last < group) continue
        const known = indexed.get(ref.name) ?? (await this.#reading(indexSegment(this.folder, ref)))
        indexed.set(ref.name, known)
        open.push(known)
      }
      if (open.length > 0) yield await this.#reading(readGroup(this.folder, open, group))
    }
  }

  /** What is missing because its checkpoint was collected meanwhile is not damaged. */
  async #reading<Result>(read: Promise<Result>): Promise<Result> {
    try {
      return await read
    } catch (error) {
      const isDamage = error instanceof SluiceError && error.code === 'CHECKPOINT_DAMAGED'
      if (!isDamage || !(await this.#isGone())) throw error
      throw new SluiceError(
        'CHECKPOINT_NOT_FOUND',
        `The ${this.name} of job '${this.job}' was deleted while it was read: the job goes on.`,
        { hint: 'Read a newer one, or a savepoint, which is never deleted.', cause: error },
      )
    }
  }

  /** Throws CHECKPOINT_NOT_FOUND. */
  step(name: string): DescribedStep {
    const { steps } = this.snapshot
    const found = steps.find(({ step }) => step === name)
    if (found !== undefined) return found as DescribedStep
    const names = steps.map(({ step }) => step).join(', ')
    throw new SluiceError(
      'CHECKPOINT_NOT_FOUND',
      `The ${this.name} of job '${this.job}' has no step '${name}'.`,
      { hint: names === '' ? 'It holds no state at all.' : `It has ${names}.` },
    )
  }

  #checkState(step: string, state: string | undefined): void {
    const { facts } = this.step(step)
    if (state === undefined || facts.state.some(({ name }) => name === state)) return
    const names = facts.state.map(({ name }) => name).join(', ')
    throw new SluiceError('CHECKPOINT_NOT_FOUND', `Step '${step}' has no state '${state}'.`, {
      where: { step },
      hint: names === '' ? 'It has no declared state.' : `It has ${names}.`,
    })
  }
}

function* entriesOf({ facts, cells }: StoredTable, key: Key | undefined): Generator<StoredEntry> {
  const wanted = key === undefined ? undefined : mapKey(key)
  if (facts.kind === 'map') {
    yield* mapsOf({ facts, cells }, wanted)
    return
  }
  for (const cell of cells.values()) {
    if (wanted !== undefined && mapKey(cell.key) !== wanted) continue
    yield { ...head(facts, cell), value: cell.value, ...age(facts, cell.writtenAt) }
  }
}

/** The items of a map lie apart; here they come together. Its date is that of its newest item. */
function* mapsOf({ facts, cells }: StoredTable, wanted: unknown): Generator<StoredEntry> {
  const maps = new Map<string, { first: StoredCell; items: Map<Key, unknown>; writtenAt: number }>()
  for (const cell of cells.values()) {
    if (wanted !== undefined && mapKey(cell.key) !== wanted) continue
    const name = placeName(cell.key, cell.namespace, undefined)
    const map = maps.get(name) ?? { first: cell, items: new Map(), writtenAt: 0 }
    map.items.set(cell.itemKey as Key, cell.value)
    map.writtenAt = Math.max(map.writtenAt, cell.writtenAt)
    maps.set(name, map)
  }
  for (const { first, items, writtenAt } of maps.values()) {
    yield { ...head(facts, first), value: items, ...age(facts, writtenAt) }
  }
}

function head(
  { name, kind, namespaced }: TableFacts,
  { key, namespace }: StoredCell,
): Omit<StoredEntry, 'value'> {
  return { state: name, kind, key, ...(namespaced ? { namespace } : {}) }
}

function age({ aged }: TableFacts, writtenAt: number): Pick<StoredEntry, 'writtenAt'> {
  return aged && writtenAt !== 0 ? { writtenAt } : {}
}

function* timersOf({ facts, cells }: StoredTable, key: Key | undefined): Generator<StoredTimer> {
  const domain = facts.name as StoredTimer['domain']
  const wanted = key === undefined ? undefined : mapKey(key)
  for (const cell of cells.values()) {
    if (wanted !== undefined && mapKey(cell.key) !== wanted) continue
    const times = cell.value as number | ReadonlySet<number>
    for (const time of typeof times === 'number' ? [times] : times) {
      yield { domain, key: cell.key, namespace: cell.namespace, time }
    }
  }
}
