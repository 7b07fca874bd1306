// Keyed state and timers as live objects in memory: the default backend. Ties tables, timers and
// snapshots together; docs/internals/state.md describes how snapshots come about.

import {
  type Key,
  type StateDescriptor,
  type StateHandles,
  type StateSchemas,
} from '@sluice/core/internal'
import {
  assertSameKind,
  declareTable,
  factsOf,
  segmentHeader,
  writtenFacts,
} from './declared-table.ts'
import { HeapCounterState } from './handle/counter-handle.ts'
import { RowCounterState } from './handle/row-counter-handle.ts'
import { RowValueState } from './handle/row-value-handle.ts'
import { HeapListState } from './handle/list-handle.ts'
import { largeListWarning } from './handle/large-list.ts'
import { longListWarning } from './handle/long-list.ts'
import { HeapMapState } from './handle/map-handle.ts'
import { valueStore } from './handle/stored-value.ts'
import { HeapValueState } from './handle/value-handle.ts'
import { ChangeTracker } from './heap/change-tracker.ts'
import { Capture } from './heap/capture.ts'
import { HeapTable } from './heap/heap-table.ts'
import { KeyContext } from './heap/key-context.ts'
import { storedSegment } from './heap/segment-chain.ts'
import { loadSegments } from './heap/loading/segment-loader.ts'
import { SnapshotSeries } from './heap/snapshot-series.ts'
import { TimerQueue } from './heap/timer-queue.ts'
import { SegmentBuffers } from './segment/segment-buffers.ts'
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

/** Rough bytes of a cell beside its encoded content: objects, slots of Maps, place in lists. */
const CELL_BYTES = 144

/** Makes an empty backend for one keyed operator and subtask. */
export function createHeapBackend(options: StateBackendOptions): KeyedStateBackend {
  return new HeapBackend(options)
}

class HeapBackend implements KeyedStateBackend {
  readonly range: KeyGroupRange
  readonly #options: StateBackendOptions
  readonly #context: KeyContext
  readonly #tracker = new ChangeTracker<HeapTable>()
  readonly #buffers = new SegmentBuffers()
  readonly #tables: HeapTable[] = []
  readonly #handles = new Map<string, StateHandles[StateDescriptor['kind']]>()
  readonly #timers: Readonly<Record<TimerDomain, TimerQueue>>
  readonly #series: SnapshotSeries
  readonly #schemas: StateSchemas

  constructor(options: StateBackendOptions) {
    this.range = options.range
    this.#options = options
    this.#schemas = options.schemas ?? {}
    this.#context = new KeyContext(options.range, options.maxParallelism)
    this.#timers = { event: this.#timerQueue('event'), processing: this.#timerQueue('processing') }
    const { step, subtask, maxParallelism, range, now } = options
    this.#series = new SnapshotSeries({ step, subtask, maxParallelism, range, now })
  }

  #timerQueue(domain: TimerDomain): TimerQueue {
    const facts: TableFacts = { name: domain, kind: 'timers', namespaced: true, aged: false }
    return new TimerQueue(this.#newTable(facts), this.#context)
  }

