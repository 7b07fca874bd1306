// Watches every change of names on the disk and holds what must be true at that moment: a result
// becomes visible only when a durable entry owes it, nothing that is owed is thrown away, nothing
// that is retained is deleted, and a run reads only when everything owed below its fence is
// visible.

import { retainedSegments } from '@sluice/runtime/internal'
import type { DiskChange, SimulatedDisk, SimulatedWorld } from '@sluice/testing/simulator'
import { checkpointFolder, outputFolder } from '../job/simulated-job.ts'
import { exists } from './disk-reading.ts'
import { type LogHistory, owedBy } from './log-history.ts'

/** The wall clock of the simulated machine at virtual time 0. */
const startOfTimeMs = 1_750_000_000_000
const hiddenPart = /^\/out\/[^/]+\/\.sluice\//
const result = /^\/out\/[^/]+\/(?!\.sluice\/|_manifests\/)/
const segment = /^\/checkpoints\/segments\/(.+)$/
const entry = /^\/checkpoints\/log\/(\d{12})$/

export class DiskWatch {
  readonly #disk: SimulatedDisk
  readonly #history: LogHistory
  readonly #report: (violation: string) => void
  readonly #world: SimulatedWorld
  /** As of the history: paths below it are meant as if it were '/'. */
  readonly #root: string
  readonly #namedAtMs = new Map<string, number>()

  constructor(world: SimulatedWorld, history: LogHistory, report: (violation: string) => void) {
    this.#world = world
    this.#disk = world.disk
    this.#history = history
    this.#root = history.root
    this.#report = report
  }

  /** When a file got its name or was written last, in virtual time. */
  changedAtMs(path: string): number {
    const wrote = (this.#disk.stat(path)?.modifiedMs ?? 0) - startOfTimeMs
    return Math.max(wrote, this.#namedAtMs.get(path) ?? 0)
  }

  changed({ kind, path: changed }: DiskChange): void {
    if (!changed.startsWith(`${this.#root}/`)) return
    this.#namedAtMs.set(changed, this.#world.nowMs)
    const path = changed.slice(this.#root.length)
    if (kind === 'removed') this.#removed(path)
    else if (path.startsWith(`${checkpointFolder}/log/`)) this.#history.linked(path)
    else if (path.startsWith(`${outputFolder}/`) && result.test(path)) this.#published(path)
  }

  /** A run of this generation reads its first records. */
  reads(generation: number): void {
    const owing = this.#history.newestBelow(generation)
    if (owing === undefined) return
    const missing = owedBy(owing, this.#root).filter(({ visible }) => !exists(this.#disk, visible))
    for (const { visible } of missing.slice(0, 3)) {
      this.#report(`generation ${generation} reads, and ${visible} is not committed`)
    }
  }

  #published(path: string): void {
    const owing = this.#history.owing(`${this.#root}${path}`)
    if (owing.length === 0) this.#report(`${path} became visible, and no entry owes it`)
    else if (!owing.some((each) => this.#history.isDurable(each))) {
      this.#report(`${path} became visible before the entry that owes it was durable`)
    }
  }

  #removed(path: string): void {
    const segmentName = segment.exec(path)?.[1]
    const newest = this.#history.newestCheckpoint
    if (segmentName !== undefined) {
      if (newest !== undefined && retainedSegments(newest).has(segmentName)) {
        this.#report(
          `segment ${segmentName} was deleted, and checkpoint ${newest.checkpoint} needs it`,
        )
      }
    } else if (entry.test(path)) {
      const position = Number(entry.exec(path)?.[1])
      if (position > this.#history.floor)
        this.#report(`entry ${position} above the floor was deleted`)
      if (newest?.retained.some((kept) => kept.position === position)) {
        this.#report(`entry ${position} was deleted, and it is retained`)
      }
    } else if (hiddenPart.test(path)) {
      this.#aborted(path)
    } else if (result.test(path)) {
      this.#report(`the result ${path} was removed`)
    }
  }

  #aborted(path: string): void {
    const hidden = `${this.#root}${path}`
    const newest = this.#history.newestCheckpoint
    const part =
      newest === undefined
        ? undefined
        : owedBy(newest, this.#root).find((each) => each.hidden === hidden)
    if (part !== undefined && !exists(this.#disk, part.visible)) {
      this.#report(`${hidden} was thrown away, and checkpoint ${newest?.checkpoint} owes it`)
    }
  }
}
