// The log of checkpoints as it ever was, watched from below: what stands at which position, what
// was void from the start, what a crash took back. It holds the invariants of the log whenever an
// entry is created: one winner per position, rising checkpoints, no older generation above a fence,
// and nothing named that is not durable.

import type { SimulatedDisk } from '@sluice/testing/simulator'
import type {
  CheckpointEntry,
  LogEntry,
} from '../../../packages/runtime/src/checkpoint/protocol/log/entry.ts'
import { decodeEntry } from '../../../packages/runtime/src/checkpoint/protocol/log/entry-codec.ts'
import type { LogPosition } from '../../../packages/runtime/src/checkpoint/protocol/identifiers.ts'
import { checkpointFolder, outputFolder } from '../job/simulated-job.ts'
import { originalName } from '../scenario/renamed-job.ts'
import { exists, namesIn, readFile } from './disk-reading.ts'

const entryPath = /^\/checkpoints\/log\/(\d{12})$/

/** What a committable of the file sink says, read without the sink's own code. */
export interface PreparedPart {
  /** Paths of the disk. */
  readonly hidden: string
  readonly visible: string
  readonly sizeBytes: number
}

export class LogHistory {
  readonly #disk: SimulatedDisk
  /** The folder that is '/' to the processes; '' for the root of the disk. */
  readonly root: string
  readonly #report: (violation: string) => void
  readonly #entries = new Map<number, LogEntry>()
  /** By visible path: where it is owed. */
  readonly #owed = new Map<string, Set<number>>()
  /** Checkpoint entries that stood at some time. */
  completed = 0
  onCheckpoint: ((entry: CheckpointEntry) => void) | undefined

  constructor(disk: SimulatedDisk, report: (violation: string) => void, root = '') {
    this.#disk = disk
    this.root = root
    this.#report = report
  }

