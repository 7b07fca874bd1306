// Keyed state and timers in a key-value store on disk, with a bounded cache of live objects above:
// for state that does not fit into memory. Snapshots are the same segments as the heap's. Ties
// tables, timers and snapshots together; docs/internals/rocksdb.md describes them.

import type { KeyValueStore } from '@sluice/core/connector'
import {
  type Key,
  SluiceError,
  type StateDescriptor,
  type StateHandles,
  type StateSchemas,
} from '@sluice/core/internal'
import { ByteWriter } from '../network/codec/byte-writer.ts'
import {
  assertSameKind,
  declareTable,
  factsOf,
  segmentHeader,
  writtenFacts,
} from './declared-table.ts'
import { HeapCounterState } from './handle/counter-handle.ts'
import { HeapListState } from './handle/list-handle.ts'
import { largeListWarning } from './handle/large-list.ts'
import { longListWarning } from './handle/long-list.ts'
import { valueStore } from './handle/stored-value.ts'
import { HeapValueState } from './handle/value-handle.ts'
import { KeyContext } from './heap/key-context.ts'
import { storedSegment } from './heap/segment-chain.ts'
import { SnapshotSeries } from './heap/snapshot-series.ts'
import type { TableFacts } from './segment/segment-format.ts'
import { declaredFacts } from './segment/stored-schema.ts'
import type {
  KeyedStateBackend,
  KeyGroupRange,
  SegmentNaming,
  SegmentRef,
  SnapshotInProgress,
  SnapshotScope,
  StateBackendOptions,
  TimerCallback,
  TimerDomain,
} from './state-backend.ts'
import { CellCache } from './stored/cache/cell-cache.ts'
import { Generations } from './stored/generations.ts'
import { Prefetch } from './stored/cache/prefetch.ts'
import { isTimers, type RecordTable } from './stored/rows/row-record.ts'
import { Rows } from './stored/rows/rows.ts'
import { adoptCopy } from './stored/copy/adoption.ts'
import { CopyTaker } from './stored/copy/copy-taker.ts'
import type { CopyKeeper, StateCopy } from './stored/copy/state-copy.ts'
import { StoredCapture } from './stored/stored-capture.ts'
import { StoredItems } from './stored/map/stored-items.ts'
import { loadRows } from './stored/stored-loader.ts'
import { StoredMapState } from './stored/map/stored-map-handle.ts'
import { StoredTable, type TableServices } from './stored/stored-table.ts'
import { StoredTimers } from './stored/timers/stored-timers.ts'

/** Of the memory for objects: for lists of changed rows, for the next timers, for later ones. */
const CHANGED_ROWS_PART = 1 / 16
const NEAR_TIMERS_PART = 1 / 32
const PACKED_TIMERS_PART = 1 / 16
/** For the filters of written rows, and what each of them takes. */
const FILTERS_PART = 1 / 32
const FILTER_PART = 1 / 64
const CELLS_PART = 1 - CHANGED_ROWS_PART - NEAR_TIMERS_PART - PACKED_TIMERS_PART - FILTERS_PART
/** A timer in memory takes about so much. */
const TIMER_BYTES = 256
/** The key of a row has one byte for its table. */
const MOST_TABLES = 255

export interface StoredBackendOptions extends StateBackendOptions {
  /** Memory for live objects; the store has a limit of its own. */
  readonly cacheBytes: number
  /** Keeps local copies of the store. */
  readonly copies?: CopyKeeper | undefined
  /** What the store holds, where it is such a copy and not empty. */
  readonly copy?: StateCopy | undefined
}

/**
 * Makes a backend on a store, which it owns from then on. The store is empty, or the copy that the
 * options describe; then `adopt` is called before anything is restored.
 */
export function createStoredBackend(
  options: StoredBackendOptions,
  store: KeyValueStore,
): KeyedStateBackend {
  return new StoredBackend(options, store)
}

