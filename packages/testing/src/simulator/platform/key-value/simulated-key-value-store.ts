// A key-value store in a folder of the simulated disk, with what is outside of the rows: the folder
// and its files, which outlive a process that was killed and begin anew at the next opening;
// copies, which a crash of the machine may tear, and which can be opened; the lock, which a living
// owner holds; a disk that is full; calls that fail, after which a store takes no write any more.

import {
  FileSystemError,
  type KeyValueStore,
  type KeyValueStoreOptions,
  SluiceError,
} from '@sluice/core/connector'
import { normalPath, pathParts } from '../disk/disk-path.ts'
import type { SimulatedDisk } from '../disk/simulated-disk.ts'
import type { FaultPlan } from '../fault-plan.ts'
import type { Life } from '../life.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Simulation } from '../simulation.ts'
import { MemoryKeyValueStore } from './memory-key-value-store.ts'
import { rowsFromBytes, rowsToBytes } from './stored-rows.ts'

const lockFile = 'LOCK'
const tableFile = '000001.sst'
const longestCallMs = 0.01
const longestOpeningMs = 4

/** Opens a store, empty or as a copy was; it takes time, as the real one does. */
export function openSimulatedStore(
  simulation: Simulation,
  life: Life,
  random: SeededRandom,
  path: string,
  { reopen = false }: Pick<KeyValueStoreOptions, 'reopen'> = {},
): Promise<KeyValueStore> {
  const folder = normalPath(path)
  return new Promise((resolve, reject) => {
    const delayMs = random.between(0.1, longestOpeningMs)
    simulation.scheduler.schedule(life, delayMs, `opens ${folder}`, () => {
      try {
        resolve(new SimulatedKeyValueStore(simulation, life, random, folder, reopen))
      } catch (error) {
        reject(error)
      }
    })
  })
}

class SimulatedKeyValueStore extends MemoryKeyValueStore {
  readonly #simulation: Simulation
  readonly #random: SeededRandom
  readonly #folder: string
  #failed = false

  constructor(
    simulation: Simulation,
    life: Life,
    random: SeededRandom,
    folder: string,
    reopen: boolean,
  ) {
    super()
    this.#simulation = simulation
    this.#random = random
    this.#folder = folder
    const { locks } = simulation
    const owner = locks.get(folder)
    if (owner?.alive === true) throw locked(folder, owner.name)
    this.#strike('store-open-failed')
    this.#onDisk((disk) => {
      if (reopen) return this.#load(disk)
      const parts = pathParts(folder)
      parts.forEach((_, index) => disk.makeDirectory(`/${parts.slice(0, index + 1).join('/')}`))
      for (const name of disk.list(folder)) disk.remove(`${folder}/${name}`)
      disk.create(`${folder}/${lockFile}`)
      disk.create(`${folder}/${tableFile}`)
    })
    locks.set(folder, life)
  }

  override get(key: Uint8Array, into: Uint8Array): number {
    this.#call()
    return super.get(key, into)
  }

  override multiGet(keys: Uint8Array, keysBytes: number, into: Uint8Array): number {
    this.#call()
    this.#strike('store-read-failed')
    return super.multiGet(keys, keysBytes, into)
  }

  override scan(start: Uint8Array, end: Uint8Array, into: Uint8Array): number {
    this.#call()
    this.#strike('store-read-failed')
    return super.scan(start, end, into)
  }

  override write(batch: Uint8Array, batchBytes: number): void {
    this.#call()
    if (this.#failed) throw failed(this.#folder, 'an earlier write failed')
    try {
      this.#strike('store-write-failed')
      this.#onDisk((disk) => {
        if (disk.full) throw new FileSystemError('full', 'append', this.#folder)
        // Whoever deleted the folder took the files of the store with it.
        disk.openForReading(`${this.#folder}/${tableFile}`)
      })
    } catch (error) {
      this.#failed = true
      throw error
    }
    super.write(batch, batchBytes)
  }

  /** A copy of all rows in a folder that is not there yet. */
  override checkpoint(path: string): void {
    this.#call()
    if (this.#failed) throw failed(this.#folder, 'an earlier write failed')
    this.#strike('store-copy-failed')
    const folder = normalPath(path)
    this.#onDisk((disk) => {
      if (disk.stat(folder) !== undefined) throw new FileSystemError('exists', 'open', folder)
      disk.makeDirectory(folder)
      const file = disk.create(`${folder}/${tableFile}`)
      disk.append(file, rowsToBytes(this.rows.values), folder)
      // The store makes its tables durable, and its names sooner or later.
      file.sync()
      if (this.#random.chance(0.5)) disk.syncDirectory(folder)
    })
  }

  #load(disk: SimulatedDisk): void {
    const file = disk.openForReading(`${this.#folder}/${tableFile}`)
    const bytes = new Uint8Array(file.sizeBytes)
    file.read(bytes, 0)
    const rows = rowsFromBytes(bytes)
    if (rows === undefined) throw failed(this.#folder, 'a table is damaged')
    for (const [key, value] of rows) this.rows.set(key, value)
  }

  /** What the folder held is in checkpoints, or was given up. */
  override close(): void {
    if (!this.isOpen) return
    super.close()
    const { disk, locks } = this.#simulation
    locks.delete(this.#folder)
    if (disk.stat(this.#folder) === undefined) return
    for (const name of disk.list(this.#folder)) disk.remove(`${this.#folder}/${name}`)
    disk.removeDirectory(this.#folder)
  }

  #call(): void {
    this.#simulation.scheduler.pass(this.#random.between(0, longestCallMs))
  }

  #strike(kind: Parameters<FaultPlan['strikes']>[0]): void {
    if (this.#simulation.faults.strikes(kind, this.#folder)) {
      throw failed(this.#folder, 'simulated fault')
    }
  }

  #onDisk(change: (disk: SimulatedDisk) => void): void {
    try {
      change(this.#simulation.disk)
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error
      if (error.kind !== 'full') throw failed(this.#folder, error.kind)
      throw new SluiceError('STORAGE_FULL', `No space is left for the state in ${this.#folder}.`, {
        hint: 'Make room, or set `state.path` to a folder on a larger disk.',
      })
    }
  }
}

function locked(folder: string, owner: string): SluiceError {
  return new SluiceError(
    'STATE_STORE_LOCKED',
    `The state folder ${folder} is in use: ${owner} has it open.`,
    { hint: 'Another run has it open. End that run, or give this one another `state.path`.' },
  )
}

function failed(folder: string, why: string): SluiceError {
  return new SluiceError('STATE_STORE_FAILED', `The state folder ${folder} failed: ${why}.`, {
    hint: 'The tasks restart from the last checkpoint.',
  })
}