  #newTable(facts: TableFacts): HeapTable {
    const table = new HeapTable(facts, this.#tables.length, this.#context, this.#tracker)
    if (hasRows(facts, this.#schemas)) table.withRows()
    this.#tables.push(table)
    return table
  }

  setKey(key: Key, keyGroup: number): void {
    this.#context.setKey(key, keyGroup)
  }

  setNamespace(namespace: number): void {
    this.#context.setNamespace(namespace)
  }

  /** All keys are in memory. */
  prefetch(_keys: readonly Key[]): void {}

  state<D extends StateDescriptor>(descriptor: D): StateHandles[D['kind']] {
    const opened = this.#handles.get(descriptor.name)
    if (opened !== undefined) return opened as StateHandles[D['kind']]
    const table = this.#tableFor(factsOf(descriptor))
    declareTable(table, descriptor, this.#schemas, this.#options)
    const handle = this.#handle(table, descriptor)
    this.#handles.set(descriptor.name, handle)
    return handle as StateHandles[D['kind']]
  }

  #handle(
    table: HeapTable,
    { name, kind }: StateDescriptor,
  ): StateHandles[StateDescriptor['kind']] {
    const { step, freezes } = this.#options
    const store = valueStore(step, name, freezes, this.#schemas[name]?.rules)
    switch (kind) {
      case 'value':
        return new RowValueState(table, new HeapValueState(table, store), this.#context, freezes)
      case 'counter':
        return new RowCounterState(table, new HeapCounterState(table), this.#context)
      case 'list':
        table.large = largeListWarning(this.#options, name)
        return new HeapListState(table, store, longListWarning(this.#options, name, this.#context))
      case 'map':
        return new HeapMapState(table, store)
    }
  }

  /** The table of this name, made if need be: by a declaration or by what was stored. */
  #tableFor(facts: TableFacts): HeapTable {
    const table = this.#tables.find((each) => {
      return each.facts.name === facts.name && isTimers(each.facts) === isTimers(facts)
    })
    if (table === undefined) {
      const made = this.#newTable(declaredFacts(facts, this.#schemas[facts.name]))
      if (facts.aged) made.withoutRows()
      return made
    }
    if (facts.aged) table.withoutRows()
    assertSameKind(table.facts, facts, this.#options)
    return table
  }

  /** Takes what nobody wants any more, for as long as it is loaded. */
  #tableAside(facts: TableFacts, aside: Map<string, HeapTable>): HeapTable {
    const known = aside.get(facts.name)
    if (known !== undefined) return known
    const table = new HeapTable(facts, this.#tables.length, this.#context, this.#tracker)
    aside.set(facts.name, table)
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
    const tables = this.#tables.map((table) => writtenFacts(table))
    const header = segmentHeader(this.#options, checkpoint, tables)
    const complete = scope === 'everything' || this.#options.incremental === false
    return this.#series.start(checkpoint, naming, complete, (whole) => {
      const capture = new Capture(header, this.#tables, this.#tracker, whole, this.#buffers)
      this.#tracker.nextGeneration()
      this.#tracker.begin(capture)
      return capture
    })
  }

  /**
   * Nothing follows from it here: a delta builds on segments that are stored, and those stay listed
   * whether or not the checkpoint that stored them is complete.
   */
  checkpointCompleted(_checkpoint: number): void {}

  restore(
    segments: Iterable<{ readonly ref: SegmentRef; readonly bytes: Uint8Array }>,
    dropped: readonly string[] = [],
  ): void {
    const passedOver = new Map<string, HeapTable>()
    const { own, loaded } = loadSegments(segments, {
      step: this.#options.step,
      schemas: this.#schemas,
      range: this.range,
      maxParallelism: this.#options.maxParallelism,
      tableFor: (facts) =>
        isTimers(facts) || !dropped.includes(facts.name)
          ? this.#tableFor(facts)
          : this.#tableAside(facts, passedOver),
    })
    // Segments that hold what was dropped are left behind, so that it never comes back.
    if (own && passedOver.size === 0)
      for (const { ref, sections } of loaded)
        this.#series.chain.add(storedSegment(ref, 0, sections))
    this.#timers.event.rebuild()
    this.#timers.processing.rebuild()
    this.#context.forget()
  }

  size(): { readonly entries: number; readonly bytes: number } {
    let entries = 0
    let bytes = 0
    for (const table of this.#tables) {
      const { cells, writtenBytes, writtenRecords } = table
      entries += cells
      bytes += cells * (CELL_BYTES + (writtenRecords === 0 ? 0 : writtenBytes / writtenRecords))
    }
    return { entries, bytes: Math.round(bytes) }
  }

  close(): void {
    this.#tables.length = 0
    this.#handles.clear()
  }
}

/**
 * Numbers, and what windows keep, which mostly is a few of them. Values that a schema describes may
 * have to be brought into another form when they were loaded, which goes through entries.
 */
function hasRows({ name, kind, namespaced }: TableFacts, schemas: StateSchemas): boolean {
  if (kind === 'value') return schemas[name] === undefined
  return kind === 'timers' || (kind === 'counter' && !namespaced)
}

function isTimers(facts: TableFacts): boolean {
  return facts.kind === 'timers'
}
