// Which faults struck in which phases of the protocol, over all seeds of a run. A cell that is
// possible and stays empty over a large run means that the simulator has a blind spot.

import { chanceKinds } from '../faults/draw-rates.ts'
import { disasterKinds } from '../faults/disaster.ts'
import { type PhaseOrStart, phases } from '../faults/moment.ts'
import type { SeedResult } from '../run/seed-result.ts'

const columns: Readonly<Record<PhaseOrStart, string>> = {
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
}

const kinds: readonly string[] = [...disasterKinds, ...chanceKinds]

export class CoverageTable {
  readonly #counts = new Map<string, number>()

  add(result: Pick<SeedResult, 'faults'>): void {
    for (const { kind, phase } of result.faults) this.#count(kind, phase, 1)
  }

  /** By `<fault> at <phase>`. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }

  /** Possible cells in which nothing happened. */
  empty(): string[] {
    return kinds.flatMap((kind) =>
      phases
        .filter((phase) => isPossible(kind, phase))
        .map((phase) => cellOf(kind, phase))
        .filter((cell) => !this.#counts.has(cell)),
    )
  }

  text(): string {
    const head = ['', ...phases.map((phase) => columns[phase])]
    const rows = kinds.map((kind) => [kind, ...phases.map((phase) => this.#shown(kind, phase))])
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

  #shown(kind: string, phase: PhaseOrStart): string {
    const count = this.#counts.get(cellOf(kind, phase))
    return count === undefined ? (isPossible(kind, phase) ? '-' : '·') : String(count)
  }
}

function cellOf(kind: string, phase: PhaseOrStart): string {
  return `${kind} at ${phase}`
}

/** No worker lives before the tasks are started, nothing is committed while a fence is raised, … */
const impossible: Readonly<Record<string, readonly PhaseOrStart[]>> = {}

function isPossible(kind: string, phase: PhaseOrStart): boolean {
  return impossible[kind]?.includes(phase) !== true
}