class StoredBackend implements KeyedStateBackend {
  readonly range: KeyGroupRange
  readonly wantsPrefetch = true
  readonly #options: StoredBackendOptions
  readonly #schemas: StateSchemas
  readonly #rows: Rows
  readonly #services: TableServices
  readonly #tables: RecordTable[] = []
  readonly #states: StoredTable[] = []
  readonly #handles = new Map<string, StateHandles[StateDescriptor['kind']]>()
  readonly #prefetch: Prefetch
  readonly #timers: Readonly<Record<TimerDomain, StoredTimers>>
  readonly #series: SnapshotSeries
  readonly #taker: CopyTaker | undefined

  constructor(options: StoredBackendOptions, store: KeyValueStore) {
    const { step, subtask, maxParallelism, range, now, cacheBytes } = options
    this.range = range
    this.#options = options
    this.#schemas = options.schemas ?? {}
    this.#rows = new Rows(store)
    const changedBytes = cacheBytes * CHANGED_ROWS_PART
    const groups = range.last - range.first + 1
    this.#services = {
      context: new KeyContext(range, maxParallelism),
      rows: this.#rows,
      generations: new Generations(this.#rows, groups, changedBytes),
      cache: new CellCache(cacheBytes * CELLS_PART),
      keyWriter: new ByteWriter(256),
      filterBytes: cacheBytes * FILTER_PART,
      firing: false,
    }
    this.#prefetch = new Prefetch(() => this.#states, range, maxParallelism)
    this.#timers = { event: this.#newTimers('event'), processing: this.#newTimers('processing') }
    this.#series = new SnapshotSeries({ step, subtask, maxParallelism, range, now })
    const { rows, cache, generations } = this.#services
    const source = { step, maxParallelism, range, rows, cache, generations, tables: this.#tables }
    this.#taker = options.copies && new CopyTaker(options.copies, source)
  }

  #newTimers(domain: TimerDomain): StoredTimers {
    const timers = new StoredTimers(domain, this.#tables.length, {
      tables: this.#services,
      nearTimers: (this.#options.cacheBytes * NEAR_TIMERS_PART) / TIMER_BYTES,
      packedBytes: this.#options.cacheBytes * PACKED_TIMERS_PART,
      fetch: (due, group) => this.#prefetch.timers(due, group),
    })
    this.#tables.push(timers)
    return timers
  }

