// An open file of the simulated disk. It outlives its name, as in POSIX.

import { type FileHandle, type FileStat, FileSystemError } from '@sluice/core/connector'
import type { FileOperation, FileOperations } from './file-operations.ts'
import type { FileNode } from './node.ts'

export class SimulatedFileHandle implements FileHandle {
  readonly #operations: FileOperations
  readonly #file: FileNode
  readonly #path: string
  readonly #writable: boolean
  #closed = false
  #syncFailed = false

  constructor(operations: FileOperations, file: FileNode, path: string, writable: boolean) {
    this.#operations = operations
    this.#file = file
    this.#path = path
    this.#writable = writable
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return await this.#run('read', () => this.#file.read(into, position))
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#run('append', () => {
      if (!this.#writable || this.#syncFailed) throw this.#refusal('append')
      const { disk, faults } = this.#operations.simulation
      const isFull = faults.strikes('append-full', this.#path)
      if (isFull || faults.strikes('append-failed', this.#path)) {
        const written = this.#operations.random.below(bytes.length + 1)
        disk.append(this.#file, bytes.subarray(0, written), this.#path)
        throw new FileSystemError(isFull ? 'full' : 'failed', 'append', this.#path)
      }
      disk.append(this.#file, bytes, this.#path)
    })
  }

  async stat(): Promise<FileStat> {
    return await this.#run('stat', () => this.#operations.simulation.disk.statOf(this.#file))
  }

  async sync(): Promise<void> {
    await this.#run('sync', () => {
      if (this.#syncFailed) throw this.#refusal('sync')
      if (this.#operations.simulation.faults.strikes('sync-failed', this.#path)) {
        this.#file.failSync()
        this.#syncFailed = true
        throw this.#refusal('sync')
      }
      this.#file.sync()
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#operations.run('close', this.#path, () => {})
  }

  async #run<Result>(operation: FileOperation, effect: () => Result): Promise<Result> {
    if (this.#closed) throw this.#refusal(operation)
    return await this.#operations.run(operation, this.#path, effect)
  }

  #refusal(operation: FileOperation): FileSystemError {
    return new FileSystemError('failed', operation, this.#path)
  }
}