  /** Positions at or below it are void. */
  get floor(): number {
    return Math.max(0, ...namesIn(this.#disk, `${this.root}${checkpointFolder}/floor`).map(Number))
  }

  get newestCheckpoint(): CheckpointEntry | undefined {
    return this.newestBelow(Number.POSITIVE_INFINITY)
  }

  newestBelow(position: number): CheckpointEntry | undefined {
    let newest: CheckpointEntry | undefined
    for (const [at, entry] of this.#entries) {
      if (entry.kind === 'checkpoint' && at < position && at > (newest?.position ?? 0))
        newest = entry
    }
    return newest
  }

  /** Entries that owe this file. */
  owing(visible: string): CheckpointEntry[] {
    return [...(this.#owed.get(visible) ?? [])]
      .map((position) => this.#entries.get(position))
      .filter((entry) => entry?.kind === 'checkpoint')
  }

  /** A run goes on as if this fence stood. */
  believedFence(generation: number): void {
    if (this.#entries.get(generation)?.kind === 'fence') return
    this.#report(`a run has generation ${generation}, and no such fence stands`)
  }

  /** A run goes on as if the entry of this checkpoint stood. */
  believedCheckpoint(generation: number, checkpoint: number): void {
    for (const entry of this.#entries.values()) {
      const isIt = entry.kind === 'checkpoint' && Number(entry.checkpoint) === checkpoint
      if (isIt && Number(entry.generation) === generation) return
    }
    this.#report(
      `generation ${generation} completed checkpoint ${checkpoint}, and it does not stand`,
    )
  }

  /** Whether no crash can take this entry back any more. */
  isDurable({ position }: LogEntry): boolean {
    const path = this.#pathOf(position)
    return exists(this.#disk, path) ? this.#disk.isDurable(path) : position <= this.floor
  }

  /** `path` as the processes see it. */
  linked(path: string): void {
    const position = Number(entryPath.exec(path)?.[1])
    if (Number.isNaN(position)) return
    const decoded = decodeEntry(
      readFile(this.#disk, `${this.root}${path}`),
      position as LogPosition,
    )
    if (decoded.kind !== 'entry') {
      this.#report(`entry ${position} is not whole when it becomes visible`)
      return
    }
    const { entry } = decoded
    // Whoever wins a collected position reads the floor afterwards, and knows that it means
    // nothing.
    if (position <= this.floor) return
    const before = this.#entries.get(position)
    if (before !== undefined) {
      if (before.nonce !== entry.nonce) this.#report(`position ${position} was won twice`)
      return
    }
    this.#check(entry)
    this.#add(entry)
  }

  /** After a crash of the machine: what was not durable is gone, or there. */
  crashed(): void {
    const { floor } = this
    const gone = [...this.#entries.keys()].filter(
      (position) => position > floor && !exists(this.#disk, this.#pathOf(position)),
    )
    for (const position of gone) this.#remove(position)
  }

  #add(entry: LogEntry): void {
    this.#entries.set(entry.position, entry)
    if (entry.kind !== 'checkpoint') return
    this.completed++
    for (const { visible } of owedBy(entry, this.root)) {
      const positions = this.#owed.get(visible) ?? new Set()
      this.#owed.set(visible, positions.add(entry.position))
    }
    this.onCheckpoint?.(entry)
  }

  #remove(position: number): void {
    const entry = this.#entries.get(position)
    this.#entries.delete(position)
    if (entry?.kind !== 'checkpoint') return
    for (const { visible } of owedBy(entry, this.root)) this.#owed.get(visible)?.delete(position)
  }

  #check(entry: LogEntry): void {
    const { position, generation } = entry
    const below = [...this.#entries.values()].filter((other) => other.position < position)
    if (position - 1 > this.floor && !this.#entries.has(position - 1)) {
      this.#report(`entry ${position} was created above a gap`)
    }
    if ([...this.#entries.keys()].some((other) => other > position)) {
      this.#report(`entry ${position} was created below others`)
    }
    if (entry.kind === 'fence') {
      if (Number(generation) !== position)
        this.#report(`fence ${position} has generation ${generation}`)
      return
    }
    const fence = Math.max(0, ...below.filter(isFence).map((other) => other.position))
    if (fence !== generation) {
      this.#report(`entry ${position} of generation ${generation} stands above fence ${fence}`)
    }
    const highest = Math.max(0, ...below.map((other) => (isFence(other) ? 0 : checkpointOf(other))))
    if (entry.checkpoint <= highest) {
      this.#report(`checkpoint ${entry.checkpoint} comes after checkpoint ${highest}`)
    }
    this.#checkNamed(entry)
  }

  /** Everything that an entry names is durable before the entry can be seen. */
  #checkNamed(entry: CheckpointEntry): void {
    const { position } = entry
    for (const segment of entry.steps.flatMap((step) => step.segments)) {
      const path = `${this.root}${checkpointFolder}/segments/${segment.name}`
      const stat = this.#disk.stat(path)
      if (stat?.sizeBytes !== segment.sizeBytes || !this.#disk.isDurable(path)) {
        this.#report(`entry ${position} names segment ${segment.name}, which is not durable`)
      }
    }
    for (const { hidden, visible, sizeBytes } of owedBy(entry, this.root)) {
      const path = exists(this.#disk, visible) ? visible : hidden
      if (this.#disk.stat(path)?.sizeBytes !== sizeBytes || !this.#disk.isDurable(path)) {
        this.#report(`entry ${position} owes ${visible}, and ${path} is not durable`)
      }
    }
  }

  #pathOf(position: number): string {
    return `${this.root}${checkpointFolder}/log/${String(position).padStart(12, '0')}`
  }
}

/** What an entry owes to file sinks, as paths of the disk. */
export function owedBy(entry: CheckpointEntry, root: string): PreparedPart[] {
  return entry.owes.map(({ name, bytes }) => {
    const said = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly hidden: string
      readonly file: string
      readonly sizeBytes: number
    }
    // A sink that was renamed goes on in its folder.
    const folder = `${root}${outputFolder}/${originalName(name.sink)}`
    const staging = `${folder}/.sluice/${entry.job}.${name.sink}/${name.logId}`
    return {
      hidden: `${staging}/${said.hidden}`,
      visible: `${folder}/${said.file}`,
      sizeBytes: said.sizeBytes,
    }
  })
}

function isFence(entry: LogEntry): boolean {
  return entry.kind === 'fence'
}

function checkpointOf(entry: LogEntry): number {
  return entry.kind === 'checkpoint' ? entry.checkpoint : 0
}
