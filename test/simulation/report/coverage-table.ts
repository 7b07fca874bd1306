// Which faults struck in which phases of the protocol, over all seeds of a run. A cell that is
// possible and stays empty over a large run means that the simulator has a blind spot.

import { chanceKinds } from '../faults/draw-rates.ts'
import { disasterKinds } from '../faults/disaster.ts'
import { activities, type Activity, type PhaseOrStart, phases } from '../faults/moment.ts'
import type { SeedResult } from '../run/seed-result.ts'
import { orderKinds } from '../scenario/order.ts'

type Column = PhaseOrStart | Activity

const allColumns: readonly Column[] = [...phases, ...activities]

const headings: Readonly<Record<Column, string>> = {
  starting: 'start',
  recovering: 'recov',
  reading: 'read',
  triggered: 'trig',
  aligning: 'align',
  acknowledged: 'acked',
  'before-manifest': '<manif',
  'after-manifest': 'manif>',
  'before-commit': '<commit',
  'in-commit': 'commit',
  'after-commit': 'commit>',
  noted: 'noted',
  copying: 'savep',
  beginning: 'from',
}

const kinds: readonly string[] = [...disasterKinds, ...orderKinds, ...chanceKinds]

export class CoverageTable {
  readonly #counts = new Map<string, number>()

  add(result: Pick<SeedResult, 'faults'>): void {
    for (const { kind, phase, during } of result.faults) {
      for (const column of [phase, ...during]) this.#count(kind, column, 1)
    }
  }

  /** By `<fault> at <phase>`. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }

  /** Possible cells in which nothing happened. */
  empty(): string[] {
    return kinds.flatMap((kind) =>
      allColumns
        .filter((column) => isPossible(kind, column))
        .map((column) => cellOf(kind, column))
        .filter((cell) => !this.#counts.has(cell)),
    )
  }

  text(): string {
    const head = ['', ...allColumns.map((column) => headings[column])]
    const rows = kinds.map((kind) => [
      kind,
      ...allColumns.map((column) => this.#shown(kind, column)),
    ])
    const widths = head.map((_, column) =>
      Math.max(...[head, ...rows].map((row) => (row[column] as string).length)),
    )
    return [head, ...rows]
      .map((row) =>
        row
          .map((text, column) =>
            column === 0
              ? text.padEnd(widths[0] as number)
              : text.padStart(widths[column] as number),
          )
          .join(' '),
      )
      .join('\n')
  }

  #count(kind: string, phase: string, count: number): void {
    const cell = `${kind} at ${phase}`
    this.#counts.set(cell, (this.#counts.get(cell) ?? 0) + count)
  }

  #shown(kind: string, column: Column): string {
    const count = this.#counts.get(cellOf(kind, column))
    return count === undefined ? (isPossible(kind, column) ? '-' : '·') : String(count)
  }
}

function cellOf(kind: string, column: Column): string {
  return `${kind} at ${column}`
}

function without(...absent: readonly PhaseOrStart[]): readonly Column[] {
  return phases.filter((phase) => !absent.includes(phase))
}

/** `after-manifest` passes into `before-commit` in one turn, `noted` into `reading`. */
const passing = ['after-manifest', 'noted'] as const
const committing = ['before-commit', 'in-commit'] as const
const writing = without(...passing, 'recovering')

/**
 * Where a kind of fault strikes in every large campaign; a process strikes everywhere, but a worker
 * only once tasks are being started. Where a file operation is rare (or another thread's, by
 * chance), nothing is demanded.
 */
const strikesIn: Readonly<Record<string, readonly Column[]>> = {
  'process-dies': allColumns,
  'machine-crashes': allColumns,
  'process-sleeps': allColumns,
  'state-folder-lost': ['reading', 'aligning'],
  'checkpoint-ordered': ['recovering', 'reading', 'aligning'],
  'savepoint-ordered': without(...passing),
  'stop-with-savepoint': without(...passing),
  'drain-ordered': ['reading'],
  'garbage-collected': ['reading', 'aligning', 'in-commit'],
  'store-open-failed': ['recovering'],
  'store-read-failed': ['reading'],
  'store-write-failed': ['reading'],
  'store-copy-failed': ['aligning'],
  'worker-dies': without('starting'),
  'worker-then-process-dies': without('starting'),
  'worker-stalls': without('starting'),
  'file-slow': without('after-manifest'),
  'open-failed': without(...passing),
  'append-failed': writing,
  'append-full': writing,
  'sync-failed': writing,
  'read-failed': without(...passing, 'triggered', 'after-commit'),
  'stat-failed': without(...passing, 'triggered', 'after-commit'),
  'list-failed': without(...passing, 'triggered', 'acknowledged', 'after-commit'),
  'list-stale': without('after-manifest', 'after-commit'),
  'makeDirectory-failed': ['starting', 'before-commit'],
  'makeDirectory-unsure': ['starting', 'before-commit'],
  'link-failed': ['starting', 'before-manifest'],
  'link-unsure': ['starting', 'before-manifest'],
  'rename-failed': ['starting', 'triggered', 'aligning', ...committing, 'after-commit'],
  'rename-unsure': ['starting', 'triggered', 'aligning', ...committing, 'after-commit'],
  'remove-failed': without('after-manifest', 'triggered', 'after-commit'),
  'remove-unsure': without('after-manifest', 'triggered', 'after-commit'),
  'syncDirectory-failed': without('after-manifest', 'acknowledged', 'after-commit'),
  'commit-failed-before': committing,
  'commit-failed-after': committing,
  'commit-slow': committing,
  'async-failed': ['reading', 'triggered', 'aligning', 'acknowledged', ...committing],
  'async-hangs': ['reading', 'aligning', 'in-commit'],
  'user-function-throws': ['reading', 'aligning'],
}

/** What is not named strikes in each phase of the protocol. */
function isPossible(kind: string, column: Column): boolean {
  return (strikesIn[kind] ?? phases).some((each) => each === column)
}
