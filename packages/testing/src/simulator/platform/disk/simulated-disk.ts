// The disk of the simulated machine, with the rules of POSIX: all processes see the page cache at
// once; bytes are durable after the file's sync, names after the folder's. Killing a process keeps
// the cache; a crash of the machine loses what was not synced, wholly or in part.

import { FileSystemError, type FileSystemErrorKind, type FileStat } from '@sluice/core/connector'
import type { SeededRandom } from '../seeded-random.ts'
import { pathParts } from './disk-path.ts'
import { DirectoryNode, type DiskNode, FileNode } from './node.ts'
import { type NameChange, PendingNames } from './pending-names.ts'

const rememberedNameChanges = 8

/** A change of names that programs see from now on. */
export interface DiskChange {
  readonly kind: 'linked' | 'renamed' | 'removed'
  readonly path: string
  /** The old name of what was renamed or linked. */
  readonly from?: string
}

/** What programs see, and what a crash leaves of it. */
export class SimulatedDisk {
  /** Every write finds the disk full. */
  full = false
  /** A file system without hard links refuses them. */
  hardLinks = true
  /** Nothing may be changed. */
  readOnly = false
  /** Hears of changes of names, right after them: for watching what a program does. */
  onChange: ((change: DiskChange) => void) | undefined
  readonly #random: SeededRandom
  readonly #nowMs: () => number
  readonly #pending = new PendingNames()
  readonly #root: DirectoryNode
  #lastNumber = 0

  /** `nowMs` is the wall clock that stamps the files. */
  constructor(random: SeededRandom, nowMs: () => number) {
    this.#random = random
    this.#nowMs = nowMs
    this.#root = new DirectoryNode(this.#nextNumber(), nowMs())
  }

  openForReading(path: string): FileNode {
    const node = this.#get('open', path)
    if (node.kind === 'directory') throw refusal('is-a-directory', 'open', path)
    return node
  }

  create(path: string): FileNode {
    const { parent, name } = this.#free('open', path)
    this.#mayGrow('open', path)
    const file = new FileNode(this.#nextNumber(), this.#nowMs())
    this.#set(parent, name, file)
    return file
  }

  append(file: FileNode, bytes: Uint8Array, path: string): void {
    this.#mayGrow('append', path)
    file.append(bytes, this.#nowMs())
  }

  stat(path: string): FileStat | undefined {
    const node = this.#find(path)
    return node === undefined ? undefined : this.statOf(node)
  }

  statOf(node: DiskNode): FileStat {
    return {
      kind: node.kind,
      sizeBytes: node.kind === 'file' ? node.sizeBytes : 4096,
      modifiedMs: node.modifiedMs,
      identity: `1:${node.number}`,
    }
  }

  /** `missing`: how many of the newest changes of names a stale listing does not know. */
  list(path: string, missing = 0): string[] {
    const directory = this.#directory('list', path)
    const names = new Set(directory.entries.keys())
    const unknown = missing === 0 ? [] : directory.recent.slice(-missing)
    for (const { name, added } of unknown.reverse()) {
      if (added) names.delete(name)
      else names.add(name)
    }
    return [...names].sort()
  }

  /** Makes one folder, if there is none; its parent must be there. */
  makeDirectory(path: string): void {
    const existing = this.#find(path)
    if (existing?.kind === 'directory') return
    if (existing !== undefined) throw refusal('not-a-directory', 'makeDirectory', path)
    const { parent, name } = this.#free('makeDirectory', path)
    this.#mayGrow('makeDirectory', path)
    this.#set(parent, name, new DirectoryNode(this.#nextNumber(), this.#nowMs()))
  }

  rename(from: string, to: string): void {
    const node = this.#get('rename', from)
    const source = this.#place('rename', from)
    const target = this.#place('rename', to)
    const replaced = target.parent.entries.get(target.name)
    if (replaced === node) return
    if (replaced !== undefined) mayReplace(node, replaced, to)
    this.#mayChange('rename', to)
    const added = this.#set(target.parent, target.name, node)
    this.#unset(source.parent, source.name, added)
    this.onChange?.({ kind: 'renamed', path: to, from })
  }

  link(existing: string, name: string): void {
    const node = this.#get('link', existing)
    const target = this.#free('link', name)
    this.#mayChange('link', name)
    if (!this.hardLinks || node.kind === 'directory') throw refusal('unsupported', 'link', name)
    this.#set(target.parent, target.name, node)
    this.onChange?.({ kind: 'linked', path: name, from: existing })
  }

  remove(path: string): void {
    const node = this.#find(path)
    if (node === undefined) return
    if (node.kind === 'directory') throw refusal('is-a-directory', 'remove', path)
    this.#mayChange('remove', path)
    const { parent, name } = this.#place('remove', path)
    this.#unset(parent, name)
    this.onChange?.({ kind: 'removed', path })
  }

  removeDirectory(path: string): void {
    const node = this.#find(path)
    if (node === undefined) return
    if (node.kind === 'file') throw refusal('not-a-directory', 'removeDirectory', path)
    if (node.entries.size > 0) throw refusal('not-empty', 'removeDirectory', path)
    this.#mayChange('removeDirectory', path)
    const { parent, name } = this.#place('removeDirectory', path)
    this.#unset(parent, name)
  }

  syncDirectory(path: string): void {
    this.#pending.sync(this.#directory('syncDirectory', path))
  }

  /**
   * Whether a crash leaves the path and, of a file, all its bytes; `below` a folder whose own name
   * does not matter.
   */
  isDurable(path: string, below = '/'): boolean {
    let node: DiskNode = this.#get('stat', below)
    for (const part of pathParts(path).slice(pathParts(below).length)) {
      if (node.kind !== 'directory') return false
      const child = node.entries.get(part)
      if (child === undefined || node.durable.get(part) !== child) return false
      node = child
    }
    return node.kind === 'directory' || node.durableBytes === node.sizeBytes
  }

  /** The medium goes bad: one byte of a file is another from now on. */
  rot(path: string): void {
    const file = this.#get('rot', path)
    if (file.kind === 'file' && file.sizeBytes > 0) file.rot(this.#random.below(file.sizeBytes))
  }

  /** How many changes of names a crash could still lose. */
  get unsyncedNames(): number {
    return this.#pending.count
  }

  /** The machine loses power: the cache is gone. All handles are dead with their processes. */
  crash(): void {
    this.#pending.crash(this.#random)
    const seen = new Set<DiskNode>()
    const recover = (node: DiskNode): void => {
      if (seen.has(node)) return
      seen.add(node)
      if (node.kind === 'file') {
        this.#crashFile(node)
        return
      }
      node.entries = new Map(node.durable)
      node.recent.length = 0
      for (const child of node.entries.values()) recover(child)
    }
    recover(this.#root)
  }

  #crashFile(file: FileNode): void {
    const unsynced = file.sizeBytes - file.durableBytes
    if (unsynced === 0) return
    const torn = file.durableBytes + this.#random.below(unsynced + 1)
    switch (this.#random.pick(['lost', 'torn', 'whole', 'zeroed'] as const)) {
      case 'lost':
        return file.crash(file.durableBytes, file.durableBytes)
      case 'torn':
        return file.crash(torn, torn)
      case 'whole':
        return file.crash(file.sizeBytes, file.sizeBytes)
      case 'zeroed':
        return file.crash(file.sizeBytes, torn)
    }
  }

  #find(path: string): DiskNode | undefined {
    let node: DiskNode | undefined = this.#root
    for (const part of pathParts(path)) {
      if (node?.kind !== 'directory') return undefined
      node = node.entries.get(part)
    }
    return node
  }

  #get(operation: string, path: string): DiskNode {
    const node = this.#find(path)
    if (node !== undefined) return node
    this.#place(operation, path)
    throw refusal('not-found', operation, path)
  }

  #directory(operation: string, path: string): DirectoryNode {
    const node = this.#get(operation, path)
    if (node.kind !== 'directory') throw refusal('not-a-directory', operation, path)
    return node
  }

