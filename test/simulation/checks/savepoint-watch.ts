// Watches the savepoints on the disk: one that has its name is whole, with everything that it needs
// in its own folder, and durable once whoever asked was told; from then on nobody changes it or
// takes a part of it away, but a job that was told to take it over.

import type { DiskChange, SimulatedDisk } from '@sluice/testing/simulator'
import * as codec from '../../../packages/runtime/src/checkpoint/savepoint/savepoint-codec.ts'
import {
  type Savepoint,
  segmentsOf,
} from '../../../packages/runtime/src/checkpoint/savepoint/savepoint.ts'
import { checksumOf } from '../../../packages/runtime/src/state/segment/content-checksum.ts'
import { exists, filesBelow, namesIn, readFile } from './disk-reading.ts'

/** The folders in which savepoints lie. */
export const savepointFolders = ['/checkpoints/savepoints', '/backup'] as const

const named = /^(\/checkpoints\/savepoints|\/backup)\/(?!\.)[^/]+$/
const inNamed = /^((?:\/checkpoints\/savepoints|\/backup)\/(?!\.)[^/]+)(\/|$)/
const unfinished = /^\.savepoint\.[0-9a-z]+\.(\d+)\.[0-9a-f]+\.(under-way|garbage)$/

/** A savepoint that somebody was told of. */
export interface KnownSavepoint {
  readonly folder: string
  readonly savepoint: Savepoint
}

export class SavepointWatch {
  readonly #disk: SimulatedDisk
  readonly #report: (violation: string) => void
  /** By folder: all that have their name. */
  readonly #named = new Map<string, Savepoint>()
  readonly #known = new Map<string, KnownSavepoint>()
  readonly #claimed = new Set<string>()

  constructor(disk: SimulatedDisk, report: (violation: string) => void) {
    this.#disk = disk
    this.#report = report
  }

  /** Those that whoever asked was told of, in this order. */
  get known(): readonly KnownSavepoint[] {
    return [...this.#known.values()]
  }

  changed({ kind, path, from }: DiskChange): void {
    if (kind === 'renamed' && named.test(path)) this.#appeared(path)
    const folder =
      inNamed.exec(from ?? '')?.[1] ?? (kind === 'removed' ? inNamed.exec(path)?.[1] : undefined)
    if (folder === undefined || this.#claimed.has(folder) || !this.#named.has(folder)) return
    if (kind !== 'linked') this.#report(`${from ?? path} of a savepoint was taken away`)
  }

  /** Whoever asked for it was told that it stands. */
  told(folder: string): void {
    const savepoint = this.#named.get(folder)
    if (savepoint === undefined) {
      this.#report(`the savepoint ${folder} was said to stand, and it does not`)
      return
    }
    this.#known.set(folder, { folder, savepoint })
    for (const path of this.#pathsOf(folder)) {
      if (!this.#disk.isDurable(path)) this.#report(`${path} of a savepoint is not durable`)
    }
  }

  /** A job may take its files over from now on. */
  claim(folder: string): void {
    this.#claimed.add(folder)
  }

  /** After a crash of the machine: one of which nobody was told may be gone, wholly. */
  crashed(): void {
    for (const [folder, savepoint] of this.#named) {
      if (this.#claimed.has(folder)) continue
      if (!exists(this.#disk, folder) && !this.#known.has(folder)) this.#named.delete(folder)
      else this.#check(folder, savepoint)
    }
  }

  /** When all is over: all that have their name are as they were. */
  judge(): void {
    for (const [folder, savepoint] of this.#named) {
      if (!this.#claimed.has(folder)) this.#check(folder, savepoint)
    }
  }

  /** What was begun or taken away beside the checkpoints, and is there still. */
  get unfinished(): string[] {
    const [parent] = savepointFolders
    return namesIn(this.#disk, parent)
      .filter((name) => unfinished.test(name))
      .map((name) => `${parent}/${name}`)
  }

  /** Whether a run of this generation writes one now. */
  isWritten(generation: number): boolean {
    return savepointFolders.some((parent) =>
      namesIn(this.#disk, parent).some((name) => {
        const [, of, kind] = unfinished.exec(name) ?? []
        return kind === 'under-way' && Number(of) === generation
      }),
    )
  }

  #appeared(folder: string): void {
    const savepoint = this.#read(folder)
    if (savepoint === undefined) return
    this.#check(folder, savepoint)
    this.#named.set(folder, savepoint)
    for (const path of this.#pathsOf(folder).slice(1)) {
      if (!this.#isDurableInside(folder, path)) {
        this.#report(`${path} of a savepoint was not durable before it had its name`)
      }
    }
  }

  #check(folder: string, savepoint: Savepoint): void {
    const found = this.#read(folder)
    if (found === undefined) return
    if (found.id !== savepoint.id) this.#report(`${folder} is another savepoint than it was`)
    const segments = segmentsOf(savepoint.steps)
    for (const { name, sizeBytes, checksum } of segments) {
      const path = `${folder}/segments/${name}`
      const bytes = exists(this.#disk, path) ? readFile(this.#disk, path) : undefined
      if (bytes?.length !== sizeBytes || checksumOf(bytes) !== checksum) {
        this.#report(`${path} of a savepoint is not whole`)
      }
    }
    const files = filesBelow(this.#disk, folder).length
    if (files !== segments.length + 1) this.#report(`${folder} holds ${files} files`)
  }

  #read(folder: string): Savepoint | undefined {
    const path = `${folder}/savepoint`
    if (!exists(this.#disk, path)) {
      this.#report(`${folder} is there without its manifest`)
      return undefined
    }
    const found = codec.decodeSavepoint(readFile(this.#disk, path))
    if (found.kind === 'savepoint') return found.savepoint
    this.#report(`the manifest of ${folder} is ${found.kind}`)
    return undefined
  }

  #pathsOf(folder: string): string[] {
    return [folder, ...filesBelow(this.#disk, folder)]
  }

  /** Apart from the name of the folder itself, which is made durable last. */
  #isDurableInside(folder: string, path: string): boolean {
    return this.#disk.isDurable(path, folder)
  }
}