  #newTable(facts: TableFacts): StoredTable {
    const table = new StoredTable(facts, this.#tables.length, this.#services)
    if (table.index >= MOST_TABLES) {
      throw new SluiceError('JOB_INVALID', `A step with more than ${MOST_TABLES} states.`, {
        where: { step: this.#options.step },
        hint: 'Put several of them into one state, as an object or a map.',
      })
    }
    this.#tables.push(table)
    this.#states.push(table)
    return table
  }

  setKey(key: Key, keyGroup: number): void {
    this.#services.context.setKey(key, keyGroup)
  }

  setNamespace(namespace: number): void {
    this.#services.context.setNamespace(namespace)
  }

  prefetch(keys: readonly Key[]): void {
    this.#prefetch.keys(keys)
  }

  state<D extends StateDescriptor>(descriptor: D): StateHandles[D['kind']] {
    const opened = this.#handles.get(descriptor.name)
    if (opened !== undefined) return opened as StateHandles[D['kind']]
    const table = this.#stateFor(factsOf(descriptor))
    declareTable(table, descriptor, this.#schemas, this.#options)
    const handle = this.#handle(table, descriptor)
    this.#handles.set(descriptor.name, handle)
    return handle as StateHandles[D['kind']]
  }

  #handle(
    table: StoredTable,
    { name, kind }: StateDescriptor,
  ): StateHandles[StateDescriptor['kind']] {
    const { step, freezes } = this.#options
    const store = valueStore(step, name, freezes, this.#schemas[name]?.rules)
    const { context } = this.#services
    switch (kind) {
      case 'value':
        return new HeapValueState(table, store)
      case 'counter':
        return new HeapCounterState(table)
      case 'list':
        table.large = largeListWarning(this.#options, name)
        return new HeapListState(table, store, longListWarning(this.#options, name, context))
      case 'map':
        return new StoredMapState(new StoredItems(table), store)
    }
  }

  /** The table of this name, made if need be: by a declaration or by what was stored. */
  #stateFor(facts: TableFacts): StoredTable {
    const table = this.#states.find((each) => each.facts.name === facts.name)
    if (table === undefined) return this.#newTable(declaredFacts(facts, this.#schemas[facts.name]))
    assertSameKind(table.facts, facts, this.#options)
    return table
  }

  setTimer(domain: TimerDomain, time: number): void {
    this.#timers[domain].set(time)
  }

  deleteTimer(domain: TimerDomain, time: number): void {
    this.#timers[domain].delete(time)
  }

  nextTimer(domain: TimerDomain): number {
    return this.#timers[domain].next()
  }

  fireTimers(domain: TimerDomain, until: number, limit: number, call: TimerCallback): number {
    return this.#timers[domain].fire(until, limit, call)
  }

  startSnapshot(
    checkpoint: number,
    naming: SegmentNaming,
    scope: SnapshotScope = 'changes',
  ): SnapshotInProgress {
    const tables = this.#tables.map((table) =>
      isTimers(table) ? table.facts : writtenFacts(table),
    )
    const header = segmentHeader(this.#options, checkpoint, tables)
    const { generations } = this.#services
    const complete = scope === 'everything' || this.#options.incremental === false
    const copy = scope === 'changes' ? this.#taker?.take(checkpoint) : undefined
    const snapshot = this.#series.start(checkpoint, naming, complete, (whole) => {
      return new StoredCapture(header, this.#tables, generations, this.#rows.view(), whole)
    })
    return copy === undefined || this.#taker === undefined
      ? snapshot
      : this.#taker.follow(snapshot, copy, this.#series)
  }

  checkpointCompleted(checkpoint: number): void {
    this.#taker?.completed(checkpoint)
  }

  adopt(segments: readonly SegmentRef[], dropped: readonly string[] = []): boolean {
    const { copy, step, maxParallelism } = this.#options
    if (copy === undefined) return false
    const adopted = adoptCopy(copy, segments, dropped, {
      step,
      maxParallelism,
      range: this.range,
      schemas: this.#schemas,
      rows: this.#rows,
      generations: this.#services.generations,
      chain: this.#series.chain,
      tableFor: (facts) => this.#tableFor(facts),
    })
    this.#options.copies?.opened(adopted)
    if (adopted) this.#services.context.forget()
    return adopted
  }

  restore(
    segments: Iterable<{ readonly ref: SegmentRef; readonly bytes: Uint8Array }>,
    dropped: readonly string[] = [],
  ): void {
    const { own, loaded } = loadRows(segments, {
      step: this.#options.step,
      schemas: this.#schemas,
      rows: this.#rows,
      generations: this.#services.generations,
      range: this.range,
      maxParallelism: this.#options.maxParallelism,
      dropped,
      tableFor: (facts) => this.#tableFor(facts),
    })
    if (own)
      for (const { ref, sections } of loaded)
        this.#series.chain.add(storedSegment(ref, 0, sections))
    this.#services.context.forget()
  }

  #tableFor(facts: TableFacts): RecordTable {
    if (facts.kind !== 'timers') return this.#stateFor(facts)
    return facts.name === 'processing' ? this.#timers.processing : this.#timers.event
  }

  /** Live cells, and the memory that cache and store take. */
  size(): { readonly entries: number; readonly bytes: number } {
    const entries = this.#states.reduce((sum, { cells }) => sum + cells, 0)
    return { entries, bytes: this.#services.cache.sizeBytes + this.#rows.memoryBytes() }
  }

  close(): void {
    this.#states.length = 0
    this.#tables.length = 0
    this.#handles.clear()
    this.#rows.close()
  }
}