  /** The folder that holds, or would hold, the name at the end of the path. */
  #place(operation: string, path: string): Place {
    const parts = pathParts(path)
    const name = parts.pop()
    if (name === undefined) throw refusal('failed', operation, path)
    let parent: DirectoryNode = this.#root
    for (const part of parts) {
      const node = parent.entries.get(part)
      if (node === undefined) throw refusal('not-found', operation, path)
      if (node.kind === 'file') throw refusal('not-a-directory', operation, path)
      parent = node
    }
    return { parent, name }
  }

  /** A place where nothing is yet. */
  #free(operation: string, path: string): Place {
    if (this.#find(path) !== undefined) throw refusal('exists', operation, path)
    return this.#place(operation, path)
  }

  #mayChange(operation: string, path: string): void {
    if (this.readOnly) throw refusal('forbidden', operation, path)
  }

  #mayGrow(operation: string, path: string): void {
    this.#mayChange(operation, path)
    if (this.full) throw refusal('full', operation, path)
  }

  #set(parent: DirectoryNode, name: string, node: DiskNode): NameChange {
    if (!parent.entries.has(name)) this.#note(parent, name, true)
    parent.entries.set(name, node)
    return this.#pending.add(parent, name, node)
  }

  #unset(parent: DirectoryNode, name: string, after?: NameChange): void {
    parent.entries.delete(name)
    this.#note(parent, name, false)
    this.#pending.add(parent, name, undefined, after)
  }

  #note(parent: DirectoryNode, name: string, added: boolean): void {
    parent.modifiedMs = this.#nowMs()
    parent.recent.push({ name, added })
    if (parent.recent.length > rememberedNameChanges) parent.recent.shift()
  }

  #nextNumber(): number {
    return ++this.#lastNumber
  }
}

interface Place {
  readonly parent: DirectoryNode
  readonly name: string
}

function refusal(kind: FileSystemErrorKind, operation: string, path: string): FileSystemError {
  return new FileSystemError(kind, operation, path)
}

/** A file replaces files alone, a folder empty folders alone. */
function mayReplace(node: DiskNode, replaced: DiskNode, to: string): void {
  if (node.kind === 'file' && replaced.kind === 'directory') {
    throw refusal('is-a-directory', 'rename', to)
  }
  if (node.kind === 'directory' && replaced.kind === 'file') {
    throw refusal('not-a-directory', 'rename', to)
  }
  if (replaced.kind === 'directory' && replaced.entries.size > 0) {
    throw refusal('not-empty', 'rename', to)
  }
}
