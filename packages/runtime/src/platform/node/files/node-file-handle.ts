// An open file of Node's file system. `sync` is a real fsync. After a failed `sync` nothing is
// known of the bytes (the kernel may have dropped them), so every later append or sync fails too.

import type { FileHandle as NodeHandle } from 'node:fs/promises'
import { type FileHandle, type FileStat, FileSystemError } from '@sluice/core/connector'
import { fileSystemError } from './file-errors.ts'
import { fileStat } from './file-stat.ts'

export class NodeFileHandle implements FileHandle {
  readonly #handle: NodeHandle
  readonly #path: string
  #syncFailure: FileSystemError | undefined
  #closed = false

  constructor(handle: NodeHandle, path: string) {
    this.#handle = handle
    this.#path = path
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    if (into.length === 0) return 0
    return await this.#attempt('read', async () => {
      const { bytesRead } = await this.#handle.read(into, 0, into.length, position)
      return bytesRead
    })
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure
    await this.#attempt('append', async () => {
      // A write may take fewer bytes than it was given, for instance just before the disk is full.
      let written = 0
      while (written < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written)
        written += bytesWritten
      }
    })
  }

  async stat(): Promise<FileStat> {
    return await this.#attempt('stat', async () => {
      return fileStat(await this.#handle.stat({ bigint: true }))
    })
  }

  async sync(): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure
    try {
      await this.#handle.sync()
    } catch (error) {
      this.#syncFailure = fileSystemError('sync', this.#path, error)
      throw this.#syncFailure
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#attempt('close', () => this.#handle.close())
  }

  async #attempt<Result>(operation: string, action: () => Promise<Result>): Promise<Result> {
    try {
      return await action()
    } catch (error) {
      throw fileSystemError(operation, this.#path, error)
    }
  }
}
